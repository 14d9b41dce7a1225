// The page of a tuboid: its film, its tiles, and the image that a shot is of.
import { filmWithControls, screen } from "../common/mosaic_player.js";

const configuration = JSON.parse(document.getElementById("desk-configuration").textContent);
const { shots, tile, mosaic } = configuration;
const buttons = [...document.querySelectorAll("[data-shot]")];
const link = document.getElementById("tile-image");

const { film, keys } = filmWithControls(tile, (index) => {
  const { time, pixels } = shots[index];
  return time ? ` · ${time}, ${Math.round(pixels)} px` : "";
});
film.addEventListener("show", ({ detail }) => {
  for (const [index, button] of buttons.entries()) button.setAttribute("aria-pressed", String(index === detail));
  link.hidden = !shots[detail].image;
  if (shots[detail].image) link.href = shots[detail].image;
});

const picture = new Image();
picture.src = mosaic;
screen(film, picture, shots.length);

// Each button shows its tile: percentages of a background place it whatever the size of the button.
const rows = Math.ceil(shots.length / 4);
for (const [index, button] of buttons.entries()) {
  const style = button.querySelector(".desk-tile").style;
  style.backgroundImage = `url("${mosaic}")`;
  style.backgroundSize = `400% ${rows * 100}%`;
  style.backgroundPosition = `${((index % 4) * 100) / 3}% ${rows > 1 ? (Math.floor(index / 4) * 100) / (rows - 1) : 0}%`;
  button.addEventListener("click", () => {
    film.pause();
    film.show(index);
  });
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea, button, a, summary, [role=dialog]")) return;
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
