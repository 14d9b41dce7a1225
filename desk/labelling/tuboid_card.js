// What labelling shows of a tuboid, beside its film.
import { byId, createElement } from "../common/dom.js";
import { showTime } from "../common/time.js";

/** @typedef {{ taxon: number, text: string, hue: number, title: string, people: number, algorithms: number }} TaxonSummary */
/**
 * @typedef {object} Tuboid
 * @property {number} id
 * @property {string} name
 * @property {string} device
 * @property {string} start ISO 8601
 * @property {string} end ISO 8601
 * @property {number} shots their number
 * @property {string} page URL
 * @property {string} mosaic URL
 * @property {string} context URL
 * @property {number | null} pixels length of the insect
 * @property {number | null} mm length of the insect
 * @property {TaxonSummary[]} said the labels that it has
 */

/**
 * @param {Tuboid} tuboid
 * @param {TaxonSummary[]} labels that may be seen
 * @param {boolean} isBlind whether they are hidden
 */
export function showTuboid(tuboid, labels, isBlind) {
  byId("work").dataset.tuboid = String(tuboid.id);
  byId("context", HTMLImageElement).src = tuboid.context;
  byId("context-open", HTMLAnchorElement).href = tuboid.context;
  const link = byId("tuboid-page", HTMLAnchorElement);
  link.href = tuboid.page;
  link.textContent = `${tuboid.device} ${tuboid.name.split(".").at(-1)}`;
  showTime(byId("tuboid-start", HTMLTimeElement), Date.parse(tuboid.start) / 1000);
  showTime(byId("tuboid-end", HTMLTimeElement), Date.parse(tuboid.end) / 1000);
  byId("tuboid-size").textContent = lengthText(tuboid);
  if (labels.length) byId("said").replaceChildren(...labels.map(taxonElement));
  else byId("said").textContent = isBlind ? "hidden" : "nothing yet";
}

/** @param {{ text: string, hue: number, title?: string }} taxon */
export function taxonElement({ text, hue, title = "" }) {
  const element = createElement("span", { className: "desk-taxon", textContent: text, title });
  element.style.setProperty("--hue", String(hue));
  return element;
}

/** @param {Tuboid} tuboid */
function lengthText({ pixels, mm }) {
  if (pixels === null) return "unknown";
  return mm === null ? `${Math.round(pixels)} px` : `${mm.toFixed(1)} mm (${Math.round(pixels)} px)`;
}
