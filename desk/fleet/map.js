// The map of the traps: the ground below it, and zoom and drag by wheel, fingers, keys and buttons.
import { byId } from "../common/dom.js";
import { Ground } from "./ground.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 380;
const KM_PER_DEGREE = 111.2;
const [LEAST_UNIT, MOST_UNIT] = [2, 400_000]; // px for a degree of longitude: the world, or about 30 cm
const FINE_UNIT = 12; // from here on the finer ground
const LABEL = 40; // px that the degrees of a line take

const mapFrame = document.getElementById("map");
if (mapFrame) start(mapFrame);

/** @param {number} latitude of Mercator, in degrees of longitude */
function stretch(latitude) {
  const bounded = Math.max(-85, Math.min(85, latitude));
  return (Math.log(Math.tan(Math.PI / 4 + (bounded * Math.PI) / 360)) * 180) / Math.PI;
}

/** @param {number} stretched */
function unstretch(stretched) {
  return (Math.atan(Math.exp((stretched * Math.PI) / 180)) * 360) / Math.PI - 90;
}

/** @param {number} value the greatest of 1, 2, 5 times a power of ten that is not above it */
function roundDown(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([5, 2, 1].find((factor) => power * factor <= value * 1.0001) ?? 1);
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 */
function svgElement(name, attributes, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.textContent = text;
  return element;
}

/** @param {HTMLElement} frame */
function start(frame) {
  const svg = /** @type {SVGSVGElement} */ (frame.querySelector("svg"));
  const canvas = /** @type {HTMLCanvasElement} */ (frame.querySelector("canvas"));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const points = /** @type {SVGAElement[]} */ ([...frame.querySelectorAll(".desk-point")]);
  const { width: firstWidth, coarse = "", fine = "" } = frame.dataset;
  const home = {
    x: Number(frame.dataset.longitude),
    y: stretch(Number(frame.dataset.latitude)),
    unit: Number(frame.dataset.unit),
  };
  let width = svg.clientWidth;
  const view = { ...home };
  /** @type {Map<string, Ground | null>} */
  const grounds = new Map();
  let isDrawn = true;

  function showAll() {
    Object.assign(view, home, { unit: (home.unit * width) / Number(firstWidth) });
    draw();
  }

  const projection = {
    x: (/** @type {number} */ degrees) => width / 2 + (degrees - view.x) * view.unit,
    y: (/** @type {number} */ degrees) => HEIGHT / 2 - (stretch(degrees) - view.y) * view.unit,
    get width() {
      return width;
    },
    height: HEIGHT,
  };

  function draw() {
    if (!isDrawn) return;
    isDrawn = false;
    requestAnimationFrame(() => {
      isDrawn = true;
      drawGround();
      drawGrid();
      drawScale();
      for (const point of points) placePoint(point);
    });
  }

  function drawGround() {
    const url = view.unit < FINE_UNIT ? coarse : fine;
    if (!grounds.has(url)) {
      grounds.set(url, null);
      Ground.load(url).then(
        (ground) => (grounds.set(url, ground), draw()),
        () => grounds.delete(url), // the map works without
      );
    }
    const ratio = devicePixelRatio;
    canvas.width = width * ratio;
    canvas.height = HEIGHT * ratio;
    context.scale(ratio, ratio);
    const style = getComputedStyle(frame);
    const colours = { land: style.getPropertyValue("--land"), coast: style.getPropertyValue("--coast") };
    const ground = grounds.get(url) ?? grounds.get(fine) ?? grounds.get(coarse);
    ground?.draw(context, projection, { ...colours, border: style.getPropertyValue("--border") });
    frame.dataset.ground = ground ? "drawn" : "";
  }

  function drawGrid() {
    const step = roundDown(width / view.unit / 5);
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    /** @type {Element[]} */
    const lines = [];
    const [west, east] = [view.x - width / 2 / view.unit, view.x + width / 2 / view.unit];
    for (let n = Math.ceil(west / step); n * step <= east; n++) {
      const x = projection.x(n * step);
      lines.push(svgElement("line", { class: "desk-grid", x1: x, x2: x, y1: 0, y2: HEIGHT }));
      if (x > width - LABEL) continue;
      lines.push(
        svgElement("text", { class: "desk-degrees", x: x + 3, y: HEIGHT - 5 }, `${(n * step).toFixed(digits)}°`),
      );
    }
    const [south, north] = [-1, 1].map((side) => unstretch(view.y + (side * HEIGHT) / 2 / view.unit));
    for (let n = Math.ceil(south / step); n * step <= north; n++) {
      const y = projection.y(n * step);
      lines.push(svgElement("line", { class: "desk-grid", y1: y, y2: y, x1: 0, x2: width }));
      if (y < LABEL / 2 || y > HEIGHT - LABEL / 2) continue;
      lines.push(svgElement("text", { class: "desk-degrees", x: 4, y: y - 3 }, `${(n * step).toFixed(digits)}°`));
    }
    byId("map-grid", SVGGElement).replaceChildren(...lines);
  }

  function drawScale() {
    const pixelsPerKm = view.unit / Math.cos((unstretch(view.y) * Math.PI) / 180) / KM_PER_DEGREE;
    const km = roundDown(width / 6 / pixelsPerKm);
    const scale = byId("map-scale", SVGGElement);
    scale.setAttribute("transform", `translate(${width - 12} 24)`);
    scale.querySelector("line")?.setAttribute("x1", String(-km * pixelsPerKm));
    const text = scale.querySelector("text");
    if (text) text.textContent = km >= 1 ? `${km} km` : `${km * 1000} m`;
  }

  /** @param {SVGAElement} point */
  function placePoint(point) {
    const { latitude, longitude } = point.dataset;
    const [x, y] = [projection.x(Number(longitude)), projection.y(Number(latitude))];
    const circle = point.querySelector("circle");
    circle?.setAttribute("cx", String(x));
    circle?.setAttribute("cy", String(y));
    const isOnTheLeft = x > width - 90;
    const name = point.querySelector("text");
    for (const [key, value] of Object.entries({ x, y, dx: isOnTheLeft ? -10 : 10 }))
      name?.setAttribute(key, String(value));
    name?.setAttribute("text-anchor", isOnTheLeft ? "end" : "start");
  }

  /**
   * @param {number} factor
   * @param {number} [x] px of what stays where it is
   * @param {number} [y]
   */
  function zoom(factor, x = width / 2, y = HEIGHT / 2) {
    const unit = Math.max(LEAST_UNIT, Math.min(MOST_UNIT, view.unit * factor));
    const gain = 1 / view.unit - 1 / unit;
    view.x += (x - width / 2) * gain;
    view.y -= (y - HEIGHT / 2) * gain;
    view.unit = unit;
    draw();
  }

  /** @param {number} x @param {number} y px */
  function move(x, y) {
    view.x -= x / view.unit;
    view.y = Math.max(-180, Math.min(180, view.y + y / view.unit));
    draw();
  }

  followPointers(svg, zoom, move);
  frame.addEventListener("keydown", ({ key, ctrlKey, metaKey }) => {
    if (!ctrlKey && !metaKey) keys[key]?.();
  });
  /** @type {Record<string, () => void>} */
  const keys = { "+": () => zoom(1.5), "-": () => zoom(1 / 1.5), 0: showAll };
  byId("map-closer").addEventListener("click", () => zoom(1.5));
  byId("map-wider").addEventListener("click", () => zoom(1 / 1.5));
  byId("map-all").addEventListener("click", showAll);
  /** @type {HTMLElement} */ (frame.querySelector(".desk-map-buttons")).hidden = false;
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["class"] });
  new ResizeObserver(() => {
    const isFirst = !svg.classList.contains("desk-live");
    svg.classList.add("desk-live");
    width = frame.clientWidth;
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    if (isFirst) showAll();
    else draw();
  }).observe(frame);
}

