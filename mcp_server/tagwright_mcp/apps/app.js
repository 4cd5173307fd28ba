"use strict";
// What both apps share: the host's protocol (MCP Apps 2026-01-26), text, exact decimals.
// Names come from bills: they become text nodes, never markup.

const house = JSON.parse(document.getElementById("house").textContent);
const page = document.getElementById("app");
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

function clean(value) {
  return String(value).replace(HIDDEN, (one) => "\\u" + one.codePointAt(0).toString(16).padStart(4, "0"));
}

function el(tag, attributes, ...inside) {
  const svg = ["svg", "g", "rect", "line", "path", "circle", "text"].includes(tag);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  for (const one of inside.flat(Infinity)) {
    if (one !== null && one !== undefined) made.append(one instanceof Node ? one : clean(one));
  }
  return made;
}

// Decimals are texts; as a whole number and its places they are exact whatever their length.
function decimal(value) {
  const found = /^(-?)(\d{1,60})(?:\.(\d{1,60}))?$/.exec(String(value));
  return found && { digits: BigInt(found[1] + found[2] + (found[3] || "")), places: (found[3] || "").length };
}

function compare(one, other) {
  const [a, b] = [decimal(one), decimal(other)];
  const places = Math.max(a.places, b.places);
  const [x, y] = [a, b].map((each) => each.digits * 10n ** BigInt(places - each.places));
  return x < y ? -1 : x > y ? 1 : 0;
}

function written(digits, places) {
  const text = String(digits < 0n ? -digits : digits).padStart(places + 1, "0");
  const whole = text.slice(0, text.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
  return (digits < 0n ? "-" : "") + whole + (places ? "." + text.slice(-places) : "");
}

function exact(value) {
  const found = decimal(value);
  return found ? written(found.digits, found.places) : clean(value);
}

// Half to even, as every other medium of the house rounds.
function rounded(value, places) {
  const found = decimal(value);
  if (!found || found.places <= places) return exact(value);
  const unit = 10n ** BigInt(found.places - places);
  const size = found.digits < 0n ? -found.digits : found.digits;
  const twice = (size % unit) * 2n;
  const near = size / unit + (twice > unit || (twice === unit && (size / unit) % 2n) ? 1n : 0n);
  if (!near && size) return (found.digits < 0n ? ">-" : "<") + written(1n, places);
  return written(found.digits < 0n ? -near : near, places);
}

function percent(value, places) {
  const found = decimal(value);
  if (!found) return clean(value);
  const zeros = "0".repeat(Math.max(0, 2 - found.places));
  const text = written(BigInt(String(found.digits) + zeros), Math.max(found.places, 2) - 2);
  return (places === undefined ? text : rounded(text.replace(/,/g, ""), places)) + "%";
}

function title(name) {
  if (name.startsWith("tag:")) return clean(name);
  const words = clean(name).replace(/_/g, " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function periodText(period) {
  const last = new Date(Date.parse(period.end) - 86400000).toISOString().slice(0, 10);
  const span = period.start === last ? last : `${period.start} to ${last}`;
  return [span, ""].includes(period.label) ? span : `${period.label} (${span})`;
}

function foot(result) {
  const shown = (result.rows || []).length;
  const notes = [...(result.notes || [])];
  const skipped = result.offset || 0;
  if (result.row_count > shown) {
    notes.unshift(`Rows ${skipped + 1} to ${skipped + shown} of ${result.row_count}; totals are of all.`);
  }
  return el("footer", { class: "notes" },
    notes.length ? el("ul", {}, notes.map((note) => el("li", {}, note))) : null,
    result.receipt ? el("p", {}, "Receipt: ", el("code", {}, result.receipt)) : null);
}

// The host's messages. Only the window that holds this one is heard.
const waiting = new Map();
let context = {};
let host = {};
let next = 1;

function post(message) {
  window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
}

function ask(method, params) {
  const id = next++;
  post({ id, method, params });
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

function take(changed) {
  context = { ...context, ...changed };
  const dark = context.theme ? context.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

function plain(params) {
  const texts = (params.content || []).filter((one) => one.type === "text").map((one) => el("pre", {}, ...one.text.split("\n").flatMap((line) => [line, el("br")])));
  page.replaceChildren(el("div", { class: params.isError ? "warn" : "" }, texts.length ? texts : "The result is empty."));
}

function start(name, show) {
  const heard = {
    "ui/notifications/tool-result": (params) => {
      const result = params.structuredContent;
      if (params.isError || !result || !Array.isArray(result.rows)) plain(params);
      else show(result);
    },
    "ui/notifications/tool-cancelled": (params) => {
      page.replaceChildren(el("p", { class: "soft" }, "The call was cancelled. ", params.reason || ""));
    },
    "ui/notifications/host-context-changed": take,
  };
  window.addEventListener("message", (event) => {
    const message = event.data;
    if (event.source !== window.parent || !message || message.jsonrpc !== "2.0") return;
    if (message.method === undefined) {
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if (asked && message.error) asked.reject(new Error(clean(message.error.message)));
      else if (asked) asked.resolve(message.result || {});
    } else if (message.id === undefined) {
      if (Object.hasOwn(heard, message.method)) heard[message.method](message.params || {});
    } else if (["ping", "ui/resource-teardown"].includes(message.method)) {
      post({ id: message.id, result: {} });
    } else {
      post({ id: message.id, error: { code: -32601, message: "Method not found" } });
    }
  });
  take({});
  page.replaceChildren(el("p", { class: "soft" }, "Waiting for the result…"));
  let told = 0;
  const tell = () => {
    const height = Math.ceil(page.getBoundingClientRect().height);
    if (height !== told) post({ method: "ui/notifications/size-changed", params: { height } });
    told = height;
  };
  ask("ui/initialize", {
    appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
    appInfo: { name, version: house.version },
    protocolVersion: "2026-01-26",
  }).then((answer) => {
    host = answer.hostCapabilities || {};
    take(answer.hostContext || {});
    post({ method: "ui/notifications/initialized", params: {} });
    new ResizeObserver(tell).observe(page);
  });
}
