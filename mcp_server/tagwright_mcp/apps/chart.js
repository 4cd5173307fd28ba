// Pictures as SVG: bars, and lines over time. Floating point gives lengths and places, no figure.
// `say` is told of the mark that is pointed at, touched or reached by the arrow keys.

const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2", "1 2"];
const colour = (index) => (index === house.series.length - 1 ? "var(--last)" : house.series[index]);

function widthOf(svg, text, kind) {
  const probe = el("text", { class: kind }, text);
  svg.append(probe);
  const width = probe.getComputedTextLength();
  probe.remove();
  return width;
}

// The middle goes, as ids differ at both ends.
function fit(svg, text, width) {
  const whole = [...clean(text)];
  if (widthOf(svg, text) <= width) return text;
  let [low, high] = [1, Math.min(whole.length, 200)];
  const cut = (count) => `${whole.slice(0, Math.ceil(count / 2)).join("")}…${whole.slice(whole.length - Math.floor(count / 2)).join("")}`;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(svg, cut(middle)) <= width) low = middle;
    else high = middle - 1;
  }
  return cut(low);
}

function canvas(place, width, label) {
  const svg = el("svg", { tabindex: "0", role: "img", "aria-label": `${clean(label)}. Arrow keys read each figure.` });
  place.append(svg);
  svg.setAttribute("viewBox", `0 0 ${width} 10`);
  return svg;
}

// One stop for the Tab key; arrows go from mark to mark.
function walk(svg, marks, say) {
  let at = -1;
  const on = (index) => {
    if (marks[at]) marks[at].node.classList.remove("on");
    at = index;
    marks[at].node.classList.add("on");
    say(marks[at].said);
  };
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const to = event.key === "Home" ? 0 : event.key === "End" ? marks.length - 1 : step && at + step;
    if (to === undefined || !marks.length) return;
    event.preventDefault();
    on(Math.min(marks.length - 1, Math.max(0, to)));
  });
  const near = (event) => {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    let best = -1;
    let least = Infinity;
    marks.forEach((mark, index) => {
      const [dx, dy] = [Math.max(mark.x - x, 0, x - mark.x - mark.w), Math.max(mark.y - y, 0, y - mark.y - mark.h)];
      const far = dx * dx * 4 + dy * dy;
      if (far < least) [least, best] = [far, index];
    });
    if (best >= 0 && best !== at) on(best);
  };
  svg.addEventListener("pointermove", near);
  svg.addEventListener("pointerdown", near);
}

// The least and the largest place where bars end, with zero.
function span(items) {
  const ends = items.map((item) => item.parts.reduce((sum, part) => sum + (part.value || 0), 0));
  return [Math.min(0, ...ends), Math.max(0, ...ends)];
}

// items: [{label, end, parts: [{value, colour, said}]}]; a value of null draws nothing.
function bars(place, width, items, [low, high], label, say) {
  const svg = canvas(place, width, label);
  const wide = width >= 560;
  const last = Math.ceil(Math.max(...items.map((item) => widthOf(svg, item.end))));
  const left = wide ? Math.min(width * 0.36, Math.ceil(Math.max(...items.map((item) => widthOf(svg, item.label)))) + 12) : 0;
  const room = wide ? width - left - last - 14 : width;
  const scale = (value) => left + (high > low ? ((value - low) / (high - low)) * room : 0);
  const row = wide ? 28 : 44;
  const marks = [];
  items.forEach((item, index) => {
    const top = index * row;
    const y = wide ? top + 5 : top + 22;
    svg.append(el("text", { x: 0, y: top + (wide ? 19 : 16) }, fit(svg, item.label, wide ? left - 12 : width - last - 10)));
    svg.append(el("text", { x: width, y: top + (wide ? 19 : 16), "text-anchor": "end", class: "figure" }, item.end));
    let from = 0;
    for (const part of item.parts) {
      if (part.value === null || (part.value === 0 && item.parts.length > 1)) continue;
      const [a, b] = [scale(from), scale(from + part.value)];
      const [x, w] = [Math.min(a, b), part.value ? Math.max(Math.abs(b - a), 1) : 0];
      const node = el("rect", { class: "mark", x, y, width: w, height: 18, fill: part.colour });
      svg.append(node);
      marks.push({ node, said: part.said, x, y: top, w, h: row });
      from += part.value;
    }
    svg.append(el("line", { class: "zero", x1: scale(0), x2: scale(0), y1: wide ? top : y - 2, y2: wide ? top + row : y + 20 }));
  });
  const height = items.length * row;
  svg.setAttribute("viewBox", `0 0 ${width} ${height + 2}`);
  walk(svg, marks, say);
}

