// Plots one above the other, over the same range: means as lines, extremes as bands.
import { colourOf } from "../common/versions.js";
import { titleOf } from "../common/versions.js";

const { uPlot } = globalThis;
const HEIGHT = 130;
const FOOT = 50; // px for times and dates
const [MINUTE, HOUR, DAY] = [60, 3600, 86400];
const sparse = (words) => [words[0], words[1], null, words[2], null, null, null, 1];
// uPlot's form: the least distance of ticks, then what each says, and says below where a year or a day begins.
const TIMES = [
  [365 * DAY, ...sparse(["{YYYY}", null, null])],
  [28 * DAY, ...sparse(["{MMM}", "\n{YYYY}", null])],
  [DAY, ...sparse(["{D} {MMM}", "\n{YYYY}", null])],
  [HOUR, ...sparse(["{HH}:{mm}", "\n{D} {MMM} {YYYY}", "\n{D} {MMM}"])],
  [MINUTE, ...sparse(["{HH}:{mm}", "\n{D} {MMM} {YYYY}", "\n{D} {MMM}"])],
  [1, ...sparse(["{HH}:{mm}:{ss}", "\n{D} {MMM} {YYYY}", "\n{D} {MMM}"])],
];
const READINGS = {
  temp: ["Temperature", "°C", "#d9480f"],
  hum: ["Humidity", "%", "#1971c2"],
  lum: ["Light", "", "#c28a00"],
  no_flash_bv: ["Brightness without flash", "", "#c28a00"],
  bat: ["Battery", "%", "#2b8a3e"],
};
const hasValues = (curve) => curve.mean.some((value) => value !== null);

export class Panels {
  constructor(root, range, theme) {
    this.root = root;
    this.range = range;
    this.theme = theme;
    this.plots = [];
    this.off = new Set();
    this.marked = null;
  }

  get width() {
    return Math.max(200, this.root.clientWidth);
  }

  // Returns the names of the readings that have no value in the range.
  show(curves) {
    this.curves = curves;
    const panels = this.#panels();
    const shape = JSON.stringify(panels.map((panel) => [panel.title, panel.lines.map((line) => line.name)]));
    if (shape !== this.shape) this.#build(panels);
    this.shape = shape;
    panels.forEach((panel, index) => this.#fill(this.plots[index], panel));
    this.follow();
    const absent = Object.entries(READINGS).filter(([name]) => name !== "no_flash_bv" && !hasValues(curves.readings[name]));
    return [...absent.map(([, [title]]) => title.toLowerCase()), ...(curves.insects.versions.length ? [] : ["insects"])];
  }

  follow() {
    for (const plot of this.plots) plot.setScale("x", { min: this.range.start, max: this.range.end });
  }

  mark(seconds) {
    this.marked = seconds;
    for (const plot of this.plots) plot.redraw(false);
  }

  resize() {
    for (const plot of this.plots) plot.setSize({ width: this.width, height: plot.height });
  }

  rebuild() {
    this.shape = "";
    if (this.curves) this.show(this.curves);
  }

  #panels() {
    const readings = Object.entries(READINGS)
      .filter(([name]) => hasValues(this.curves.readings[name]))
      .map(([name, [title, unit, colour]]) => ({ title, unit, time: this.curves.time, lines: [{ name: title, colour, curve: this.curves.readings[name] }] }));
    const versions = this.curves.insects.versions.map((curve, index) => ({
      name: curve.algo_version ? titleOf(curve) : curve.algo_name,
      colour: colourOf(index, this.theme()),
      curve,
    }));
    return versions.length ? [{ title: "Insects on the card", unit: "", time: this.curves.insects.time, lines: versions }, ...readings] : readings;
  }

  #build(panels) {
    for (const plot of this.plots) plot.destroy();
    this.root.replaceChildren();
    this.plots = panels.map((panel, index) => this.#plot(panel, index === panels.length - 1));
  }

