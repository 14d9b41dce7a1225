// Correcting the detections of an image: selected, moved, drawn, deleted, undone; then saved as a version of one's own.
import { Emitter } from "../common/events.js";
import { postJson } from "../common/http.js";
import { contourOf } from "./contours.js";
import { Draft } from "./draft.js";
import { DraftLayer } from "./draft_layer.js";
import { Pen, followPointer } from "./pen.js";

/** @typedef {import("./contours.js").Point} Point */
/** @typedef {import("./versions.js").Detection} Detection */

/** @extends {Emitter<{ change: undefined }>} */
export class Editor extends Emitter {
  /** @type {Draft | null} null while nothing is corrected */
  draft = null;
  /** @type {number | null} the contour that the one being drawn will replace */
  redrawn = null;

  /**
   * @param {import("./viewer.js").Viewer} viewer
   * @param {string} url where corrections are sent to
   */
  constructor(viewer, url) {
    super();
    this.viewer = viewer;
    this.url = url;
    this.layer = new DraftLayer(viewer);
    this.pen = new Pen(viewer, { onLine: () => this.#show(), onContour: (points) => this.#addDrawn(points) });
    viewer.on("click", (element) => this.#click(element));
    // Before OpenSeadragon gets it, which would move the picture.
    viewer.element.addEventListener("pointerdown", (event) => this.#press(event), { capture: true });
  }

  /** @param {Detection[]} detections */
  open(detections) {
    this.draft = new Draft(detections);
    this.draft.on("change", () => this.#show());
    this.pen.stop();
  }

  close() {
    this.draft = null;
    this.pen.stop();
    this.layer.clear();
    this.emit("change", undefined);
  }

  draw({ again = false } = {}) {
    if (!this.draft || (again && this.draft.selected === null)) return;
    this.redrawn = again ? this.draft.selected : null;
    this.pen.start();
  }

  removeSelected() {
    if (this.draft && this.draft.selected !== null) this.draft.remove(this.draft.selected);
  }

  /**
   * Selects the next contour, or the one before.
   * @param {1 | -1} step
   */
  selectNext(step) {
    if (!this.draft?.detections.length) return;
    const { detections, selected } = this.draft;
    const next = selected === null ? 0 : (selected + step + detections.length) % detections.length;
    this.draft.select(next);
    this.viewer.reveal(detections[next].points[0]);
  }

  // Answers the new version.
  save() {
    const { width, height } = this.viewer.image;
    const annotations = (this.draft?.detections ?? []).map(({ points, ...rest }) => ({
      ...rest,
      contour: contourOf(points, width, height),
    }));
    return postJson(this.url, { annotations });
  }

  #show() {
    if (!this.draft) return;
    this.layer.show(this.draft, this.pen.line);
    this.emit("change", undefined);
  }

  /** @param {Point[]} points */
  #addDrawn(points) {
    if (this.redrawn === null) this.draft?.add(points);
    else this.draft?.replace(this.redrawn, points);
  }

  /** @param {Element} element */
  #click(element) {
    if (!this.draft || this.pen.isActive) return;
    const { index } = /** @type {SVGElement} */ (element).dataset;
    this.draft.select(index === undefined ? null : Number(index));
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (!this.draft || event.button !== 0) return;
    const { point, middle, index } = /** @type {SVGElement} */ (event.target).dataset;
    const isHandle = point !== undefined || middle !== undefined;
    const isSelected = index !== undefined && Number(index) === this.draft.selected;
    if (!this.pen.isActive && !isHandle && !isSelected) return;
    event.stopPropagation();
    event.preventDefault();
    this.viewer.element.focus({ preventScroll: true });
    if (this.pen.isActive) this.pen.press(event);
    else this.#edit(event, point, middle);
  }

  /**
   * Moves the selected contour or one of its points; makes a new point, or removes one.
   * @param {PointerEvent} event
   * @param {string | undefined} point its index
   * @param {string | undefined} middle index of the point before the new one
   */
  #edit(event, point, middle) {
    const draft = /** @type {Draft} */ (this.draft);
    const selected = /** @type {number} */ (draft.selected);
    const { points } = draft.detections[selected];
    if (middle !== undefined) {
      const added = Number(middle) + 1;
      this.#drag(event, points.toSpliced(added, 0, this.viewer.pointOf(event)), added);
    } else if (point !== undefined && event.altKey) {
      if (points.length > 3) draft.replace(selected, points.toSpliced(Number(point), 1));
    } else {
      this.#drag(event, points, point === undefined ? null : Number(point));
    }
  }

  /**
   * @param {PointerEvent} pressed
   * @param {Point[]} points
   * @param {number | null} moved index of the point that moves; null: all of them
   */
  #drag(pressed, points, moved) {
    const { detections, selected } = /** @type {Draft & { selected: number }} */ (this.draft);
    const [startX, startY] = this.viewer.pointOf(pressed);
    /** @type {Point[] | null} */
    let current = null;
    followPointer(this.viewer.element, pressed, {
      onMove: (event) => {
        const [x, y] = this.viewer.pointOf(event);
        current = points.map((point, index) =>
          moved === null || moved === index ? [point[0] + x - startX, point[1] + y - startY] : point,
        );
        this.layer.show({
          detections: detections.with(selected, { ...detections[selected], points: current }),
          selected,
        });
      },
      onEnd: () => current && this.draft?.replace(selected, current),
    });
  }
}
