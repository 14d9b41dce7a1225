// Labelling: wires the queue, the film and the picker together.
import { byId, readConfiguration } from "../common/dom.js";
import { getJson } from "../common/http.js";
import { createMosaicPlayer, playMosaic } from "../common/mosaic_player.js";
import { showProblem } from "../common/problem.js";
import { LabelForm } from "./label_form.js";
import { LabelQueue } from "./queue.js";
import { TaxonPicker } from "./taxon_picker.js";
import { TaxonSearch } from "./taxon_search.js";
import { showTuboid } from "./tuboid_card.js";
import { takeWindowName } from "./window_name.js";

/** @typedef {import("./tuboid_card.js").Tuboid} Tuboid */

const HOLD = 60_000; // ms: tuboids are kept for several times as long
const BLIND = "desk-blind";

const configuration = readConfiguration();
const queue = new LabelQueue(configuration, configuration.mode, takeWindowName());
const form = new LabelForm(configuration.user);
const { player, keys: playerKeys } = createMosaicPlayer(configuration.tile);
/** @type {TaxonPicker | null} */
let picker = null;
/** @type {Tuboid | null} */
let shown = null;

// Pictures by their URL, loaded before they are shown.
/** @type {Map<string, HTMLImageElement>} */
const pictures = new Map();
/** @param {string} url */
function preload(url) {
  const picture = pictures.get(url) ?? new Image();
  if (!pictures.has(url)) picture.src = url;
  pictures.set(url, picture);
  return picture;
}

// Labels of others
const blind = byId("blind", HTMLInputElement);
blind.checked = localStorage.getItem(BLIND) === "1";
blind.addEventListener("change", () => {
  localStorage.setItem(BLIND, blind.checked ? "1" : "0");
  shown = null;
  show();
});
/** @param {Tuboid} tuboid */
const visibleLabels = (tuboid) => (blind.checked ? [] : tuboid.said);

// The tuboid
const taxonInput = byId("taxon", HTMLInputElement);
function show() {
  const tuboid = queue.current;
  byId("work").hidden = !tuboid;
  byId("empty").hidden = Boolean(tuboid) || !queue.isLoaded;
  byId("undo", HTMLButtonElement).disabled = queue.done.length === 0;
  const urls = new Set(queue.items.flatMap(({ mosaic, context }) => [mosaic, context]));
  for (const url of urls) preload(url);
  const others = [...queue.pending.map((decision) => decision.tuboid), ...queue.items].map(({ id }) => id);
  form.showUnsaved(others, pageOf);
  if (!tuboid || tuboid === shown) return;
  shown = tuboid;
  showTuboid(tuboid, visibleLabels(tuboid), blind.checked);
  playMosaic(player, preload(tuboid.mosaic), tuboid.shots);
  form.open(tuboid);
  picker?.open(visibleLabels(tuboid), form.chosen(tuboid));
  taxonInput.focus({ preventScroll: true });
  for (const url of pictures.keys()) if (!urls.has(url)) pictures.delete(url);
}
queue.on("change", show);

const allDone = byId("empty-title").textContent;
/** @param {number} count counted up to 10,000 only */
const format = (count) => (count >= 10000 ? "10,000+" : count.toLocaleString("en"));
queue.on("progress", ({ today, left, skipped }) => {
  byId("today").textContent = format(today);
  byId("left").textContent = format(left);
  byId("forget").hidden = skipped === 0;
  byId("empty-title").textContent = left ? "Nothing is left for you just now" : allDone;
  const some = skipped ? `You skipped ${format(skipped)}.` : "";
  byId("empty-text").textContent =
    left > skipped ? `${some} Other people, or other windows of yours, have the rest just now.`.trim() : some;
});

// What went wrong, and what was done
/** @param {number} tuboid */
const pageOf = (tuboid) => `${location.pathname}?${new URLSearchParams({ mode: queue.mode, tuboid: String(tuboid) })}`;
/** @param {import("./queue.js").Failure} failure */
function showFailure({ error, tuboid = queue.current?.id, isUnsaved = false }) {
  const kept = isUnsaved ? "Not saved, but kept here: choose it again to save it." : "";
  const page = tuboid ? pageOf(tuboid) : location.href;
  showProblem(byId("message"), error, { login: configuration.login, page, kept });
}
queue.on("error", showFailure);
/** @param {string} text */
function showDone(text) {
  byId("message").hidden = true;
  byId("saved").textContent = text;
}
queue.on("saved", ({ tuboid, said, text }) => {
  form.forget(tuboid.id);
  showDone(said ? `Saved: ${text}` : "Skipped");
});
queue.on("undone", ({ tuboid, said, text }) => {
  if (said) form.drafts.set(tuboid.id, { confidence: said.confidence, note: said.note });
  showDone(said ? `Taken back: ${text}` : "Brought back");
});

// Decisions
/** @param {import("./taxon_search.js").Taxon} taxon */
function label(taxon) {
  if (!queue.current) return;
  picker?.search.remember(taxon.id);
  queue.save(form.take(taxon), taxon.text);
}
byId("skip").addEventListener("click", () => queue.skip());
byId("undo").addEventListener("click", () => queue.undo());
byId("forget").addEventListener("click", () => queue.forget());

// Keys
/** @type {Record<string, () => void>} */
const altKeys = {
  Digit1: () => form.setConfidence("low"),
  Digit2: () => form.setConfidence("medium"),
  Digit3: () => form.setConfidence("high"),
  KeyN: () => form.note.focus(),
};
/**
 * What a key does; undefined where it is the browser's.
 * @param {KeyboardEvent} event
 * @returns {(() => void) | undefined}
 */
function actionOf({ key, code, target, altKey, ctrlKey, metaKey }) {
  if (altKey) return altKeys[code];
  if (target === form.note) return key === "Enter" || key === "Escape" ? () => taxonInput.focus() : undefined;
  const isEmpty = !picker || picker.isEmpty; // what is typed is edited with the same keys
  if (ctrlKey || metaKey) return key === "z" && isEmpty ? () => queue.undo() : undefined;
  if (/** @type {Element} */ (target).closest("button, a, input:not(#taxon), select, summary")) return undefined;
  if (key === "0") return () => queue.skip();
  return isEmpty ? playerKeys[key] : undefined;
}
document.addEventListener("keydown", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (event.isComposing || target.closest("[role=dialog]")) return;
  const action = actionOf(event);
  if (action) {
    event.preventDefault();
    action();
  } else if (!target.closest("button, a, input:not(#taxon), select, summary") && !event.altKey && !event.ctrlKey) {
    if (picker?.press(event.key)) event.preventDefault();
    else if (event.key.length === 1) taxonInput.focus();
  }
});

getJson(configuration.taxa).then(
  (taxa) => {
    picker = new TaxonPicker(new TaxonSearch(taxa));
    picker.on("choose", label);
    if (queue.current) picker.open(visibleLabels(queue.current), form.chosen(queue.current));
  },
  (error) => showFailure({ error }),
);
queue.start(configuration.tuboid);
const hold = () => queue.isLoaded && queue.hold();
setInterval(hold, HOLD);
addEventListener("focus", hold); // another window may have taken what is here