  #fill(plot, panel) {
    const data = panel.lines.flatMap(({ curve }) => [curve.max, curve.min, curve.mean]);
    plot.setData([panel.time, ...data], false);
  }

  #plot(panel, isLast) {
    this.root.append(this.#title(panel));
    const { ink, grid } = this.theme();
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, font: "12px Inter, sans-serif" };
    const options = {
      width: this.width,
      height: HEIGHT + (isLast ? FOOT - 6 : 0),
      legend: { show: false },
      cursor: { sync: { key: "device" }, drag: { x: true, y: false, setScale: false }, points: { size: 6 }, bind: { mousedown: onlyWithShift, dblclick: () => null } },
      select: { over: true },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: { x: { time: true, auto: false }, y: { range: withRoom } },
      axes: [{ ...axis, show: true, size: isLast ? FOOT : 6, values: isLast ? TIMES : (_, splits) => splits.map(() => "") }, { ...axis, size: 56 }],
      series: [{}, ...panel.lines.flatMap((line) => this.#series(line))],
      bands: panel.lines.map((line, index) => ({ series: [3 * index + 1, 3 * index + 2], fill: `${line.colour}33` })),
      hooks: { draw: [(plot) => this.#drawMark(plot)], setSelect: [(plot) => this.#select(plot)] },
      padding: [6, 12, 0, 0],
    };
    return new uPlot(options, [[], ...panel.lines.flatMap(() => [[], [], []])], this.root);
  }

  #series({ name, colour }) {
    const show = !this.off.has(name);
    const edge = { show, stroke: "transparent", width: 0, points: { show: false } };
    return [edge, edge, { show, stroke: colour, width: 1.5, spanGaps: false, gaps: longGaps, points: { size: 4, fill: colour } }];
  }

  #title({ title, unit, lines }) {
    const row = document.createElement("div");
    row.className = "desk-panel-title";
    row.append(unit ? `${title} (${unit})` : title);
    if (lines.length > 1 || title.startsWith("Insects")) row.append(...lines.map((line) => this.#toggle(line)));
    return row;
  }

  #toggle({ name, colour }) {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: !this.off.has(name) });
    const swatch = document.createElement("i");
    swatch.style.background = colour;
    box.addEventListener("change", () => {
      if (box.checked) this.off.delete(name);
      else this.off.add(name);
      this.rebuild();
    });
    label.title = name;
    label.append(box, swatch, name);
    return label;
  }

  #drawMark(plot) {
    if (this.marked === null || this.marked < this.range.start || this.marked > this.range.end) return;
    const x = Math.round(plot.valToPos(this.marked, "x", true));
    plot.ctx.save();
    plot.ctx.fillStyle = this.theme().mark;
    plot.ctx.fillRect(x - 1, plot.bbox.top, 2, plot.bbox.height);
    plot.ctx.restore();
  }

  #select(plot) {
    if (plot.select.width < 4) return;
    const [start, end] = [plot.select.left, plot.select.left + plot.select.width].map((x) => plot.posToVal(x, "x"));
    plot.setSelect({ left: 0, width: 0 }, false);
    this.range.set(start, end);
  }
}

function onlyWithShift(plot, target, handler) {
  return (event) => event.shiftKey && handler(event);
}

function withRoom(plot, low, high) {
  if (low === null) return [0, 1];
  const room = Math.max((high - low) * 0.08, 0.5);
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

// Lines break where images are missing: over an hour, or three points of a wider range.
function longGaps(plot, seriesIndex, first, last) {
  const time = plot.data[0];
  const values = plot.data[seriesIndex];
  const usual = time.length > 2 ? (time.at(-1) - time[0]) / time.length : 0;
  const longest = Math.max(3600 + 60, usual * 3);
  const gaps = [];
  let previous = null;
  for (let index = first; index <= last; index++) {
    if (values[index] === null || values[index] === undefined) continue;
    if (previous !== null && time[index] - time[previous] > longest) {
      gaps.push([Math.round(plot.valToPos(time[previous], "x", true)), Math.round(plot.valToPos(time[index], "x", true))]);
    }
    previous = index;
  }
  return gaps;
}
