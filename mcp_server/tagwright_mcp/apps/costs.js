// ui://tagwright/costs: a result's rows as a chart and as a table; what the rows hold decides which.

const TIMES = ["day", "week", "month", "quarter", "year"];
const UNITS = ["currency", "consumed_unit"];
const COVERED = ["covered", "missing", "invalid", "untagged"];
const MOST_BARS = 30;
const DAY = 86400000;

let result = null;
let measure = "";
let view = "chart";
let sorted = null;

const charted = () => (Array.isArray(result.details?.targets) ? result.details.targets : result.rows);
const columnsOf = (rows) => [...new Set(rows.flatMap((row) => Object.keys(row)))];

function kindOf(name, rows) {
  const values = rows.map((row) => row[name]).filter((value) => value !== null && value !== undefined);
  if (UNITS.includes(name)) return "unit";
  if (TIMES.includes(name)) return "time";
  if (values.length && values.every((value) => typeof value === "number" && Number.isInteger(value))) return "count";
  const figures = values.length > 0 && values.every((value) => typeof value === "string" && decimal(value));
  if (house.ratios.includes(name) || /_(ratio|share)$/.test(name)) return figures ? "ratio" : "name";
  // A tag's value may look like an amount: only what the totals know too is one, or a price.
  const known = /^(?!tag:).*(_per_|unit_price$)/.test(name) || !result.totals.length || rows === result.totals || result.totals.some((total) => name in total);
  return figures && known && values.every((value) => /\.\d{2,}$/.test(value)) ? "amount" : "name";
}

function unitOf(name, row) {
  if (name.endsWith("unit_price")) return `${row.currency} per ${row.consumed_unit}`;
  if (name.endsWith("quantity")) return row.consumed_unit || "";
  return row.currency || row.consumed_unit || "";
}

function figure(name, kind, row) {
  const value = row[name];
  if (value === null || value === undefined) return "unknown";
  if (kind === "ratio") return percent(value);
  return kind === "amount" ? `${exact(value)} ${clean(unitOf(name, row))}`.trim() : exact(value);
}

function nameText(name, value) {
  if (value === null || value === undefined) return "(no value)";
  if (value === "") return "(empty)";
  const called = result.details?.names?.[name]?.[value];
  return called ? `${clean(called)} (${clean(value)})` : clean(value);
}

function labelOf(row, names) {
  return names.map((name) => nameText(name, row[name])).join(" · ") || "All";
}

