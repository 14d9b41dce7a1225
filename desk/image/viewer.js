// A box that shows an image and what is drawn over it: moved and zoomed with pointers, wheel and keys.
import { watchGestures } from "../common/gestures.js";
import { Tiles } from "./tiles.js";

const SVG = "http://www.w3.org/2000/svg";

export function svgElement(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export class Viewer {
  // `hooks.refuse(event)`: who else takes a pointer; `hooks.press(event)`: a click that moved nothing.
  constructor(element, view, configuration, hooks = {}) {
    this.element = element;
    this.view = view;
    const plane = document.createElement("div");
    plane.className = "desk-plane";
    this.drawing = svgElement("g");
    const svg = svgElement("svg", { "aria-hidden": "true" });
    svg.append(this.drawing);
    const wait = Object.assign(document.createElement("span"), { className: "desk-wait", hidden: true });
    wait.setAttribute("role", "status");
    element.append(plane, svg, wait);
    this.tiles = new Tiles(plane, view, configuration, {
      onWait: (waiting) => {
        if (waiting || !wait.dataset.failed) wait.hidden = !waiting;
        if (waiting) wait.textContent = "loading …";
      },
      onFail: () => {
        wait.dataset.failed = "yes";
        wait.textContent = "A part of the picture cannot be loaded.";
        wait.hidden = false;
      },
    });
    view.addEventListener("change", () => this.show());
    new ResizeObserver(() => this.#resize()).observe(element);
    this.#watch(hooks);
  }

  // A pointer's place in the image.
  pointOf(event) {
    const { left, top } = this.element.getBoundingClientRect();
    return this.view.toImage(event.clientX - left, event.clientY - top);
  }

  show() {
    if (!this.element.clientWidth) return;
    const { x, y, scale } = this.view;
    this.tiles.show();
    this.drawing.setAttribute("transform", `matrix(${scale} 0 0 ${scale} ${x} ${y})`);
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width) this.view.resize({ width, height });
  }

  #watch({ refuse, press = () => null }) {
    const { view } = this;
    const zoom = (factor, x, y) => {
      const { left, top } = this.element.getBoundingClientRect();
      view.zoomTo(view.scale / factor, x - left, y - top);
    };
    watchGestures(this.element, { refuse, press, zoom, move: (x, y) => view.move(x, y) });
    this.element.addEventListener("dblclick", (event) => refuse?.(event) || zoom(0.5, event.clientX, event.clientY));
  }
}
