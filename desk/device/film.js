// The images of a device one after the other: stepped through, or played as a film.
import { ask } from "../common/http.js";
import { imageName, iso, utc } from "../common/time.js";

const CHUNK = 120;
const AHEAD = 16; // pictures loaded before they are shown

export class Film extends EventTarget {
  constructor({ device, moments, picture, image }, elements) {
    super();
    Object.assign(this, { device, momentsUrl: moments, pictureUrl: picture, imageUrl: image, elements });
    this.current = null;
    this.queues = { forward: [], back: [] };
    this.kept = new Map();
    this.timer = 0;
  }

  get playing() {
    return this.timer !== 0;
  }

  async seek(seconds) {
    this.pause();
    const [before, after] = await Promise.all([this.#ask(seconds, true, 1), this.#ask(seconds, false, 1)]);
    const near = [...before, ...after].sort((one, two) => Math.abs(one.time - seconds) - Math.abs(two.time - seconds));
    this.queues = { forward: [], back: [] };
    if (near.length) this.#show(near[0]);
  }

  async step(direction) {
    if (!this.current) return false;
    const queue = this.queues[direction];
    if (!queue.length) queue.push(...(await this.#more(direction)));
    const next = queue.shift();
    if (!next) {
      this.elements.message.textContent = direction === "forward" ? "This is the last image." : "This is the first image.";
      return false;
    }
    this.queues[direction === "forward" ? "back" : "forward"].unshift(this.current);
    this.#show(next);
    for (const each of queue.slice(0, AHEAD)) this.#load(each);
    return true;
  }

  play(perSecond) {
    const tick = async () => {
      const started = performance.now();
      const next = this.queues.forward[0];
      if (next) await this.#load(next).decode().catch(() => null);
      if (!this.playing) return;
      if (!(await this.step("forward"))) return this.pause();
      if (this.playing) this.timer = setTimeout(tick, Math.max(0, 1000 / perSecond() - (performance.now() - started)));
    };
    this.timer = setTimeout(tick, 0);
    this.dispatchEvent(new Event("state"));
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.dispatchEvent(new Event("state"));
  }

  pageOf(moment) {
    return this.imageUrl.replace("NAME", imageName(this.device, moment.time));
  }

  async #more(direction) {
    const back = direction === "back";
    try {
      return await this.#ask(this.current.time + (back ? -1 : 1), back, CHUNK);
    } catch (error) {
      this.elements.message.textContent = error.message;
      return [];
    }
  }

  #ask(at, back, limit) {
    return ask(`${this.momentsUrl}?${new URLSearchParams({ at: Math.round(at), limit, back: back ? 1 : 0 })}`);
  }

  #load(moment) {
    const url = this.pictureUrl.replace("NAME", imageName(this.device, moment.time));
    if (!this.kept.has(url)) {
      const picture = new Image();
      picture.src = url;
      this.kept.set(url, picture);
      if (this.kept.size > 4 * AHEAD) this.kept.delete(this.kept.keys().next().value);
    }
    return this.kept.get(url);
  }

  #show(moment) {
    this.current = moment;
    const { picture, message, time, open } = this.elements;
    message.textContent = "";
    picture.src = this.#load(moment).src;
    picture.alt = `Image of ${utc(moment.time)}`;
    open.href = this.pageOf(moment);
    time.dateTime = iso(moment.time);
    time.removeAttribute("title");
    time.textContent = utc(moment.time, { withSeconds: true });
    this.dispatchEvent(new CustomEvent("show", { detail: moment }));
  }
}
