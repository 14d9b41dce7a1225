// Two versions side by side: what only one of them has is marked.
import { pairs } from "./contours.js";
import { titleOf } from "../common/versions.js";

export class Comparison {
  constructor(versions, panes) {
    this.versions = versions;
    this.panes = panes; // [{overlay, select, verdict}, ...]
    for (const { select } of panes) select.addEventListener("change", () => this.show());
  }

  offer() {
    const [left, right] = this.panes;
    for (const { select } of this.panes) {
      const chosen = select.value;
      select.replaceChildren(...this.versions.list.map((version) => new Option(`${titleOf(version)} (${version.n_objects})`, version.id)));
      if (this.versions.get(chosen)) select.value = chosen;
    }
    if (left.select.value === right.select.value && this.versions.list.length > 1) right.select.selectedIndex = left.select.selectedIndex ? 0 : 1;
  }

  async show() {
    const chosen = this.panes.map(({ select }) => this.versions.get(select.value));
    const [ones, twos] = await Promise.all(chosen.map((version) => this.versions.objects(version)));
    const both = pairs(ones.map(({ points }) => points), twos.map(({ points }) => points));
    const paired = [new Set(both.map(({ one }) => one)), new Set(both.map(({ two }) => two))];
    [ones, twos].forEach((objects, side) => {
      const lonely = new Set([...objects.keys()].filter((index) => !paired[side].has(index)));
      this.panes[side].verdict.textContent = `${objects.length} detections, ${both.length} on both sides, ${lonely.size} only here (dashed)`;
      this.panes[side].overlay.show([chosen[side]], () => lonely);
    });
  }
}
