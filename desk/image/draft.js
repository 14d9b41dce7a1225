// The contours of a correction. Every change makes a new list, so that undo is the list before.
import { Emitter } from "../common/events.js";

/** @typedef {import("./contours.js").Point} Point */
/** @typedef {import("./versions.js").Detection} Detection */

const NEW = { name: "insect", fill_colour: "#ff0000", stroke_colour: "#0000ff", value: 0 };

/** @extends {Emitter<{ change: undefined }>} */
export class Draft extends Emitter {
  /** @type {Detection[][]} */
  past = [];
  /** @type {Detection[][]} */
  future = [];
  /** @type {number | null} */
  selected = null;

  /** @param {Detection[]} detections */
  constructor(detections) {
    super();
    this.detections = detections;
  }

  get isChanged() {
    return this.past.length > 0;
  }

  /** @param {number | null} index */
  select(index) {
    this.selected = index;
    this.emit("change", undefined);
  }

  /** @param {Point[]} points */
  add(points) {
    this.#change([...this.detections, { ...NEW, points }], this.detections.length);
  }

  /** @param {number} index */
  remove(index) {
    this.#change(this.detections.toSpliced(index, 1), null);
  }

  /**
   * @param {number} index
   * @param {Point[]} points
   */
  replace(index, points) {
    this.#change(this.detections.with(index, { ...this.detections[index], points }), index);
  }

  /** @param {Detection[]} detections as they were left, after changes to these */
  resume(detections) {
    this.#change(detections, null);
  }

  undo() {
    this.#restore(this.past, this.future);
  }

  redo() {
    this.#restore(this.future, this.past);
  }

  /**
   * @param {Detection[]} detections
   * @param {number | null} selected
   */
  #change(detections, selected) {
    this.past.push(this.detections);
    this.future = [];
    this.detections = detections;
    this.select(selected);
  }

  /**
   * @param {Detection[][]} from
   * @param {Detection[][]} to
   */
  #restore(from, to) {
    const restored = from.pop();
    if (!restored) return;
    to.push(this.detections);
    this.detections = restored;
    this.select(this.selected !== null && this.selected < restored.length ? this.selected : null);
  }
}
