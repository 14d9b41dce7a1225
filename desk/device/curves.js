// The curves of a range and a half of time around what is shown, asked anew when that moves or zooms.
import { ask } from "../common/http.js";

const PATIENCE = 120; // ms without a change before the server is asked

export class Curves extends EventTarget {
  constructor({ readings, insects }, range, width) {
    super();
    this.urls = [readings, insects];
    this.range = range;
    this.width = width;
    range.addEventListener("change", () => this.#soon());
  }

  load() {
    this.#request?.abort();
    this.#request = new AbortController();
    const margin = this.range.span / 4;
    const query = new URLSearchParams({
      start: Math.max(0, Math.floor(this.range.start - margin)),
      end: Math.ceil(this.range.end + margin),
      buckets: Math.min(3000, Math.max(100, Math.round(this.width() * 1.5))),
    });
    this.#tell("loading");
    const { signal } = this.#request;
    Promise.all(this.urls.map((url) => ask(`${url}?${query}`, { signal }))).then(
      ([readings, insects]) => this.#tell("load", { ...readings, insects }),
      (error) => error.name === "AbortError" || this.#tell("fail", error),
    );
  }

  #request = null;
  #timer = 0;

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.load(), PATIENCE);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
