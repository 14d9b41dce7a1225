// Plots one above the other, over the same range: means as lines, extremes as bands.
import { createElement } from "../common/dom.js";
import { versionColour, versionTitle } from "../common/versions.js";

/** @typedef {import("./curves.js").Curve} Curve */
/** @typedef {import("./curves.js").DeviceCurves} DeviceCurves */
/** @typedef {{ dark: boolean, ink: string, grid: string, mark: string }} Theme */
/** @typedef {{ name: string, colour: string, curve: Curve }} Line */
/** @typedef {{ title: string, unit: string, time: number[], lines: Line[] }} Panel */

const HEIGHT = 130;
const TIME_AXIS = 50; // px for times and dates, below the last plot
const [MINUTE, HOUR, DAY] = [60, 3600, 86400];
/** @type {(format: string, newYear: string | null, newDay: string | null) => (string | number | null)[]} */
const tickFormats = (format, newYear, newDay) => [format, newYear, null, newDay, null, null, null, 1];
// uPlot's form: the least distance of ticks, then what each says, and says below where a year or a day begins.
const TIME_FORMATS = [
  [365 * DAY, ...tickFormats("{YYYY}", null, null)],
  [28 * DAY, ...tickFormats("{MMM}", "\n{YYYY}", null)],
  [DAY, ...tickFormats("{D} {MMM}", "\n{YYYY}", null)],
  [HOUR, ...tickFormats("{HH}:{mm}", "\n{D} {MMM} {YYYY}", "\n{D} {MMM}")],
  [MINUTE, ...tickFormats("{HH}:{mm}", "\n{D} {MMM} {YYYY}", "\n{D} {MMM}")],
  [1, ...tickFormats("{HH}:{mm}:{ss}", "\n{D} {MMM} {YYYY}", "\n{D} {MMM}")],
];
/** @type {Record<string, { title: string, unit: string, colour: string }>} */
const READINGS = {
  temp: { title: "Temperature", unit: "°C", colour: "#d9480f" },
  hum: { title: "Humidity", unit: "%", colour: "#1971c2" },
  lum: { title: "Light", unit: "", colour: "#c28a00" },
  no_flash_bv: { title: "Brightness without flash", unit: "", colour: "#c28a00" },
  bat: { title: "Battery", unit: "%", colour: "#2b8a3e" },
};
const CAPTURES = "Captures per hour";
const OPTIONAL = "no_flash_bv"; // nobody misses it
/** @param {Curve} curve */
const hasValues = (curve) => curve.mean.some((value) => value !== null);

export class Plots {
  /** @type {uPlot[]} */
  #plots = [];
  /** @type {DeviceCurves | null} */
  curves = null;
  /** @type {Set<string>} names of lines that are switched off */
  #hidden = new Set();
  /** @type {number | null} */
  #marked = null;
  #layout = "";