/**
 * Drag, wheel and pinch.
 * @param {SVGSVGElement} svg
 * @param {(factor: number, x: number, y: number) => void} zoom
 * @param {(x: number, y: number) => void} move
 */
function followPointers(svg, zoom, move) {
  /** @type {Map<number, { x: number, y: number }>} */
  const pointers = new Map();
  let moved = 0;

  /** @param {MouseEvent} event */
  function position({ clientX, clientY }) {
    const box = svg.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  }

  svg.addEventListener("wheel", onWheel, { passive: false });

  /** @param {WheelEvent} event */
  function onWheel(event) {
    event.preventDefault();
    const { x, y } = position(event);
    zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), x, y);
  }
  svg.addEventListener("pointerdown", (event) => {
    if (!pointers.size) moved = 0;
    pointers.set(event.pointerId, position(event));
  });
  svg.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = position(event);
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, each]) => each);
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    pointers.set(event.pointerId, now);
    if (moved > 4 && !svg.hasPointerCapture(event.pointerId)) svg.setPointerCapture(event.pointerId);
    if (!other) move(now.x - before.x, now.y - before.y);
    else
      zoom(distance(now, other) / Math.max(1, distance(before, other)), (now.x + other.x) / 2, (now.y + other.y) / 2);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
    svg.addEventListener(name, (event) => pointers.delete(/** @type {PointerEvent} */ (event).pointerId));
  }
  svg.addEventListener("dragstart", (event) => event.preventDefault()); // points are links
  svg.addEventListener("click", (event) => {
    if (moved > 4 && event.detail) event.preventDefault(); // the end of a drag, not a click on a point
  });
}

/**
 * @param {{ x: number, y: number }} one
 * @param {{ x: number, y: number }} other
 */
function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
