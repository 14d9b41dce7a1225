// Contours of versions drawn over a viewer's picture.
import { pathOf } from "./contours.js";
import { svgElement } from "./viewer.js";

export class Overlay {
  constructor(viewer, versions, onFail) {
    this.versions = versions;
    this.onFail = onFail;
    this.group = svgElement("g", { class: "desk-contours" });
    viewer.drawing.append(this.group);
    this.turn = 0;
  }

  // Draws these versions; `lonely(version)` is the set of indices to be marked.
  async show(shown, lonely = () => new Set()) {
    const turn = ++this.turn;
    try {
      const drawn = await Promise.all(shown.map(async (version) => this.#draw(version, await this.versions.objects(version), lonely(version))));
      if (turn === this.turn) this.group.replaceChildren(...drawn);
    } catch (error) {
      this.onFail(error);
    }
  }

  set visible(visible) {
    this.group.style.display = visible ? "" : "none";
  }

  #draw(version, objects, lonely) {
    const group = svgElement("g", { stroke: version.colour, fill: version.colour, "data-version": version.id });
    objects.forEach(({ points }, index) => {
      group.append(svgElement("path", { d: pathOf(points), class: lonely.has(index) ? "desk-lonely" : "" }));
    });
    return group;
  }
}
