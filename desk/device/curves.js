// The curves of the range shown and a half of it around, asked again when it moves or zooms.
import { Emitter } from "../common/events.js";
import { getJson } from "../common/http.js";

/** @typedef {(number | null)[]} Values */
/** @typedef {{ mean: Values, min: Values, max: Values }} Curve */
/** @typedef {import("../common/versions.js").AlgorithmVersion & Curve} InsectCurve */
/** @typedef {{ time: number[], versions: InsectCurve[] }} Insects */
/** @typedef {{ time: number[], shot: number[], n: number[], readings: Record<string, Curve>, n_shown: number }} Readings */
/** @typedef {{ time: number[], captures: Curve }} Captures */
/** @typedef {Readings & { insects: Insects, caught: Captures }} DeviceCurves */

const DEBOUNCE = 120; // ms without a change before the server is asked

/** @extends {Emitter<{ loading: undefined, load: DeviceCurves, error: Error }>} */
export class Curves extends Emitter {
  /** @type {AbortController | null} */
  #request = null;
  #timer = 0;

  /**
   * @param {{ readings: string, insects: string, captures: string }} urls
   * @param {import("./range.js").TimeRange} range
   * @param {() => number} width px of the plots
   */
  constructor({ readings, insects, captures }, range, width) {
    super();
    this.urls = [readings, insects, captures];
    this.range = range;
    this.width = width;
    range.on("change", () => {
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => this.load(), DEBOUNCE);
    });
  }

  async load() {
    this.#request?.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    this.emit("loading", undefined);
    try {
      const query = this.#query();
      const asked = this.urls.map((url) => getJson(`${url}?${query}`, { signal }));
      const [readings, insects, caught] = await Promise.all(asked);
      if (!signal.aborted) this.emit("load", { ...readings, insects, caught });
    } catch (error) {
      if (!signal.aborted) this.emit("error", /** @type {Error} */ (error));
    }
  }

  #query() {
    const margin = this.range.span / 4;
    return new URLSearchParams({
      start: String(Math.max(0, Math.floor(this.range.start - margin))),
      end: String(Math.ceil(this.range.end + margin)),
      shown_start: String(this.range.start),
      shown_end: String(this.range.end),
      buckets: String(Math.min(3000, Math.max(100, Math.round(this.width() * 1.5)))),
    });
  }
}
