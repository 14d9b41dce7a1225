// Drafts as shapes: every contour a path, the chosen one with a handle at each point and between each two.
import { pathOf } from "./contours.js";
import { svgElement } from "./viewer.js";

const HANDLE = 5; // px

export class DraftShapes {
  constructor(viewer) {
    this.viewer = viewer;
    this.group = svgElement("g", { class: "desk-drafts" });
    viewer.drawing.append(this.group);
    viewer.view.addEventListener("change", () => this.#size());
  }

  show({ objects, chosen }, line = []) {
    const shapes = objects.map(({ points }, index) =>
      svgElement("path", { d: pathOf(points), "data-index": index, class: index === chosen ? "desk-chosen" : "" }),
    );
    if (chosen !== null) shapes.push(...this.#handles(objects[chosen].points));
    if (line.length) {
      shapes.push(svgElement("path", { d: pathOf(line).replace(/Z$/, ""), class: "desk-line" }));
      shapes.push(...line.map(([x, y]) => svgElement("circle", { cx: x, cy: y })));
    }
    this.group.replaceChildren(...shapes);
    this.#size();
  }

  clear() {
    this.group.replaceChildren();
  }

  #handles(points) {
    const middles = points.map(([x, y], index) => {
      const [nextX, nextY] = points[(index + 1) % points.length];
      return svgElement("circle", { cx: (x + nextX) / 2, cy: (y + nextY) / 2, class: "desk-middle", "data-middle": index });
    });
    return [...middles, ...points.map(([x, y], index) => svgElement("circle", { cx: x, cy: y, "data-point": index }))];
  }

  // Handles are as large at every scale, and only as many as have room.
  #size() {
    const radius = HANDLE / this.viewer.view.scale;
    const shown = [];
    const place = (circle) => ["cx", "cy"].map((name) => Number(circle.getAttribute(name)));
    const circles = [...this.group.querySelectorAll("circle:not(.desk-middle)"), ...this.group.querySelectorAll(".desk-middle")];
    for (const circle of circles) {
      const [x, y] = place(circle);
      const hasRoom = shown.every(([otherX, otherY]) => Math.hypot(x - otherX, y - otherY) > 2.4 * radius);
      if (hasRoom) shown.push([x, y]);
      circle.style.display = hasRoom ? "" : "none";
      circle.setAttribute("r", circle.classList.contains("desk-middle") ? radius * 0.8 : radius);
    }
  }
}
