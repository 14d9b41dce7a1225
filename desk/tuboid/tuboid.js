// A tuboid: its film, its tiles, and the image that a shot was cut from.
import { byId, isFormField, readConfiguration } from "../common/dom.js";
import { COLUMNS, createMosaicPlayer, playMosaic } from "../common/mosaic_player.js";

/** @typedef {{ time?: string, pixels?: number, image?: string }} Shot empty where the metadata are missing */
/** @type {{ shots: Shot[], tile: number, mosaic: string }} */
const { shots, tile, mosaic } = readConfiguration();
const buttons = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-shot]"))];
const link = byId("tile-image", HTMLAnchorElement);

const { player, keys } = createMosaicPlayer(tile, (index) => {
  const { time, pixels } = shots[index];
  return time && pixels ? ` · ${time}, ${Math.round(pixels)} px` : "";
});
player.on("show", (shown) => {
  for (const [index, button] of buttons.entries()) button.setAttribute("aria-pressed", String(index === shown));
  const { image } = shots[shown];
  link.hidden = !image;
  if (image) link.href = image;
});

const picture = new Image();
picture.src = mosaic;
playMosaic(player, picture, shots.length);

// Each button shows its tile: percentages of a background place it whatever the size of the button.
const rows = Math.ceil(shots.length / COLUMNS);
for (const [index, button] of buttons.entries()) {
  const { style } = /** @type {HTMLElement} */ (button.querySelector(".desk-tile"));
  const [column, row] = [index % COLUMNS, Math.floor(index / COLUMNS)];
  style.backgroundImage = `url("${mosaic}")`;
  style.backgroundSize = `${COLUMNS * 100}% ${rows * 100}%`;
  style.backgroundPosition = `${(column * 100) / (COLUMNS - 1)}% ${rows > 1 ? (row * 100) / (rows - 1) : 0}%`;
  button.addEventListener("click", () => {
    player.pause();
    player.show(index);
  });
}

document.addEventListener("keydown", (event) => {
  if (isFormField(event) || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
