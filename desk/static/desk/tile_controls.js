// The buttons below a film of tiles, and its text.
import { TileFilm } from "./tile_film.js";

const get = (id) => document.getElementById(id);

export function filmWithControls(tile, textOf) {
  const film = new TileFilm(get("tile"), tile);
  film.addEventListener("show", ({ detail }) => {
    const position = get("tile-position");
    position.max = film.number - 1;
    position.value = detail;
    get("tile-text").textContent = `${detail + 1} / ${film.number}${textOf(detail)}`;
  });
  film.addEventListener("state", () => {
    get("tile-play").setAttribute("aria-label", film.playing ? "Pause" : "Play");
    get("tile-play").firstElementChild.textContent = film.playing ? "pause" : "play_arrow";
  });
  const stepBy = (by) => () => {
    film.pause();
    film.step(by);
  };
  get("tile-back").addEventListener("click", stepBy(-1));
  get("tile-forward").addEventListener("click", stepBy(1));
  get("tile-play").addEventListener("click", () => film.toggle());
  get("tile-position").addEventListener("input", ({ target }) => {
    film.pause();
    film.show(Number(target.value));
  });
  const keys = { ArrowLeft: stepBy(-1), ArrowRight: stepBy(1), " ": () => film.toggle() };
  return { film, keys };
}

// Opens a mosaic and plays it, for those who do not mind motion.
export async function screen(film, picture, number) {
  get("tile-message").textContent = "";
  try {
    await film.open(picture, number);
    if (film.picture === picture && !matchMedia("(prefers-reduced-motion: reduce)").matches) film.play();
  } catch {
    if (film.picture === picture) get("tile-message").textContent = "The mosaic of this tuboid cannot be loaded.";
  }
}
