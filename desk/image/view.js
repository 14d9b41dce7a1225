// What part of an image is seen: `scale` is CSS pixels per pixel of the image, (x, y) where its corner is.
// Viewers that share a view move together.
const LARGEST = 12;
const EDGE = 60; // px of the image that stay in sight

export class View extends EventTarget {
  constructor(width, height) {
    super();
    Object.assign(this, { width, height, x: 0, y: 0, scale: 0.1, box: { width: 1, height: 1 }, fitted: true });
  }

  get fitScale() {
    return Math.min(this.box.width / this.width, this.box.height / this.height);
  }

  resize(box) {
    const centre = this.toImage(this.box.width / 2, this.box.height / 2);
    this.box = box;
    if (this.fitted) this.fit();
    else this.#set(this.scale, box.width / 2 - centre.x * this.scale, box.height / 2 - centre.y * this.scale);
  }

  fit() {
    const scale = this.fitScale;
    this.#set(scale, (this.box.width - this.width * scale) / 2, (this.box.height - this.height * scale) / 2);
    this.fitted = true;
  }

  move(x, y) {
    this.#set(this.scale, this.x + x, this.y + y);
  }

  // Zooms around a point of the box; the middle by default.
  zoomTo(scale, x = this.box.width / 2, y = this.box.height / 2) {
    const wanted = Math.min(LARGEST, Math.max(this.fitScale / 2, scale));
    const point = this.toImage(x, y);
    this.#set(wanted, x - point.x * wanted, y - point.y * wanted);
  }

  // Brings a point of the image into sight.
  reveal([x, y]) {
    const [left, top] = [x * this.scale + this.x, y * this.scale + this.y];
    const isSeen = left > EDGE && top > EDGE && left < this.box.width - EDGE && top < this.box.height - EDGE;
    if (!isSeen) this.move(this.box.width / 2 - left, this.box.height / 2 - top);
  }

  toImage(x, y) {
    return { x: (x - this.x) / this.scale, y: (y - this.y) / this.scale };
  }

  #set(scale, x, y) {
    const within = (value, size, room) => Math.min(room - EDGE, Math.max(EDGE - size * scale, value));
    this.scale = scale;
    this.x = within(x, this.width, this.box.width);
    this.y = within(y, this.height, this.box.height);
    this.fitted = false;
    this.dispatchEvent(new Event("change"));
  }
}
