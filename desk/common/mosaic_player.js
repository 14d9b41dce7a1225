// The tiles of a mosaic one after the other: on a canvas, with the buttons below it.
import { byId } from "./dom.js";
import { Emitter } from "./events.js";

export const COLUMNS = 4; // tiles in a row of a mosaic
const PER_SECOND = 5;

/**
 * `show`: the index of the tile that is shown; `state`: it plays or pauses.
 * @extends {Emitter<{ show: number, state: undefined }>}
 */
export class MosaicPlayer extends Emitter {
  /** @type {HTMLImageElement | null} */
  mosaic = null;
  count = 0;
  index = 0;
  #timer = 0;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} tileSize px of the mosaic
   */
  constructor(canvas, tileSize) {
    super();
    this.canvas = canvas;
    this.tileSize = tileSize;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  }

  get isPlaying() {
    return this.#timer !== 0;
  }

  /**
   * The mosaic may still be loading: its first tile is drawn as soon as it is there.
   * @param {HTMLImageElement} mosaic
   * @param {number} count of its tiles
   */
  async open(mosaic, count) {
    this.pause();
    Object.assign(this, { mosaic, count, index: 0 });
    if (mosaic.complete) this.show(0);
    else this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    await mosaic.decode();
    if (this.mosaic === mosaic) this.show(0);
  }

  /** @param {number} index */
  show(index) {
    if (!this.mosaic) return;
    this.index = index;
    const { context, tileSize: size } = this;
    const { width, height } = this.canvas;
    const [x, y] = [(index % COLUMNS) * size, Math.floor(index / COLUMNS) * size];
    context.imageSmoothingQuality = "high";
    context.clearRect(0, 0, width, height);
    context.drawImage(this.mosaic, x, y, size, size, 0, 0, width, height);
    this.emit("show", index);
  }

  /** @param {1 | -1} by */
  step(by) {
    if (this.mosaic?.complete && this.count) this.show((this.index + by + this.count) % this.count);
  }

  play() {
    if (this.isPlaying || this.count < 2) return;
    this.#timer = window.setInterval(() => this.step(1), 1000 / PER_SECOND);
    this.emit("state", undefined);
  }

  pause() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.emit("state", undefined);
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }
}

/**
 * The player of `common/mosaic_player.html`, and what keys do with it.
 * @param {number} tileSize
 * @param {(index: number) => string} [describe] what is said of a shot beside its number
 */
export function createMosaicPlayer(tileSize, describe = () => "") {
  const player = new MosaicPlayer(byId("tile", HTMLCanvasElement), tileSize);
  const position = byId("tile-position", HTMLInputElement);
  player.on("show", (index) => {
    position.max = String(player.count - 1);
    position.value = String(index);
    byId("tile-text").textContent = `${index + 1} / ${player.count}${describe(index)}`;
  });
  player.on("state", () => showPlayButton(byId("tile-play"), player.isPlaying));
  const stepBy = (/** @type {1 | -1} */ by) => () => {
    player.pause();
    player.step(by);
  };
  byId("tile-back").addEventListener("click", stepBy(-1));
  byId("tile-forward").addEventListener("click", stepBy(1));
  byId("tile-play").addEventListener("click", () => player.toggle());
  position.addEventListener("input", () => {
    player.pause();
    player.show(Number(position.value));
  });
  /** @type {Record<string, () => void>} */
  const keys = { ArrowLeft: stepBy(-1), ArrowRight: stepBy(1), " ": () => player.toggle() };
  return { player, keys };
}

/**
 * Opens a mosaic and plays it, for those who do not mind motion.
 * @param {MosaicPlayer} player
 * @param {HTMLImageElement} mosaic
 * @param {number} count
 */
export async function playMosaic(player, mosaic, count) {
  const message = byId("tile-message");
  message.textContent = "";
  try {
    await player.open(mosaic, count);
    if (player.mosaic === mosaic && !matchMedia("(prefers-reduced-motion: reduce)").matches) player.play();
  } catch {
    if (player.mosaic === mosaic) message.textContent = "The mosaic of this tuboid cannot be loaded.";
  }
}

/**
 * @param {HTMLElement} button
 * @param {boolean} isPlaying
 */
export function showPlayButton(button, isPlaying) {
  button.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
  const icon = button.firstElementChild;
  if (icon) icon.textContent = isPlaying ? "pause" : "play_arrow";
}
