// The images of a device one after the other: stepped through, or played as a film.
import { byId, createElement } from "../common/dom.js";
import { Emitter } from "../common/events.js";
import { getJson } from "../common/http.js";
import { formatUtc, imageName, showTime } from "../common/time.js";

/** @typedef {"forward" | "back"} Direction */
/** @typedef {Record<"temp" | "hum" | "lum" | "bat", number | null> & { time: number }} Moment an image and its readings */

const CHUNK = 120; // moments asked at a time
const PRELOADED = 16; // pictures loaded before they are shown

/**
 * `show`: an image is shown; `state`: it plays or pauses.
 * @extends {Emitter<{ show: Moment, state: undefined }>}
 */
export class Film extends Emitter {
  /** @type {Moment | null} */
  current = null;
  /** @type {Record<Direction, Moment[]>} */
  queues = { forward: [], back: [] };
  /** @type {Map<string, HTMLImageElement>} */
  pictures = new Map();
  #timer = 0;

  /**
   * @param {string} device
   * @param {{ moments: string, picture: string, image: string }} urls the latter two of image NAME
   */
  constructor(device, urls) {
    super();
    this.device = device;
    this.urls = urls;
    this.picture = byId("film-picture", HTMLImageElement);
    this.message = byId("film-message");
    this.picture.addEventListener("error", () => (this.message.textContent = "The thumbnail is not kept."));
  }

  get isPlaying() {
    return this.#timer !== 0;
  }

  /**
   * Shows the image that is nearest to a time.
   * @param {number} time
   */
  async seek(time) {
    this.pause();
    try {
      const found = await Promise.all([this.#ask(time, "back", 1), this.#ask(time, "forward", 1)]);
      const [nearest] = found.flat().sort((one, other) => Math.abs(one.time - time) - Math.abs(other.time - time));
      this.queues = { forward: [], back: [] };
      if (nearest) this.#show(nearest);
    } catch (error) {
      this.message.textContent = /** @type {Error} */ (error).message;
    }
  }

  /**
   * @param {Direction} direction
   * @returns {Promise<boolean>} whether there was another image
   */
  async step(direction) {
    if (!this.current) return false;
    const queue = this.queues[direction];
    if (!queue.length) queue.push(...(await this.#askMore(this.current, direction)));
    const next = queue.shift();
    if (!next) {
      this.message.textContent = direction === "forward" ? "This is the last image." : "This is the first image.";
      return false;
    }
    this.queues[direction === "forward" ? "back" : "forward"].unshift(this.current);
    this.#show(next);
    for (const moment of queue.slice(0, PRELOADED)) this.#load(moment);
    return true;
  }

  /** @param {() => number} perSecond */
  play(perSecond) {
    const tick = async () => {
      const started = performance.now();
      const [next] = this.queues.forward;
      if (next)
        await this.#load(next)
          .decode()
          .catch(() => null);
      if (!this.isPlaying) return;
      if (!(await this.step("forward"))) return this.pause();
      const wait = Math.max(0, 1000 / perSecond() - (performance.now() - started));
      if (this.isPlaying) this.#timer = window.setTimeout(tick, wait);
    };
    this.#timer = window.setTimeout(tick, 0);
    this.emit("state", undefined);
  }

  pause() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.emit("state", undefined);
  }

  /**
   * The page of the image of a time.
   * @param {number} time
   */
  pageUrl(time) {
    return this.urls.image.replace("NAME", imageName(this.device, time));
  }

  /**
   * @param {Moment} from
   * @param {Direction} direction
   */
  async #askMore({ time }, direction) {
    try {
      return await this.#ask(time + (direction === "back" ? -1 : 1), direction, CHUNK);
    } catch (error) {
      this.message.textContent = /** @type {Error} */ (error).message;
      return [];
    }
  }

  /**
   * @param {number} time
   * @param {Direction} direction
   * @param {number} limit
   * @returns {Promise<Moment[]>}
   */
  #ask(time, direction, limit) {
    const query = { at: String(Math.round(time)), limit: String(limit), back: direction === "back" ? "1" : "0" };
    return getJson(`${this.urls.moments}?${new URLSearchParams(query)}`);
  }

  /** @param {Moment} moment */
  #load({ time }) {
    const url = this.urls.picture.replace("NAME", imageName(this.device, time));
    const picture = this.pictures.get(url) ?? createElement("img", { src: url });
    this.pictures.set(url, picture);
    const [oldest] = this.pictures.keys();
    if (this.pictures.size > 4 * PRELOADED) this.pictures.delete(oldest);
    return picture;
  }

  /** @param {Moment} moment */
  #show(moment) {
    this.current = moment;
    this.message.textContent = "";
    this.picture.src = this.#load(moment).src;
    this.picture.alt = `Image of ${formatUtc(moment.time)}`;
    byId("film-open", HTMLAnchorElement).href = this.pageUrl(moment.time);
    showTime(byId("film-time", HTMLTimeElement), moment.time, { withSeconds: true });
    this.emit("show", moment);
  }
}
