// A tuboid under the pointer, or with the focus, plays the shots that its preview has.
import { createElement } from "../common/dom.js";
import { MosaicPlayer } from "../common/mosaic_player.js";

const TILE = 112; // px of a tile in a preview
const MAX_SHOTS = 8; // of a preview

/** @param {HTMLElement} link */
function playOnHover(link) {
  const preview = /** @type {HTMLImageElement} */ (link.querySelector("img"));
  /** @type {MosaicPlayer | null} */
  let player = null;
  const start = () => {
    if (!preview.naturalWidth || player) return;
    const canvas = createElement("canvas", { width: TILE, height: TILE });
    link.append(canvas);
    player = new MosaicPlayer(canvas, TILE);
    player.open(preview, Math.min(MAX_SHOTS, Number(link.dataset.shots)));
    player.play();
  };
  const end = () => {
    player?.pause();
    player?.canvas.remove();
    player = null;
  };
  link.addEventListener("pointerenter", start);
  link.addEventListener("pointerleave", end);
  link.addEventListener("focus", () => link.matches(":focus-visible") && start());
  link.addEventListener("blur", end);
}

if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
  for (const link of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-shots]"))) {
    playOnHover(link);
  }
}
