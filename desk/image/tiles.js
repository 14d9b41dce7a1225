// The pixels of an image: its thumbnail at once, then only those tiles that are in sight, as sharp as the screen shows.
const THUMBNAIL = 512;
const MOST = 160; // tiles kept

export class Tiles {
  constructor(plane, view, { thumbnail, tile, tileSize, maxLevel }, { onWait, onFail }) {
    Object.assign(this, { plane, view, url: tile, size: tileSize, maxLevel, onWait, onFail });
    this.kept = new Map();
    this.waiting = 0;
    const whole = this.#picture(thumbnail, { left: 0, top: 0, width: view.width, height: view.height });
    whole.style.zIndex = 0;
  }

  show() {
    const { view, plane } = this;
    const density = view.scale * (globalThis.devicePixelRatio ?? 1);
    plane.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    plane.classList.toggle("desk-sharp", density > 3);
    if (density * Math.max(view.width, view.height) <= THUMBNAIL * 1.1) return;
    const level = Math.min(this.maxLevel, Math.max(0, Math.floor(Math.log2(1 / density) + 0.2)));
    for (const [column, row] of this.#inSight(level)) this.#add(level, column, row);
    this.#forget();
  }

  #inSight(level) {
    const { view } = this;
    const side = this.size * 2 ** level;
    const [start, end] = [view.toImage(0, 0), view.toImage(view.box.width, view.box.height)];
    const indices = (low, high, length) => {
      const first = Math.max(0, Math.floor(low / side));
      const last = Math.min(Math.ceil(length / side) - 1, Math.floor(high / side));
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
    };
    return indices(start.y, end.y, view.height).flatMap((row) => indices(start.x, end.x, view.width).map((column) => [column, row]));
  }

  #add(level, column, row) {
    const url = this.url.replace("LEVEL", level).replace("COLUMN", column).replace("ROW", row);
    const known = this.kept.get(url);
    if (known) {
      this.kept.delete(url);
      this.kept.set(url, known);
      return;
    }
    const side = this.size * 2 ** level;
    const [left, top] = [column * side, row * side];
    // The last pixel of a halved image may stand for a part of a pixel that is not there.
    const reach = (length, offset) => Math.min(side, Math.ceil(length / 2 ** level) * 2 ** level - offset);
    const box = { left, top, width: reach(this.view.width, left), height: reach(this.view.height, top) };
    const picture = this.#picture(url, box);
    picture.style.zIndex = 1 + this.maxLevel - level;
    this.kept.set(url, picture);
  }

  #picture(url, box) {
    const picture = new Image();
    for (const [name, value] of Object.entries(box)) picture.style[name] = `${value}px`;
    picture.alt = "";
    picture.draggable = false;
    this.#wait(1);
    picture.addEventListener("load", () => this.#wait(-1));
    picture.addEventListener("error", () => {
      this.#wait(-1);
      picture.remove();
      this.kept.delete(url);
      this.onFail();
    });
    picture.src = url;
    this.plane.append(picture);
    return picture;
  }

  #wait(change) {
    this.waiting += change;
    this.onWait(this.waiting > 0);
  }

  #forget() {
    for (const [url, picture] of this.kept) {
      if (this.kept.size <= MOST) return;
      picture.remove();
      this.kept.delete(url);
    }
  }
}
