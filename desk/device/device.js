// The device page: wires the range, the plots and the film together.
import { Curves } from "./curves.js";
import { Film } from "./film.js";
import { watchGestures } from "../common/gestures.js";
import { imageName, own, utc } from "../common/time.js";
import { Panels } from "./panels.js";
import { Range } from "./range.js";

const get = (id) => document.getElementById(id);
const configuration = JSON.parse(get("desk-configuration").textContent);
const root = get("plots");
const range = new Range(configuration.first, configuration.last);
const panels = new Panels(root, range, theme);
const curves = new Curves(configuration, range, () => panels.width);
const film = new Film(configuration, {
  picture: get("film-picture"),
  message: get("film-message"),
  time: get("film-time"),
  open: get("film-open"),
});

function theme() {
  const style = getComputedStyle(root);
  const dark = document.documentElement.classList.contains("dark");
  return { dark, ink: style.getPropertyValue("--soft"), grid: style.getPropertyValue("--line"), mark: style.getPropertyValue("--focus") };
}

// Plots
const presets = [...get("presets").children];
function daysOf({ dataset: { days } }) {
  return days === "all" ? days : Number(days);
}
function showRange() {
  panels.follow();
  get("range-text").textContent = `${utc(range.start).replace(" UTC", "")} – ${utc(range.end)}`;
  const pressed = presets.findLast((button) => {
    const [start, end] = range.ofDays(daysOf(button));
    return range.start === start && range.end === end;
  });
  for (const button of presets) button.setAttribute("aria-pressed", String(button === pressed));
}

function showStatus(text, isError = false) {
  const status = get("plots-status");
  status.textContent = text;
  status.classList.toggle("desk-bad", isError);
}

range.addEventListener("change", showRange);
range.addEventListener("change", hideTip);
curves.addEventListener("loading", () => showStatus("loading …"));
curves.addEventListener("fail", ({ detail }) => showStatus(detail.message, true));
curves.addEventListener("load", ({ detail }) => {
  const absent = panels.show(detail);
  const total = detail.n.reduce((sum, n) => sum + n, 0);
  showStatus(`${total.toLocaleString("en")} images in ${detail.time.length.toLocaleString("en")} points`);
  get("plots-empty").textContent = detail.time.length ? (absent.length ? `No values here: ${absent.join(", ")}.` : "") : "No image in this range.";
});

for (const button of presets) button.addEventListener("click", () => range.showDays(daysOf(button)));
for (const button of document.querySelectorAll("[data-move]")) button.addEventListener("click", () => range.move(Number(button.dataset.move)));
for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => range.zoom(Number(button.dataset.zoom)));

function plotArea() {
  return root.querySelector(".u-over")?.getBoundingClientRect();
}
function momentAt(x) {
  const area = plotArea();
  return range.start + ((x - area.left) / area.width) * range.span;
}
watchGestures(root, {
  refuse: (event) => event.shiftKey || !event.target.closest(".u-over"),
  wheelNeeds: (event) => event.ctrlKey && Boolean(event.target.closest(".u-over")), // alone, it scrolls the page
  move: (x) => range.move(-x / plotArea().width),
  zoom: (factor, x) => range.zoom(factor, momentAt(x)),
  press: (event) => {
    const found = nearestShot(event.clientX);
    if (found) location.assign(film.pageOf({ time: found.shot }));
  },
});

// The image of the moment under the pointer
function nearest(sorted, value) {
  let [low, high] = [0, sorted.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle;
    else high = middle;
  }
  return value - sorted[low] < sorted[high] - value ? low : high;
}

function nearestShot(x) {
  if (!panels.curves?.time.length) return null;
  const index = nearest(panels.curves.time, momentAt(x));
  return { index, shot: panels.curves.shot[index] };
}

const WORDS = { temp: "°C", hum: "% humidity", lum: "light", bat: "% battery" };

function showTip(event) {
  const found = event.target.closest?.(".u-over") && nearestShot(event.clientX);
  if (!found) return hideTip();
  const { readings, insects } = panels.curves;
  const lines = Object.entries(WORDS)
    .filter(([name]) => readings[name].mean[found.index] !== null)
    .map(([name, word]) => `${readings[name].mean[found.index].toFixed(1)} ${word}`);
  const counts = insects.versions.map((curve) => curve.mean[nearest(insects.time, found.shot)]).filter((value) => value !== null);
  if (counts.length) lines.push(`${counts.map((value) => Math.round(value)).join(" / ")} insects`);
  const tip = get("tip");
  tip.querySelector("img").src = configuration.mini.replace("NAME", imageName(configuration.device, found.shot));
  tip.querySelector("div").textContent = [utc(found.shot), ...own(found.shot), ...lines].join("\n");
  tip.hidden = false;
  const right = event.clientX + 20 + tip.offsetWidth > innerWidth;
  tip.style.left = `${right ? event.clientX - tip.offsetWidth - 16 : event.clientX + 16}px`;
  tip.style.top = `${Math.min(event.clientY + 12, innerHeight - tip.offsetHeight - 8)}px`;
}
function hideTip() {
  get("tip").hidden = true;
}
root.addEventListener("pointermove", (event) => (event.buttons ? hideTip() : showTip(event)));
root.addEventListener("pointerleave", hideTip);

// Film
function showReadings(moment) {
  const rows = [["Temperature", moment.temp, "°C"], ["Humidity", moment.hum, "%"], ["Light", moment.lum, ""], ["Battery", moment.bat, "%"]];
  get("film-readings").replaceChildren(
    ...rows.map(([title, value, unit]) => {
      const [group, term, text] = ["div", "dt", "dd"].map((name) => document.createElement(name));
      term.textContent = title;
      text.textContent = value === null ? "–" : `${Math.round(value * 100) / 100} ${unit}`;
      group.append(term, text);
      return group;
    }),
  );
}
film.addEventListener("show", ({ detail }) => {
  range.include(detail.time);
  panels.mark(detail.time);
  get("film-position").value = (1000 * (detail.time - range.start)) / range.span;
  showReadings(detail);
});
film.addEventListener("state", () => {
  get("film-play").setAttribute("aria-label", film.playing ? "Pause" : "Play");
  get("film-play").firstElementChild.textContent = film.playing ? "pause" : "play_arrow";
});
const toggle = () => (film.playing ? film.pause() : film.play(() => Number(get("film-speed").value)));
const steps = { "film-back": "back", "film-forward": "forward" };
for (const [id, direction] of Object.entries(steps)) {
  get(id).addEventListener("click", () => {
    film.pause();
    film.step(direction);
  });
}
get("film-play").addEventListener("click", toggle);
get("film-position").addEventListener("change", ({ target }) => seek(range.start + (range.span * target.value) / 1000));
get("film-picture").addEventListener("error", () => (get("film-message").textContent = "The thumbnail is missing."));

function seek(seconds) {
  film.seek(seconds).catch((error) => (get("film-message").textContent = error.message));
}

const keys = {
  ArrowLeft: () => (film.pause(), film.step("back")),
  ArrowRight: () => (film.pause(), film.step("forward")),
  "+": () => range.zoom(0.5),
  "-": () => range.zoom(2),
  " ": toggle,
  Enter: () => film.current && location.assign(film.pageOf(film.current)),
};
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea, button, a, [role=dialog]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

new ResizeObserver(() => panels.resize()).observe(root);
new MutationObserver(() => panels.rebuild()).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
showRange();
curves.load();
seek(Math.min(range.end, configuration.last));
