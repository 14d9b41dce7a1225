// The gallery: a tuboid under the pointer, or with the focus, plays the shots that its preview has.
import { TileFilm } from "../common/mosaic_player.js";

const TILE = 112; // pixels of a tile in a preview
const SHOTS = 8; // of a preview, at most

function filmOf(link) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = TILE;
  link.append(canvas);
  return new TileFilm(canvas, TILE);
}

function watch(link) {
  const picture = link.querySelector("img");
  let film = null;
  const start = () => {
    if (!picture.naturalWidth || film) return;
    film = filmOf(link);
    film.open(picture, Math.min(SHOTS, Number(link.dataset.shots)));
    film.play();
  };
  const end = () => {
    film?.pause();
    film?.canvas.remove();
    film = null;
  };
  link.addEventListener("pointerenter", start);
  link.addEventListener("pointerleave", end);
  link.addEventListener("focus", () => link.matches(":focus-visible") && start());
  link.addEventListener("blur", end);
}

if (!matchMedia("(prefers-reduced-motion: reduce)").matches) document.querySelectorAll("[data-shots]").forEach(watch);
