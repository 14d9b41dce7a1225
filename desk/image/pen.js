// Drawing a contour: points clicked one by one, or a line dragged along it.
/** @typedef {import("./contours.js").Point} Point */

const CLOSES = 10; // px from the first point
const STEP = 6; // px between the points of a dragged line

export class Pen {
  isActive = false;
  /** @type {Point[]} */
  line = [];

  /**
   * @param {import("./viewer.js").Viewer} viewer
   * @param {{ onLine: () => void, onContour: (points: Point[]) => void }} listeners
   */
  constructor(viewer, { onLine, onContour }) {
    this.viewer = viewer;
    this.onLine = onLine;
    this.onContour = onContour;
  }

  start() {
    this.#set(true);
  }

  stop() {
    this.#set(false);
  }

  close() {
    const { line } = this;
    if (line.length < 3) return;
    this.stop();
    this.onContour(line);
  }

  /** @param {PointerEvent} event */
  press(event) {
    const point = this.viewer.pointOf(event);
    if (this.line.length > 2 && this.#distance(this.line[0], point) < CLOSES) return this.close();
    const last = this.line.at(-1);
    if (!last || this.#distance(last, point) > 2) this.line.push(point);
    this.onLine();
    const length = this.line.length;
    followPointer(this.viewer.element, event, {
      onMove: (moved) => this.#extend(this.viewer.pointOf(moved)),
      onEnd: () => this.line.length >= length + 6 && this.close(),
    });
  }

  /** @param {Point} point */
  #extend(point) {
    const last = this.line.at(-1);
    if (!last || this.#distance(last, point) < STEP) return;
    this.line.push(point);
    this.onLine();
  }

  /** @param {boolean} isActive */
  #set(isActive) {
    this.isActive = isActive;
    this.line = [];
    this.viewer.element.classList.toggle("desk-drawing", isActive);
    this.onLine();
  }

  /**
   * In px of the viewer.
   * @param {Point} one
   * @param {Point} other
   */
  #distance([x, y], [otherX, otherY]) {
    return Math.hypot(x - otherX, y - otherY) * this.viewer.scale;
  }
}

/**
 * Follows a pressed pointer until it is lifted.
 * @param {HTMLElement} element
 * @param {PointerEvent} pressed
 * @param {{ onMove: (event: PointerEvent) => void, onEnd: () => void }} listeners
 */
export function followPointer(element, { pointerId }, { onMove, onEnd }) {
  const ended = new AbortController();
  const { signal } = ended;
  element.setPointerCapture(pointerId);
  element.addEventListener("pointermove", (event) => event.pointerId === pointerId && onMove(event), { signal });
  for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
    element.addEventListener(type, (event) => event.pointerId === pointerId && (ended.abort(), onEnd()), { signal });
  }
}
