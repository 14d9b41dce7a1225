// A correction as it is drawn: every contour a path, the selected one with a handle at each point and between each two.
import { svgPath } from "./contours.js";
import { svgElement } from "./viewer.js";

/** @typedef {import("./contours.js").Point} Point */
/** @typedef {import("./versions.js").Detection} Detection */

const HANDLE = 5; // px

export class DraftLayer {
  /** @param {import("./viewer.js").Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.group = svgElement("g", { class: "desk-drafts" });
    viewer.drawing.append(this.group);
    viewer.on("change", () => this.#sizeHandles());
  }

  /**
   * @param {{ detections: Detection[], selected: number | null }} draft
   * @param {Point[]} [line] the contour that is being drawn
   */
  show({ detections, selected }, line = []) {
    const shapes = detections.map(({ points }, index) =>
      svgElement("path", { d: svgPath(points), "data-index": index, class: index === selected ? "desk-chosen" : "" }),
    );
    if (selected !== null) shapes.push(...handles(detections[selected].points));
    if (line.length) {
      shapes.push(svgElement("path", { d: svgPath(line, { closed: false }), class: "desk-line" }));
      shapes.push(...line.map(([x, y]) => svgElement("circle", { cx: x, cy: y })));
    }
    this.group.replaceChildren(...shapes);
    this.#sizeHandles();
  }

  clear() {
    this.group.replaceChildren();
  }

  // Handles are as large at every scale, and only as many as have room: those of points first.
  #sizeHandles() {
    const radius = HANDLE / this.viewer.scale;
    /** @type {Point[]} */
    const shown = [];
    const points = this.group.querySelectorAll("circle:not(.desk-middle)");
    const middles = this.group.querySelectorAll("circle.desk-middle");
    for (const circle of /** @type {SVGCircleElement[]} */ ([...points, ...middles])) {
      const [x, y] = [circle.cx.baseVal.value, circle.cy.baseVal.value];
      const hasRoom = shown.every(([otherX, otherY]) => Math.hypot(x - otherX, y - otherY) > 2.4 * radius);
      if (hasRoom) shown.push([x, y]);
      circle.style.display = hasRoom ? "" : "none";
      circle.r.baseVal.value = circle.classList.contains("desk-middle") ? radius * 0.8 : radius;
    }
  }
}

/** @param {Point[]} points */
function handles(points) {
  const middles = points.map(([x, y], index) => {
    const [nextX, nextY] = points[(index + 1) % points.length];
    return svgElement("circle", {
      cx: (x + nextX) / 2,
      cy: (y + nextY) / 2,
      class: "desk-middle",
      "data-middle": index,
    });
  });
  return [...middles, ...points.map(([x, y], index) => svgElement("circle", { cx: x, cy: y, "data-point": index }))];
}
