// The versions of detections of an image: their contours once asked for, and the list in which they are switched on.
import { byId, createElement } from "../common/dom.js";
import { Emitter } from "../common/events.js";
import { getJson } from "../common/http.js";
import { versionColour, versionDate } from "../common/versions.js";
import { pointsOf } from "./contours.js";

/** @typedef {import("./contours.js").Point} Point */
/** @typedef {{ id: number, algo_name: string, algo_version: string, n_objects: number }} Correction as it was saved */
/** @typedef {Correction & { is_person: boolean }} VersionRow */
/** @typedef {VersionRow & { colour: string }} Version */
/** @typedef {Record<string, unknown> & { points: Point[] }} Detection what is stored of an object, and its points */

const STORAGE_KEY = "desk-versions";

/** @extends {Emitter<{ change: undefined }>} */
export class Versions extends Emitter {
  /**
   * @param {VersionRow[]} rows
   * @param {string} url of the detections of version ID
   */
  constructor(rows, url) {
    super();
    this.url = url;
    /** @type {Version[]} */
    this.all = rows.map((row, index) => ({ ...row, colour: versionColour(index) }));
    this.shownIds = this.#shownBefore();
    /** @type {Map<number, Promise<Detection[]>>} */
    this.requests = new Map();
  }

  get shown() {
    return this.all.filter(({ id }) => this.shownIds.has(id));
  }

  /** @param {string | number} id */
  get(id) {
    return this.all.find((version) => version.id === Number(id));
  }

  /** @param {Version} version */
  detections({ id }) {
    const asked = this.requests.get(id) ?? this.#ask(id);
    this.requests.set(id, asked);
    return asked;
  }

  /**
   * @param {number} id
   * @param {boolean} isShown
   */
  toggle(id, isShown) {
    if (isShown) this.shownIds.add(id);
    else this.shownIds.delete(id);
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(this.shown.map(nameOf)));
    this.emit("change", undefined);
  }

  /** @param {Correction} correction */
  add(correction) {
    this.all.unshift({ ...correction, is_person: true, colour: versionColour(this.all.length) });
    this.toggle(correction.id, true);
  }

  /**
   * @param {number} id
   * @returns {Promise<Detection[]>}
   */
  #ask(id) {
    const asked = getJson(this.url.replace("ID", String(id))).then(({ annotations }) =>
      annotations.map((/** @type {any} */ { contour, ...rest }) => ({ ...rest, points: pointsOf(contour) })),
    );
    asked.catch(() => this.requests.delete(id)); // asked again next time
    return asked;
  }

  // Those shown on the image before; the newest where none of them is here.
  #shownBefore() {
    const stored = sessionStorage.getItem(STORAGE_KEY);
    const names = new Set(stored === null ? [] : JSON.parse(stored));
    const same = this.all.filter((version) => names.has(nameOf(version)));
    const hadNone = stored !== null && names.size === 0;
    return new Set((same.length || hadNone ? same : this.all.slice(0, 1)).map(({ id }) => id));
  }
}

/**
 * What a version is called on all images: a person's corrections have a version for each.
 * @param {VersionRow} version
 */
function nameOf({ algo_name: name, algo_version: version, is_person: isPerson }) {
  return isPerson ? name : `${name} ${version}`;
}

/** @param {Versions} versions */
export function showVersionList(versions) {
  byId("versions").replaceChildren(...versions.all.map((version) => listItem(version, versions)));
  byId("no-versions").hidden = versions.all.length > 0;
}

/**
 * @param {Version} version
 * @param {Versions} versions
 */
function listItem(version, versions) {
  const { id, algo_name: algoName, algo_version: algoVersion, colour, n_objects: count } = version;
  const box = createElement("input", { type: "checkbox", checked: versions.shownIds.has(id) });
  box.addEventListener("change", () => versions.toggle(id, box.checked));
  const swatch = createElement("i");
  swatch.style.background = colour;
  const made = createElement("small", { textContent: `version of ${versionDate(algoVersion)} UTC` });
  const name = createElement("span", { className: "desk-name" }, algoName, made);
  const label = createElement("label", { title: `${algoName}\n${algoVersion}` }, box, swatch, name);
  label.append(createElement("b", { textContent: count.toLocaleString("en") }));
  return createElement("li", {}, label);
}
