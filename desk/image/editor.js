// Correcting the detections of an image: chosen, moved, drawn, deleted, undone; then saved as a version of one's own.
import { send } from "../common/http.js";
import { contourOf } from "./contours.js";
import { DraftShapes } from "./draft_shapes.js";
import { Drafts } from "./drafts.js";
import { Pen } from "./pen.js";

export class Editor extends EventTarget {
  constructor(viewer, configuration) {
    super();
    this.viewer = viewer;
    this.configuration = configuration;
    this.drafts = null;
    this.redrawn = null;
    this.shapes = new DraftShapes(viewer);
    this.pen = new Pen(viewer, {
      onLine: () => this.#show(),
      onContour: (points) => (this.redrawn === null ? this.drafts.add(points) : this.drafts.redraw(this.redrawn, points)),
    });
    viewer.element.addEventListener("pointerdown", (event) => this.#grab(event));
  }

  get isOpen() {
    return this.drafts !== null;
  }

  open(objects) {
    this.pen.stop();
    this.drafts = new Drafts(objects);
    this.drafts.addEventListener("change", () => this.#show());
    this.#show();
  }

  close() {
    this.drafts = null;
    this.pen.stop();
    this.shapes.clear();
    this.dispatchEvent(new Event("change"));
  }

  draw({ anew = false } = {}) {
    if (anew && this.drafts.chosen === null) return;
    this.redrawn = anew ? this.drafts.chosen : null;
    this.pen.start();
  }

  remove() {
    if (this.drafts.chosen !== null) this.drafts.remove(this.drafts.chosen);
  }

  // Gives the choice to the next contour, or the one before.
  turn(step) {
    const { objects, chosen } = this.drafts;
    if (!objects.length) return;
    this.drafts.choose(chosen === null ? 0 : (chosen + step + objects.length) % objects.length);
    this.viewer.view.reveal(objects[this.drafts.chosen].points[0]);
  }

  press(event) {
    if (!this.isOpen || this.pen.active) return;
    const index = event.target.dataset?.index;
    if (index !== undefined) this.drafts.choose(Number(index));
    else if (!event.target.closest("circle")) this.drafts.choose(null);
  }

  // Whether a pointer is the editor's, not one that moves the picture.
  refuses({ target }) {
    if (!this.isOpen) return false;
    return this.pen.active || target.tagName === "circle" || Number(target.dataset?.index ?? -1) === this.drafts.chosen;
  }

  save() {
    const { width, height, corrections } = this.configuration;
    const annotations = this.drafts.objects.map(({ points, ...object }) => ({ ...object, contour: contourOf(points, width, height) }));
    return send(corrections, { annotations });
  }

  #show() {
    if (!this.isOpen) return;
    this.shapes.show(this.drafts, this.pen.line);
    this.dispatchEvent(new Event("change"));
  }

  #grab(event) {
    if (!this.isOpen || this.pen.active || event.button !== 0 || this.drafts.chosen === null) return;
    const { point, middle, index } = event.target.dataset;
    if (point === undefined && middle === undefined && Number(index ?? -1) !== this.drafts.chosen) return;
    const points = this.drafts.objects[this.drafts.chosen].points.map((each) => [...each]);
    const start = this.viewer.pointOf(event);
    if (middle !== undefined) points.splice(Number(middle) + 1, 0, [start.x, start.y]);
    const moved = middle !== undefined ? Number(middle) + 1 : point === undefined ? null : Number(point);
    if (event.altKey && point !== undefined && points.length > 3) {
      points.splice(moved, 1);
      return this.drafts.redraw(this.drafts.chosen, points);
    }
    this.#drag(event.pointerId, start, points, moved);
  }

  // Moves one point, or (null) all of them, until the pointer is lifted.
  #drag(pointerId, start, points, moved) {
    const { element } = this.viewer;
    const { objects, chosen } = this.drafts;
    let current = null;
    const move = (event) => {
      const { x, y } = this.viewer.pointOf(event);
      current = points.map(([px, py], index) => (moved === null || moved === index ? [px + x - start.x, py + y - start.y] : [px, py]));
      this.shapes.show({ objects: objects.with(chosen, { ...objects[chosen], points: current }), chosen });
    };
    const up = () => {
      element.removeEventListener("pointermove", move);
      for (const type of ["pointerup", "pointercancel"]) element.removeEventListener(type, up);
      if (current) this.drafts.redraw(chosen, current);
    };
    element.setPointerCapture(pointerId);
    element.addEventListener("pointermove", move);
    for (const type of ["pointerup", "pointercancel"]) element.addEventListener(type, up);
  }
}
