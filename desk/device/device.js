// The device page: wires the range, the plots and the film together.
import { byId, createElement, isFormField, readConfiguration } from "../common/dom.js";
import { showPlayButton } from "../common/mosaic_player.js";
import { formatUtc } from "../common/time.js";
import { Curves } from "./curves.js";
import { Film } from "./film.js";
import { watchGestures } from "./gestures.js";
import { Plots } from "./plots.js";
import { TimeRange } from "./range.js";
import { hideTooltip, nearest, showTooltip } from "./tooltip.js";

const configuration = readConfiguration();
const root = byId("plots");
const range = new TimeRange(configuration.first, configuration.last);
const plots = new Plots(root, range);
const curves = new Curves(configuration, range, () => plots.width);
const film = new Film(configuration.device, configuration);

// Range
/** @type {HTMLElement[]} */
const presets = [...byId("presets").querySelectorAll("button")];
/** @param {HTMLElement} preset */
const daysOf = ({ dataset: { days } }) => (days === "all" ? days : Number(days));
function showRange() {
  plots.showRange();
  hideTooltip();
  byId("range-text").textContent = `${formatUtc(range.start).replace(" UTC", "")} – ${formatUtc(range.end)}`;
  const pressed = presets.find((preset) => {
    const [start, end] = range.lastDays(daysOf(preset));
    return range.start === start && range.end === end;
  });
  for (const preset of presets) preset.setAttribute("aria-pressed", String(preset === pressed));
}
range.on("change", showRange);
for (const preset of presets) {
  preset.addEventListener("click", () => {
    const [start, end] = range.lastDays(daysOf(preset));
    range.set(start, end);
  });
}
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-move]"))) {
  button.addEventListener("click", () => range.move(Number(button.dataset.move)));
}
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-zoom]"))) {
  button.addEventListener("click", () => range.zoom(Number(button.dataset.zoom)));
}

// Plots
/** @param {string} text */
function showStatus(text, isError = false) {
  const status = byId("plots-status");
  status.textContent = text;
  status.classList.toggle("desk-bad", isError);
}
curves.on("loading", () => showStatus("loading …"));
curves.on("error", ({ message }) => showStatus(message, true));
curves.on("load", (loaded) => {
  const missing = plots.show(loaded);
  const shown = loaded.time.filter((time) => time >= range.start && time < range.end);
  const [images, points] = [loaded.n_shown, shown.length].map((number) => number.toLocaleString("en"));
  showStatus(`${images} images in ${points} points`);
  const noValues = missing.length ? `No values here: ${missing.join(", ")}.` : "";
  byId("plots-empty").textContent = loaded.n_shown ? noValues : "No image in this range.";
});

/** @param {Event} event */
const isOverPlot = ({ target }) => target instanceof Element && target.closest(".u-over") !== null;
/**
 * Where a pointer is in the plots: as a share of their width, and as a time.
 * @param {number} x
 */
function positionOf(x) {
  const { left, width } = root.querySelector(".u-over")?.getBoundingClientRect() ?? { left: 0, width: 1 };
  return { width, time: range.start + ((x - left) / width) * range.span };
}
/** @param {number} x */
function pointAt(x) {
  return plots.curves?.time.length ? nearest(plots.curves.time, positionOf(x).time) : null;
}

watchGestures(root, {
  ignores: (event) => event.shiftKey || !isOverPlot(event),
  zooms: (event) => event.ctrlKey && isOverPlot(event), // alone, a wheel scrolls the page
  move: (x) => range.move(-x / positionOf(0).width),
  zoom: (factor, x) => range.zoom(factor, positionOf(x).time),
  press: ({ clientX }) => {
    const index = pointAt(clientX);
    if (plots.curves && index !== null) location.assign(film.pageUrl(plots.curves.shot[index]));
  },
});
root.addEventListener("pointermove", (event) => {
  const index = event.buttons || !isOverPlot(event) ? null : pointAt(event.clientX);
  if (plots.curves && index !== null) showTooltip(event, configuration, plots.curves, index);
  else hideTooltip();
});
root.addEventListener("pointerleave", hideTooltip);

// Film
const position = byId("film-position", HTMLInputElement);
const speed = byId("film-speed", HTMLSelectElement);
/** @param {import("./film.js").Moment} moment */
function showReadings({ temp, hum, lum, bat }) {
  const rows = /** @type {const} */ ([
    ["Temperature", temp, "°C"],
    ["Humidity", hum, "%"],
    ["Light", lum, ""],
    ["Battery", bat, "%"],
  ]);
  byId("film-readings").replaceChildren(
    ...rows.map(([title, value, unit]) => {
      const text = value === null ? "–" : `${Math.round(value * 100) / 100} ${unit}`;
      const [term, description] = [createElement("dt", {}, title), createElement("dd", {}, text)];
      return createElement("div", {}, term, description);
    }),
  );
}
film.on("show", (moment) => {
  range.include(moment.time);
  plots.mark(moment.time);
  position.value = String((1000 * (moment.time - range.start)) / range.span);
  showReadings(moment);
});
film.on("state", () => showPlayButton(byId("film-play"), film.isPlaying));
async function togglePlaying() {
  if (film.isPlaying) return film.pause();
  // From the last image on there is nothing to play: the range begins anew.
  if (film.current && film.current.time >= Math.min(range.end, configuration.last)) await film.seek(range.start);
  film.play(() => Number(speed.value));
}
/** @param {import("./film.js").Direction} direction */
const stepTo = (direction) => () => {
  film.pause();
  film.step(direction);
};
byId("film-back").addEventListener("click", stepTo("back"));
byId("film-forward").addEventListener("click", stepTo("forward"));
byId("film-play").addEventListener("click", togglePlaying);
position.addEventListener("change", () => film.seek(range.start + (range.span * Number(position.value)) / 1000));

// Keys
/** @type {Record<string, () => void>} */
const keys = {
  ArrowLeft: stepTo("back"),
  ArrowRight: stepTo("forward"),
  "+": () => range.zoom(0.5),
  "-": () => range.zoom(2),
  " ": togglePlaying,
  Enter: () => film.current && location.assign(film.pageUrl(film.current.time)),
};
document.addEventListener("keydown", (event) => {
  if (isFormField(event) || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

showRange();
curves.load();
film.seek(Math.min(range.end, configuration.last));
