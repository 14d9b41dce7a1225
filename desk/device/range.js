// The range of time shown, in unix seconds: moved, zoomed, kept in the address, told to who listens.
const SHORTEST = 600;
const DAY = 86400;

export class Range extends EventTarget {
  constructor(first, last) {
    super();
    this.first = first;
    this.last = last;
    const asked = new URLSearchParams(location.search);
    const [start, end] = [Number(asked.get("start")), Number(asked.get("end"))];
    this.#assign(...(end - start >= SHORTEST ? [start, end] : this.ofDays(7)));
  }

  get span() {
    return this.end - this.start;
  }

  showDays(days) {
    this.set(...this.ofDays(days));
  }

  // The last days of the record, or all of it.
  ofDays(days) {
    const all = this.last - this.first + 1200;
    const span = days === "all" ? all : Math.min(days * DAY, Math.max(all, DAY));
    return [this.last + 600 - span, this.last + 600];
  }

  move(share) {
    this.set(this.start + share * this.span, this.end + share * this.span);
  }

  zoom(factor, around = (this.start + this.end) / 2) {
    this.set(around - (around - this.start) * factor, around + (this.end - around) * factor);
  }

  include(moment) {
    if (moment < this.start || moment > this.end) this.set(moment - this.span / 2, moment + this.span / 2);
  }

  set(start, end) {
    const longest = Math.max(this.last - this.first, DAY) * 1.5;
    const middle = Math.min(Math.max((start + end) / 2, this.first), this.last);
    const half = Math.min(Math.max(end - start, SHORTEST), longest) / 2;
    this.#assign(Math.round(middle - half), Math.round(middle + half));
    const address = new URL(location);
    address.searchParams.set("start", this.start);
    address.searchParams.set("end", this.end);
    history.replaceState(null, "", address);
    this.dispatchEvent(new Event("change"));
  }

  #assign(start, end) {
    this.start = Math.max(0, start);
    this.end = end;
  }
}
