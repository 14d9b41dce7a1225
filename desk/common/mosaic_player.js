// The tiles of a mosaic one after the other, as a film on a canvas.
const ACROSS = 4;
const PER_SECOND = 5;

export class TileFilm extends EventTarget {
  constructor(canvas, tile) {
    super();
    Object.assign(this, { canvas, tile, picture: null, number: 0, index: 0, timer: 0 });
    this.pen = canvas.getContext("2d");
  }

  get playing() {
    return this.timer !== 0;
  }

  // The picture may still be loading: its first tile is drawn as soon as it is there.
  async open(picture, number) {
    this.pause();
    Object.assign(this, { picture, number, index: 0 });
    if (!picture.complete) this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    else this.show(0);
    await picture.decode();
    if (this.picture === picture) this.show(0);
  }

  show(index) {
    this.index = index;
    const [x, y] = [(index % ACROSS) * this.tile, Math.floor(index / ACROSS) * this.tile];
    this.pen.imageSmoothingQuality = "high";
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.pen.drawImage(this.picture, x, y, this.tile, this.tile, 0, 0, this.canvas.width, this.canvas.height);
    this.dispatchEvent(new CustomEvent("show", { detail: index }));
  }

  step(by) {
    if (this.picture?.complete && this.number) this.show((this.index + by + this.number) % this.number);
  }

  play() {
    if (this.playing || this.number < 2) return;
    this.timer = setInterval(() => this.step(1), 1000 / PER_SECOND);
    this.dispatchEvent(new Event("state"));
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.dispatchEvent(new Event("state"));
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }
}

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