function ticks(low, high) {
  const rough = (high - low) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const found = [];
  for (let at = Math.floor(low / step); at <= Math.ceil(high / step); at += 1) found.push(at * step);
  return found;
}

// series: [{colour, dash, points: [{value, said} or null]}], a point for each of `times`.
// Where there is none the line ends and begins again: what is unknown is not zero.
function lines(place, width, times, series, label, say) {
  const svg = canvas(place, width, label);
  const values = series.flatMap((one) => one.points.filter(Boolean).map((point) => point.value));
  const scale = ticks(Math.min(0, ...values), Math.max(0, ...values));
  const [low, high] = [scale[0], scale[scale.length - 1]];
  const short = (value) => value.toLocaleString("en-US", { notation: "compact", maximumFractionDigits: 2 });
  const left = Math.ceil(Math.max(...scale.map((value) => widthOf(svg, short(value), "soft")))) + 8;
  const [top, bottom, right] = [10, 250, width - 12];
  const x = (index) => left + 6 + (times.length > 1 ? (index / (times.length - 1)) * (right - left - 6) : (right - left) / 2);
  const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
  for (const value of scale) {
    svg.append(el("line", { class: value === 0 ? "zero" : "grid", x1: left, x2: right, y1: y(value), y2: y(value) }));
    svg.append(el("text", { class: "soft", x: left - 6, y: y(value) + 4, "text-anchor": "end" }, short(value)));
  }
  const every = Math.max(1, Math.ceil((110 * (times.length - 1)) / (right - left - 6)));
  for (let index = 0; index < times.length; index += every) {
    if (index + every >= times.length || x(times.length - 1) - x(index) < 105) index = times.length - 1;
    const anchor = index === 0 ? "start" : index === times.length - 1 ? "end" : "middle";
    svg.append(el("text", { class: "soft", x: x(index) + (anchor === "end" ? 12 : anchor === "start" ? -6 : 0), y: bottom + 20, "text-anchor": anchor }, times[index]));
  }
  const dots = times.length <= 40;
  const marks = [];
  for (const one of series) {
    let path = "";
    one.points.forEach((point, index) => {
      if (point) path += `${one.points[index - 1] ? "L" : "M"}${x(index).toFixed(2)} ${y(point.value).toFixed(2)}`;
    });
    svg.append(el("path", { class: "line", d: path, stroke: one.colour, "stroke-dasharray": one.dash }));
    one.points.forEach((point, index) => {
      if (!point) return;
      const alone = !one.points[index - 1] && !one.points[index + 1];
      const [px, py] = [x(index), y(point.value)];
      const node = el("circle", { class: "mark", cx: px, cy: py, r: dots || alone ? 3.5 : 1.5, fill: one.colour });
      svg.append(node);
      marks.push({ node, said: point.said, x: px, y: py, w: 0, h: 0 });
    });
  }
  svg.setAttribute("viewBox", `0 0 ${width} ${bottom + 28}`);
  walk(svg, marks, say);
}

function legend(series) {
  return el("ul", { class: "legend" }, series.map((one) => el("li", {},
    el("svg", { viewBox: "0 0 26 10", "aria-hidden": "true" },
      one.dash === undefined ? el("rect", { width: 26, height: 10, fill: one.colour })
        : el("path", { class: "line", d: "M0 5H26", stroke: one.colour, "stroke-dasharray": one.dash })),
    el("bdi", {}, one.label))));
}
