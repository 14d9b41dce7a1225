// An image in OpenSeadragon, and a drawing over it in the coordinates of the image.
import { createElement } from "../common/dom.js";
import { Emitter } from "../common/events.js";

/** @typedef {import("./contours.js").Point} Point */
/** @typedef {{ width: number, height: number, thumbnail: string, tile: string, tileSize: number, maxLevel: number }} ImageFiles */

const MARGIN = 60; // px: a point that is nearer to the edge of the viewer is not in sight
const THUMBNAIL = 512; // px of its longer side
const PIXELATED = 3; // device pixels that a pixel of the image fills where it is drawn with its edges
// Full resolution is loaded where the image is shown at this scale or larger, half of it from half of this on, and so on.
const SHARPNESS = 0.57;

/**
 * @param {string} name
 * @param {Record<string, string | number>} [attributes]
 */
export function svgElement(name, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/**
 * `change`: another part of the image is shown, or at another scale.
 * `click`: the element that was clicked, where nothing was moved.
 * @extends {Emitter<{ change: undefined, click: Element, absent: undefined }>}
 */
export class Viewer extends Emitter {
  /**
   * @param {HTMLElement} element
   * @param {ImageFiles} image
   */
  constructor(element, image) {
    super();
    this.element = element;
    this.image = image;
    this.origin = { x: 0, y: 0 }; // of the image, in px of the viewer
    this.scale = 1; // px of the viewer for a pixel of the image
    this.isFitted = true;
    this.osd = OpenSeadragon({
      element,
      tileSources: /** @type {any} */ ([{ type: "image", url: image.thumbnail, buildPyramid: false }, tilesOf(image)]),
      drawer: "canvas",
      animationTime: 0,
      immediateRender: true,
      minPixelRatio: SHARPNESS / devicePixelRatio,
      maxZoomPixelRatio: 12,
      minZoomImageRatio: 0.5,
      visibilityRatio: 0.1,
      constrainDuringPan: true,
      keyboardNavEnabled: false,
      showNavigationControl: false,
      silenceMultiImageWarnings: true,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    });
    this.drawing = svgElement("g");
    const svg = svgElement("svg", { "aria-hidden": "true" });
    svg.append(this.drawing);
    this.osd.canvas.append(svg);
    for (const name of /** @type {const} */ (["open", "viewport-change"])) {
      this.osd.addHandler(name, () => this.#follow());
    }
    this.osd.addHandler("after-resize", () => (this.isFitted ? this.fit() : this.#follow()));
    this.osd.addHandler("canvas-click", (event) => {
      if (event.quick) this.emit("click", event.originalTarget);
    });
    this.#showStatus();
  }

  fit() {
    this.osd.viewport.goHome(true);
  }

  /** @param {number} scale */
  zoomTo(scale) {
    const { viewport } = this.osd;
    viewport.zoomTo((scale * this.image.width) / viewport.getContainerSize().x, undefined, true);
    viewport.applyConstraints(true);
  }

  /**
   * Shows the same part of the image as another viewer.
   * @param {Viewer} other
   */
  showAs(other) {
    const { viewport } = this.osd;
    const [zoom, centre] = [other.osd.viewport.getZoom(), other.osd.viewport.getCenter()];
    if (zoom === viewport.getZoom() && centre.equals(viewport.getCenter())) return;
    viewport.zoomTo(zoom, undefined, true);
    viewport.panTo(centre, true);
  }

  /**
   * Brings a point of the image into sight.
   * @param {Point} point
   */
  reveal([x, y]) {
    const [left, top] = [x * this.scale + this.origin.x, y * this.scale + this.origin.y];
    const { clientWidth: width, clientHeight: height } = this.element;
    if (left > MARGIN && top > MARGIN && left < width - MARGIN && top < height - MARGIN) return;
    this.osd.viewport.panTo(new OpenSeadragon.Point(x / this.image.width, y / this.image.width), true);
  }

  /**
   * The point of the image under a pointer.
   * @param {PointerEvent} event
   * @returns {Point}
   */
  pointOf({ clientX, clientY }) {
    const { left, top } = this.element.getBoundingClientRect();
    return [(clientX - left - this.origin.x) / this.scale, (clientY - top - this.origin.y) / this.scale];
  }

  #follow() {
    const { viewport, drawer } = this.osd;
    this.origin = viewport.pixelFromPoint(new OpenSeadragon.Point(0, 0), true);
    this.scale = (viewport.getContainerSize().x * viewport.getZoom(true)) / this.image.width;
    const { scale, origin } = this;
    this.drawing.setAttribute("transform", `matrix(${scale} 0 0 ${scale} ${origin.x} ${origin.y})`);
    this.isFitted = Math.abs(viewport.getZoom(true) / viewport.getHomeZoom() - 1) < 1e-6;
    drawer.setImageSmoothingEnabled(scale * devicePixelRatio < PIXELATED);
    this.emit("change", undefined);
  }

  /** Whether there may be files of the image: a server that cannot be asked does not say no. */
  async #isKept() {
    const answer = await fetch(this.image.thumbnail, { method: "HEAD" }).catch(() => null);
    return answer?.status !== 404;
  }

  #showStatus() {
    const status = createElement("span", { className: "desk-wait", role: "status", textContent: "loading …" });
    this.element.append(status);
    this.osd.addHandler("fully-loaded-change", ({ fullyLoaded }) => {
      if (!status.dataset.failed) status.hidden = fullyLoaded;
    });
    for (const name of /** @type {const} */ (["tile-load-failed", "add-item-failed"])) {
      this.osd.addHandler(name, async () => {
        if (status.dataset.failed) return;
        status.dataset.failed = "yes";
        status.hidden = false;
        const isKept = await this.#isKept();
        status.textContent = isKept ? "A part of the picture cannot be loaded." : "The image is not kept.";
        if (!isKept) this.emit("absent", undefined);
      });
    }
  }
}

/**
 * The tiles of an image: OpenSeadragon counts its levels from the smallest one, the server from full resolution.
 * @param {ImageFiles} image
 */
function tilesOf({ width, height, tile, tileSize, maxLevel }) {
  /** @type {(level: number, column: number, row: number) => string} */
  const getTileUrl = (level, column, row) =>
    tile
      .replace("LEVEL", String(maxLevel - level))
      .replace("COLUMN", String(column))
      .replace("ROW", String(row));
  // Where the image is shown smaller, the thumbnail is sharp enough.
  const halvings = Math.floor(Math.log2(Math.max(width, height) / THUMBNAIL));
  return { width, height, tileSize, minLevel: Math.max(0, maxLevel - halvings), maxLevel, getTileUrl };
}