  /**
   * @param {HTMLElement} root
   * @param {import("./range.js").TimeRange} range
   */
  constructor(root, range) {
    this.root = root;
    this.range = range;
    new ResizeObserver(() => this.#resize()).observe(root);
    new MutationObserver(() => this.#rebuild()).observe(document.documentElement, { attributeFilter: ["class"] });
  }

  get width() {
    return Math.max(200, this.root.clientWidth);
  }

  /**
   * @param {DeviceCurves} curves
   * @returns {string[]} the names of what has no value in the range
   */
  show(curves) {
    this.curves = curves;
    const panels = this.#panels(curves);
    const layout = JSON.stringify(panels.map(({ title, lines }) => [title, lines.map(({ name }) => name)]));
    if (layout !== this.#layout) this.#build(panels);
    this.#layout = layout;
    for (const [index, { time, lines }] of panels.entries()) {
      const data = lines.flatMap(({ curve }) => [curve.max, curve.min, curve.mean]);
      this.#plots[index].setData([time, ...data], false);
    }
    this.showRange();
    const missing = Object.entries(READINGS).filter(([name]) => name !== OPTIONAL && !hasValues(curves.readings[name]));
    return [
      ...missing.map(([, { title }]) => title.toLowerCase()),
      ...(curves.insects.versions.length ? [] : ["insects"]),
      ...(curves.caught.time.length ? [] : ["captures"]),
    ];
  }

  showRange() {
    for (const plot of this.#plots) plot.setScale("x", { min: this.range.start, max: this.range.end });
  }

  /** @param {number} time */
  mark(time) {
    this.#marked = time;
    for (const plot of this.#plots) plot.redraw(false);
  }

  #resize() {
    for (const plot of this.#plots) plot.setSize({ width: this.width, height: plot.height });
  }

  #rebuild() {
    this.#layout = "";
    if (this.curves) this.show(this.curves);
  }

  /** @returns {Theme} */
  #theme() {
    const style = getComputedStyle(this.root);
    return {
      dark: document.documentElement.classList.contains("dark"),
      ink: style.getPropertyValue("--soft"),
      grid: style.getPropertyValue("--line"),
      mark: style.getPropertyValue("--focus"),
    };
  }

  /**
   * @param {DeviceCurves} curves
   * @returns {Panel[]}
   */
  #panels({ time, readings, insects, caught }) {
    const captures = { name: CAPTURES, colour: "#7048e8", curve: caught.captures };
    const ofCaptures = { title: CAPTURES, unit: "", time: caught.time, lines: [captures] };
    const ofReadings = Object.entries(READINGS)
      .filter(([name]) => hasValues(readings[name]))
      .map(([name, { title, unit, colour }]) => {
        return { title, unit, time, lines: [{ name: title, colour, curve: readings[name] }] };
      });
    const panels = caught.time.length ? [ofCaptures, ...ofReadings] : ofReadings;
    if (!insects.versions.length) return panels;
    const theme = this.#theme();
    const lines = insects.versions.map((curve, index) => ({
      name: curve.algo_version ? versionTitle(curve) : curve.algo_name,
      colour: versionColour(index, theme),
      curve,
    }));
    return [{ title: "Insects on the card", unit: "", time: insects.time, lines }, ...panels];
  }

  /** @param {Panel[]} panels */
  #build(panels) {
    for (const plot of this.#plots) plot.destroy();
    this.root.replaceChildren();
    this.#plots = panels.map((panel, index) => this.#plot(panel, index === panels.length - 1));
  }

  /**
   * @param {Panel} panel
   * @param {boolean} isLast
   */
  #plot({ title, unit, lines }, isLast) {
    const heading = createElement("div", { className: "desk-panel-title" }, unit ? `${title} (${unit})` : title);
    if (lines.length > 1 || title.startsWith("Insects")) heading.append(...lines.map((line) => this.#switch(line)));
    this.root.append(heading);
    const { ink, grid } = this.#theme();
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    const font = "12px Inter, sans-serif";
    const times = isLast
      ? TIME_FORMATS
      : (/** @type {uPlot} */ _, /** @type {number[]} */ ticks) => ticks.map(() => "");
    const options = {
      width: this.width,
      height: HEIGHT + (isLast ? TIME_AXIS - 6 : 0),
      legend: { show: false },
      cursor: {
        sync: { key: "device" },
        drag: { x: true, y: false, setScale: false },
        points: { size: 6 },
        bind: { mousedown: onlyWithShift, dblclick: () => null },
      },
      select: { over: true },
      tzDate: (/** @type {number} */ seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: { x: { time: true, auto: false }, y: { range: withRoom } },
      axes: [
        { ...axis, font, size: isLast ? TIME_AXIS : 6, values: times },
        { ...axis, font, size: 56 },
      ],
      series: [{}, ...lines.flatMap((line) => this.#series(line))],
      bands: lines.map(({ colour }, index) => ({ series: [3 * index + 1, 3 * index + 2], fill: `${colour}33` })),
      hooks: {
        draw: [(/** @type {uPlot} */ plot) => this.#drawMark(plot)],
        setSelect: [(/** @type {uPlot} */ plot) => this.#zoomToSelection(plot)],
      },
      padding: [6, 12, 0, 0],
    };
    const empty = [[], ...lines.flatMap(() => [[], [], []])];
    return new uPlot(/** @type {any} */ (options), /** @type {any} */ (empty), this.root);
  }

  /** @param {Line} line */
  #series({ name, colour }) {
    const show = !this.#hidden.has(name);
    const edge = { show, stroke: "transparent", width: 0, points: { show: false } };
    const mean = {
      show,
      stroke: colour,
      width: 1.5,
      spanGaps: false,
      gaps: longGaps,
      points: { size: 4, fill: colour },
    };
    return [edge, edge, mean];
  }

  /** @param {Line} line */
  #switch({ name, colour }) {
    const box = createElement("input", { type: "checkbox", checked: !this.#hidden.has(name) });
    box.addEventListener("change", () => {
      if (box.checked) this.#hidden.delete(name);
      else this.#hidden.add(name);
      this.#rebuild();
    });
    const swatch = createElement("i");
    swatch.style.background = colour;
    return createElement("label", { title: name }, box, swatch, name);
  }

  /** @param {uPlot} plot */
  #drawMark(plot) {
    if (this.#marked === null || this.#marked < this.range.start || this.#marked > this.range.end) return;
    const x = Math.round(plot.valToPos(this.#marked, "x", true));
    plot.ctx.save();
    plot.ctx.fillStyle = this.#theme().mark;
    plot.ctx.fillRect(x - 1, plot.bbox.top, 2, plot.bbox.height);
    plot.ctx.restore();
  }

  /** @param {uPlot} plot */
  #zoomToSelection(plot) {
    const { left, width } = plot.select;
    if (width < 4) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.range.set(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
  }
}

/** @type {(plot: uPlot, target: HTMLElement, handler: (event: MouseEvent) => void) => (event: MouseEvent) => void} */
function onlyWithShift(plot, target, handler) {
  return (event) => event.shiftKey && handler(event);
}

/** @type {(plot: uPlot, low: number | null, high: number) => [number, number]} */
function withRoom(plot, low, high) {
  if (low === null) return [0, 1];
  const room = Math.max((high - low) * 0.08, 0.5);
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

/**
 * Lines break where images are missing: over an hour, or three points of a wider range.
 * @param {uPlot} plot
 * @param {number} seriesIndex
 * @param {number} first
 * @param {number} last
 */
function longGaps(plot, seriesIndex, first, last) {
  const time = plot.data[0];
  const values = plot.data[seriesIndex];
  const usual = time.length > 2 ? (time[time.length - 1] - time[0]) / time.length : 0;
  const longest = Math.max(3600 + 60, usual * 3);
  const gaps = [];
  let previous = null;
  for (let index = first; index <= last; index++) {
    if (values[index] === null || values[index] === undefined) continue;
    if (previous !== null && time[index] - time[previous] > longest) {
      gaps.push([previous, index].map((each) => Math.round(plot.valToPos(time[each], "x", true))));
    }
    previous = index;
  }
  return gaps;
}
