// Drawing a contour: points clicked one by one, or a line dragged along it.
const NEAR = 10; // px
const STEP = 6; // px between the points of a dragged line

export class Pen {
  constructor(viewer, { onLine, onContour }) {
    Object.assign(this, { viewer, onLine, onContour, line: [], active: false });
    viewer.element.addEventListener("pointerdown", (event) => this.#down(event));
  }

  start() {
    this.active = true;
    this.line = [];
    this.viewer.element.classList.add("desk-drawing");
    this.onLine(this.line);
  }

  stop() {
    this.active = false;
    this.line = [];
    this.viewer.element.classList.remove("desk-drawing");
    this.onLine(this.line);
  }

  close() {
    const line = this.line;
    if (line.length < 3) return;
    this.stop();
    this.onContour(line);
  }

  #down(event) {
    if (!this.active || event.button !== 0) return;
    event.preventDefault();
    this.viewer.element.focus({ preventScroll: true });
    const { x, y } = this.viewer.pointOf(event);
    if (this.line.length > 2 && this.#distance(this.line[0], [x, y]) < NEAR) return this.close();
    if (!this.line.length || this.#distance(this.line.at(-1), [x, y]) > 2) this.line.push([x, y]);
    this.onLine(this.line);
    this.#drag(event.pointerId);
  }

  #drag(pointerId) {
    const { element } = this.viewer;
    const before = this.line.length;
    const move = (event) => {
      if (event.pointerId !== pointerId || !this.active) return;
      const { x, y } = this.viewer.pointOf(event);
      if (this.#distance(this.line.at(-1), [x, y]) >= STEP) {
        this.line.push([x, y]);
        this.onLine(this.line);
      }
    };
    const up = (event) => {
      if (event.pointerId !== pointerId) return;
      element.removeEventListener("pointermove", move);
      for (const type of ["pointerup", "pointercancel"]) element.removeEventListener(type, up);
      if (this.line.length >= before + 6) this.close();
    };
    element.setPointerCapture(pointerId);
    element.addEventListener("pointermove", move);
    for (const type of ["pointerup", "pointercancel"]) element.addEventListener(type, up);
  }

  #distance([x, y], [otherX, otherY]) {
    return Math.hypot(x - otherX, y - otherY) * this.viewer.view.scale;
  }
}
