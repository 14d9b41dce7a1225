// The versions of detections of an image: which are shown, in which colour, and their contours once asked for.
import { ask } from "../common/http.js";
import { colourOf } from "../common/versions.js";
import { pointsOf } from "./contours.js";

const MEMORY = "desk-versions";

export class Versions extends EventTarget {
  constructor(versions, url) {
    super();
    this.url = url;
    this.list = versions.map((version, index) => ({ ...version, colour: colourOf(index) }));
    this.shown = this.#remembered();
    this.asked = new Map();
  }

  get(id) {
    return this.list.find((version) => version.id === Number(id));
  }

  // The objects of a version, each with its `points`.
  objects(version) {
    if (!this.asked.has(version.id)) {
      const asked = ask(this.url.replace("ID", version.id)).then(({ annotations }) =>
        annotations.map((object) => ({ ...object, points: pointsOf(object.contour) })),
      );
      asked.catch(() => this.asked.delete(version.id));
      this.asked.set(version.id, asked);
    }
    return this.asked.get(version.id);
  }

  toggle(id, isShown) {
    if (isShown) this.shown.add(id);
    else this.shown.delete(id);
    sessionStorage.setItem(MEMORY, JSON.stringify(this.list.filter((version) => this.shown.has(version.id)).map(keyOf)));
    this.dispatchEvent(new Event("change"));
  }

  // A correction that has just been saved.
  add(version) {
    this.list.unshift({ ...version, is_person: true, made: null, colour: colourOf(this.list.length) });
    this.toggle(version.id, true);
  }

  // Those shown on the image before; the newest where none of them is here.
  #remembered() {
    const stored = sessionStorage.getItem(MEMORY);
    const keys = new Set(stored ? JSON.parse(stored) : []);
    const same = this.list.filter((version) => keys.has(keyOf(version)));
    const wantsNone = stored !== null && keys.size === 0;
    return new Set((same.length || wantsNone ? same : this.list.slice(0, 1)).map((version) => version.id));
  }
}

// A person's corrections have a version for each image.
function keyOf({ algo_name: name, algo_version: version, is_person: isPerson }) {
  return isPerson ? name : `${name} ${version}`;
}
