// Contours of versions drawn over an image; two versions compared side by side.
import { versionTitle } from "../common/versions.js";
import { matchContours, svgPath } from "./contours.js";
import { svgElement } from "./viewer.js";

/** @typedef {import("./versions.js").Version} Version */
/** @typedef {import("./versions.js").Versions} Versions */
/** @typedef {{ layer: DetectionLayer, select: HTMLSelectElement, summary: HTMLElement }} Side */

export class DetectionLayer {
  /**
   * @param {import("./viewer.js").Viewer} viewer
   * @param {Versions} versions
   * @param {(error: Error) => void} onError
   */
  constructor(viewer, versions, onError) {
    this.versions = versions;
    this.onError = onError;
    this.group = svgElement("g", { class: "desk-contours" });
    viewer.drawing.append(this.group);
    this.turn = 0; // what is asked for later is shown, whatever the order of the answers
  }

  /**
   * @param {Version[]} shown
   * @param {Set<number>} [marked] indices of detections
   */
  async show(shown, marked = new Set()) {
    const turn = ++this.turn;
    try {
      const groups = await Promise.all(shown.map((version) => this.#draw(version, marked)));
      if (turn === this.turn) this.group.replaceChildren(...groups);
    } catch (error) {
      this.onError(/** @type {Error} */ (error));
    }
  }

  set visible(/** @type {boolean} */ visible) {
    this.group.style.display = visible ? "" : "none";
  }

  /**
   * @param {Version} version
   * @param {Set<number>} marked
   */
  async #draw(version, marked) {
    const group = svgElement("g", { stroke: version.colour, fill: version.colour, "data-version": version.id });
    const detections = await this.versions.detections(version);
    group.append(
      ...detections.map(({ points }, index) =>
        svgElement("path", { d: svgPath(points), class: marked.has(index) ? "desk-lonely" : "" }),
      ),
    );
    return group;
  }
}

export class Comparison {
  /**
   * @param {Versions} versions
   * @param {[Side, Side]} sides
   */
  constructor(versions, sides) {
    this.versions = versions;
    this.sides = sides;
    for (const { select, layer } of sides) select.addEventListener("change", () => this.show().catch(layer.onError));
  }

  // Fills the lists of versions; what was chosen stays so.
  fillSelects() {
    for (const { select } of this.sides) {
      const chosen = select.value;
      select.replaceChildren(...this.versions.all.map(versionOption));
      if (this.versions.get(chosen)) select.value = chosen;
    }
    const [left, right] = this.sides.map(({ select }) => select);
    if (left.value === right.value && right.options.length > 1) right.selectedIndex = left.selectedIndex ? 0 : 1;
  }

  // Marks what only one of the two versions has.
  async show() {
    const chosen = this.sides.map(({ select }) => /** @type {Version} */ (this.versions.get(select.value)));
    const detections = await Promise.all(chosen.map((version) => this.versions.detections(version)));
    const [left, right] = detections.map((each) => each.map(({ points }) => points));
    const pairs = matchContours(left, right);
    const paired = [new Set(pairs.map(({ one }) => one)), new Set(pairs.map(({ other }) => other))];
    for (const [index, { layer, summary }] of this.sides.entries()) {
      const count = detections[index].length;
      const unpaired = new Set([...Array(count).keys()].filter((each) => !paired[index].has(each)));
      const found = `${count} detections, ${pairs.length} on both sides, ${unpaired.size} only here (dashed)`;
      summary.textContent = found;
      layer.show([chosen[index]], unpaired);
    }
  }
}

/** @param {Version} version */
export function versionOption(version) {
  return new Option(`${versionTitle(version)} (${version.n_objects})`, String(version.id));
}
