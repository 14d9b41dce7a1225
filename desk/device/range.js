// The range of time shown, in unix seconds: moved, zoomed, kept in the page's address.
import { Emitter } from "../common/events.js";

const SHORTEST = 600;
const DAY = 86400;
const MONTH = 30 * DAY;
const MARGIN = 600; // beyond the first and the last image

/** @extends {Emitter<{ change: undefined }>} */
export class TimeRange extends Emitter {
  /**
   * @param {number} first image of the device
   * @param {number} last image of the device, but for those dated in the future
   */
  constructor(first, last) {
    super();
    this.first = first;
    this.last = last;
    const asked = new URLSearchParams(location.search);
    const [from, to] = [Number(asked.get("start")), Number(asked.get("end"))];
    const [start, end] = to - from >= SHORTEST ? [from, to] : this.lastDays(last - first < DAY ? 1 : 7);
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
    const end = this.last + MARGIN;
    return [Math.max(0, days === "all" ? this.first - MARGIN : end - days * DAY), end];
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
    const longest = Math.max(this.last - this.first, MONTH) * 1.5;
    const span = Math.min(Math.max(end - start, SHORTEST), longest);
    // The record is not lost sight of: half of the range may be beyond it, or all the days up to its end.
    const earliest = Math.min(this.first - span / 2, this.last + MARGIN - span);
    const wanted = (start + end - span) / 2;
    this.start = Math.round(Math.max(0, Math.min(Math.max(wanted, earliest), this.last - span / 2)));
    this.end = Math.round(this.start + span);
    const url = new URL(location.href);
    url.searchParams.set("start", String(this.start));
    url.searchParams.set("end", String(this.end));
    history.replaceState(null, "", url);
    this.emit("change", undefined);
  }
}
