// The range of time shown, in unix seconds: moved, zoomed, kept in the page's address.
import { Emitter } from "../common/events.js";

const SHORTEST = 600;
const DAY = 86400;

/** @extends {Emitter<{ change: undefined }>} */
export class TimeRange extends Emitter {
  /**
   * @param {number} first image of the device
   * @param {number} last image of the device
   */
  constructor(first, last) {
    super();
    this.first = first;
    this.last = last;
    const asked = new URLSearchParams(location.search);
    const [from, to] = [Number(asked.get("start")), Number(asked.get("end"))];
    const [start, end] = to - from >= SHORTEST ? [from, to] : this.lastDays(7);
    this.start = Math.max(0, start);
    this.end = end;
  }

  get span() {
    return this.end - this.start;
  }

  /**
   * The last days of the device, or all of them.
   * @param {number | "all"} days
   * @returns {[number, number]}
   */
  lastDays(days) {
    const all = this.last - this.first + 1200;
    const span = days === "all" ? all : Math.min(days * DAY, Math.max(all, DAY));
    return [Math.max(0, this.last + 600 - span), this.last + 600];
  }

  /** @param {number} share of the range */
  move(share) {
    this.set(this.start + share * this.span, this.end + share * this.span);
  }

  /**
   * @param {number} factor
   * @param {number} [around] a time that stays where it is
   */
  zoom(factor, around = (this.start + this.end) / 2) {
    this.set(around - (around - this.start) * factor, around + (this.end - around) * factor);
  }

  /** @param {number} time */
  include(time) {
    if (time < this.start || time > this.end) this.set(time - this.span / 2, time + this.span / 2);
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  set(start, end) {
    const longest = Math.max(this.last - this.first, DAY) * 1.5;
    const middle = Math.min(Math.max((start + end) / 2, this.first), this.last);
    const half = Math.min(Math.max(end - start, SHORTEST), longest) / 2;
    this.start = Math.max(0, Math.round(middle - half));
    this.end = Math.round(middle + half);
    const url = new URL(location.href);
    url.searchParams.set("start", String(this.start));
    url.searchParams.set("end", String(this.end));
    history.replaceState(null, "", url);
    this.emit("change", undefined);
  }
}