// Every time between the first and the last: those without a row are gaps.
function everyTime(grain, seen) {
  const begin = {
    day: (text) => Date.parse(text),
    week: (text) => {
      const [year, week] = text.split("-W").map(Number);
      const fourth = new Date(Date.UTC(year, 0, 4));
      return fourth.getTime() + ((week - 1) * 7 - ((fourth.getUTCDay() + 6) % 7)) * DAY;
    },
    month: (text) => Date.parse(`${text}-01`),
    quarter: (text) => Date.UTC(Number(text.slice(0, 4)), (Number(text.slice(-1)) - 1) * 3, 1),
    year: (text) => Date.UTC(Number(text), 0, 1),
  }[grain];
  const texts = {
    day: (at) => at.toISOString().slice(0, 10),
    week: (at) => {
      const thursday = new Date(at.getTime() + 3 * DAY);
      const week = Math.floor((thursday - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / DAY / 7) + 1;
      return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, "0")}`;
    },
    month: (at) => at.toISOString().slice(0, 7),
    quarter: (at) => `${at.getUTCFullYear()}-Q${Math.floor(at.getUTCMonth() / 3) + 1}`,
    year: (at) => String(at.getUTCFullYear()),
  }[grain];
  const step = {
    day: (at) => at.setUTCDate(at.getUTCDate() + 1),
    week: (at) => at.setUTCDate(at.getUTCDate() + 7),
    month: (at) => at.setUTCMonth(at.getUTCMonth() + 1),
    quarter: (at) => at.setUTCMonth(at.getUTCMonth() + 3),
    year: (at) => at.setUTCFullYear(at.getUTCFullYear() + 1),
  }[grain];
  const ordered = [...seen].sort();
  const [at, last] = [new Date(begin(ordered[0])), begin(ordered[ordered.length - 1])];
  if (Number.isNaN(at.getTime()) || Number.isNaN(last)) return ordered;
  const found = [];
  for (; at.getTime() <= last && found.length < 4000; step(at)) found.push(texts(at));
  return ordered.every((one) => found.includes(one)) ? found : ordered;
}

function measures(rows) {
  const found = columnsOf(rows).filter((name) => ["amount", "ratio", "count"].includes(kindOf(name, rows)));
  return found.sort((a, b) => (kindOf(a, rows) === "amount" ? 0 : 1) - (kindOf(b, rows) === "amount" ? 0 : 1));
}

function firstMeasure(rows) {
  const found = measures(rows);
  if (COVERED.every((name) => found.includes(name))) return "coverage";
  return found.includes("before") && found.includes("change") ? "change" : found[0] || "";
}

// The rows of each currency (and unit): they never share an axis.
function byUnit(rows) {
  const found = new Map();
  for (const row of rows) {
    const unit = UNITS.map((name) => row[name]).filter((value) => value !== undefined && value !== null).join(", ");
    found.set(unit, [...(found.get(unit) || []), row]);
  }
  return found;
}

function draw(place, width, say) {
  const rows = charted();
  const kinds = Object.fromEntries(columnsOf(rows).map((name) => [name, kindOf(name, rows)]));
  const names = Object.keys(kinds).filter((name) => kinds[name] === "name" && name !== "status");
  const grain = TIMES.find((name) => kinds[name] === "time");
  const units = byUnit(rows);
  for (const [unit, own] of units) {
    if (units.size > 1) place.append(el("h2", {}, unit || "(no unit)"));
    if (grain && drawTimes(place, width, own, names, grain, kinds, say)) continue;
    if (own.length) drawBars(place, width, own, grain ? [grain, ...names] : names, kinds, say);
  }
}

function drawTimes(place, width, rows, names, grain, kinds, say) {
  const times = everyTime(grain, new Set(rows.map((row) => String(row[grain]))));
  if (times.length < 2) return false;
  const found = new Map();
  for (const row of rows) {
    const label = labelOf(row, names);
    const points = found.get(label) || new Map();
    if (points.has(row[grain])) return false;
    found.set(label, points.set(row[grain], row));
  }
  const sum = (points) => [...points.values()].map((row) => decimal(row[measure] ?? "0"))
    .reduce((all, one) => all + one.digits * 10n ** BigInt(60 - one.places), 0n);
  const all = [...found].map(([label, points]) => ({ label, points, sum: kinds[measure] === "amount" ? sum(points) : 0n }));
  all.sort((a, b) => (a.sum < b.sum ? 1 : a.sum > b.sum ? -1 : 0));
  const series = all.slice(0, house.series.length).map(({ label, points }, index) => ({
    label, colour: colour(index), dash: DASHES[index],
    points: times.map((time) => {
      const row = points.get(time);
      if (!row || row[measure] === null || row[measure] === undefined) return null;
      const of = names.length ? `, ${label}` : "";
      return { value: Number(row[measure]), said: `${figure(measure, kinds[measure], row)}: ${time}${of}` };
    }),
  }));
  if (names.length) place.append(legend(series));
  lines(place, width, times, series, `${title(measure)} by ${grain}`, say);
  if (all.length > series.length) place.append(el("p", { class: "soft" }, `The ${series.length} largest of ${all.length} are drawn; the table has all.`));
  if (series.some((one) => one.points.includes(null))) place.append(el("p", { class: "soft" }, `A gap is a ${grain} without a figure here: unknown, not zero.`));
  return true;
}

function drawBars(place, width, rows, names, kinds, say) {
  const parts = measure === "coverage" && COVERED.every((name) => kinds[name] === "amount");
  if (parts) place.append(legend(COVERED.map((label, index) => ({ label: title(label), colour: covering(index) }))));
  const grouped = new Map();
  for (const row of rows.slice(0, MOST_BARS)) {
    const group = "dimension" in row && "value" in row ? row.dimension : "";
    grouped.set(group, [...(grouped.get(group) || []), row]);
  }
  const drawn = [...grouped].map(([group, own]) => {
    const labels = group ? names.filter((name) => name !== "dimension") : names;
    return [group, own.map((row) => {
      const label = labelOf(row, labels);
      const value = row[measure];
      const none = value === null || value === undefined;
      const end = none ? "unknown" : kinds[measure] === "ratio" ? percent(value, 1) : kinds[measure] === "count" ? exact(value) : rounded(value, 2);
      if (parts) {
        return { label, end, parts: COVERED.map((name, index) => ({
          value: row[name] === null ? null : Number(row[name]), colour: covering(index),
          said: `${figure(name, "amount", row)} ${name} (coverage ${none ? "unknown" : percent(value)}): ${label}`,
        })) };
      }
      const change = /change|contribution/.test(measure);
      const fill = change ? (Number(value) > 0 ? house.more : "var(--less)") : house.one;
      const beside = "before" in row && measure === "change"
        ? ` (from ${figure("before", "amount", row)} to ${figure("after", "amount", row)})`
        : row.share && measure !== "share" ? ` (${percent(row.share)})` : "";
      return { label, end: change && !none && Number(value) > 0 ? `+${end}` : end,
        parts: [{ value: none ? null : Number(value), colour: fill, said: `${figure(measure, kinds[measure], row)}${beside}: ${label}` }] };
    })];
  });
  const domain = span(drawn.flatMap(([, items]) => items)); // lengths compare across the groups
  for (const [group, items] of drawn) {
    if (group) place.append(el("h2", {}, title(group)));
    bars(place, width, items, domain, `${title(measure)}${group ? ` by ${title(group)}` : ""}`, say);
  }
  if (rows.length > MOST_BARS) place.append(el("p", { class: "soft" }, `The first ${MOST_BARS} of ${rows.length} rows are drawn; the table has all.`));
}

const covering = (index) => [house.series[2], house.series[1], house.more, "var(--soft)"][index];

function table() {
  const { rows } = result;
  const one = byUnit(rows).size < 2;
  const kinds = Object.fromEntries(columnsOf(rows).map((name) => [name, kindOf(name, rows)]));
  const names = Object.keys(kinds).filter((name) => kinds[name] !== "unit" || !one);
  const figures = (name) => ["amount", "ratio", "count"].includes(kinds[name]);
  const ordered = [...rows];
  if (sorted) {
    const { name, down } = sorted;
    const missing = (row) => row[name] === null || row[name] === undefined;
    ordered.sort((a, b) => {
      if (missing(a) || missing(b)) return missing(a) - missing(b);
      const order = figures(name) ? compare(a[name], b[name]) : nameText(name, a[name]).localeCompare(nameText(name, b[name]));
      return down ? -order : order;
    });
  }
  const sort = (name) => () => {
    sorted = { name, down: sorted?.name === name ? !sorted.down : figures(name) };
    show();
    page.querySelector(`th[aria-sort] button`).focus();
  };
  const head = names.map((name) => {
    const direction = sorted?.name === name ? (sorted.down ? "descending" : "ascending") : null;
    const unit = one && kinds[name] === "amount" && rows.length ? unitOf(name, rows[0]) : "";
    return el("th", { class: figures(name) ? "n" : "", "aria-sort": direction, scope: "col" },
      el("button", { onclick: sort(name) }, title(name), unit ? ` (${clean(unit)})` : "", direction ? (sorted.down ? " ↓" : " ↑") : ""));
  });
  const cell = (row, name) => {
    const value = row[name];
    if (!figures(name)) return el("td", { class: "name" }, value === undefined ? "" : nameText(name, value));
    const text = value === null || value === undefined ? "–" : kinds[name] === "ratio" ? percent(value) : exact(value);
    return el("td", { class: "n" }, text);
  };
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table" },
    el("table", {}, el("thead", {}, el("tr", {}, head)),
      el("tbody", {}, ordered.map((row) => el("tr", {}, names.map((name) => cell(row, name)))))));
}

function totals() {
  return result.totals.map((total) => {
    const rows = [total];
    const kinds = Object.fromEntries(Object.keys(total).map((name) => [name, /^(values|times)$/.test(name) ? "unit" : kindOf(name, result.totals)]));
    const figures = Object.keys(kinds).filter((name) => ["amount", "ratio", "count"].includes(kinds[name]) && rows[0][name] !== null);
    const main = figures.includes(measure) ? measure : figures[0];
    if (!main) return null;
    const others = figures.filter((name) => name !== main).map((name) => [el("span", { class: "one" }, `${title(name)} ${figure(name, kinds[name], total)}`), " "]);
    return el("div", {},
      el("p", { class: "total" }, figure(main, kinds[main], total), " ", el("span", { class: "soft" }, `${title(main)} in all`)),
      others.length ? el("p", { class: "soft" }, others) : null);
  });
}

function show() {
  const drawn = charted();
  const canDraw = drawn.length > 0 && measure !== "";
  const press = (name, text) => el("button", { "aria-pressed": String(view === name), onclick: () => {
    view = name;
    show();
    page.querySelector('[aria-pressed="true"]').focus();
  } }, text);
  const choices = measures(drawn);
  const choose = el("select", { "aria-label": "Figure", onchange: (event) => {
    measure = event.target.value;
    show();
    page.querySelector("select").focus();
  } }, choices.map((name) => el("option", { value: name, ...(name === measure ? { selected: "" } : {}) }, title(name))));
  const asked = context.toolInfo?.tool;
  const say = el("p", { class: "say", role: "status" }, el("span", { class: "soft" }, "Point at the chart, or use the arrow keys, for an exact figure."));
  const place = el("div", { id: "chart" });
  page.replaceChildren(
    el("h1", {}, asked?.title || asked?.name || "Costs"),
    result.period ? el("p", { class: "soft" }, periodText(result.period)) : "",
    ...totals().filter(Boolean),
    canDraw ? el("div", { class: "bar" },
      el("span", { class: "two", role: "group", "aria-label": "View" }, press("chart", "Chart"), press("table", "Table")),
      view === "chart" && choices.length > 1 ? choose : null) : "",
    ...(view === "chart" && canDraw ? [say, place] : [result.rows.length ? table() : el("p", {}, "No rows.")]),
    foot(result),
  );
  if (place.isConnected) draw(place, place.clientWidth, (text) => say.replaceChildren(el("bdi", {}, text)));
}

let width = 0;
new ResizeObserver(() => {
  if (result && page.clientWidth !== width) {
    width = page.clientWidth;
    show();
  }
}).observe(page);

start("tagwright-costs", (given) => {
  result = { ...given, totals: given.totals || [] };
  measure = firstMeasure(charted());
  [view, sorted, width] = ["chart", null, page.clientWidth];
  show();
});
