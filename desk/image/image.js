// The image page: wires the viewers, the detections and the editor together.
import { byId, readConfiguration } from "../common/dom.js";
import { showProblem } from "../common/problem.js";
import { Comparison, DetectionLayer } from "./detections.js";
import { Editor } from "./editor.js";
import { EditorToolbar } from "./editor_toolbar.js";
import { showVersionList, Versions } from "./versions.js";
import { Viewer } from "./viewer.js";

/** @typedef {{ versions: import("./versions.js").VersionRow[], detections: string, corrections: string, login: string }} Urls */
/** @typedef {{ image: number, user: string }} Whose */
/** @type {import("./viewer.js").ImageFiles & Urls & Whose} */
const configuration = readConfiguration();
const versions = new Versions(configuration.versions, configuration.detections);
const viewer = new Viewer(byId("viewer"), configuration);
viewer.on("absent", () => byId("download").remove());
const layer = new DetectionLayer(viewer, versions, showError);
/** @type {Editor | null} */
let editor = null;
/** @type {EditorToolbar | null} */
let toolbar = null;
/** @type {{ viewer: Viewer, layer: DetectionLayer, comparison: Comparison } | null} made when first compared */
let second = null;

/**
 * @param {string} text
 * @param {"good" | "bad"} kind
 */
function showMessage(text, kind) {
  const message = byId("message");
  message.textContent = text;
  message.className = `desk-note desk-${kind}`;
  message.hidden = false;
}
/** @param {Error} error */
function showError(error) {
  const kept = editor?.draft?.isChanged ? "Not saved, but kept here: save it again." : "";
  showProblem(byId("message"), error, { login: configuration.login, page: location.pathname, kept });
}

// Detections
const compareButton = byId("compare", HTMLButtonElement);
const isComparing = () => compareButton.getAttribute("aria-pressed") === "true";
function showDetections() {
  showVersionList(versions);
  compareButton.disabled = versions.all.length === 0 || Boolean(editor?.draft);
  if (second && isComparing()) second.comparison.show().catch(showError);
  else layer.show(editor?.draft ? [] : versions.shown);
}
versions.on("change", showDetections);

// Comparison
function makeSecond() {
  const other = new Viewer(byId("second-viewer"), configuration);
  const otherLayer = new DetectionLayer(other, versions, showError);
  viewer.on("change", () => isComparing() && other.showAs(viewer));
  other.on("change", () => isComparing() && viewer.showAs(other));
  /** @type {NodeListOf<HTMLElement>} */
  const [summary, otherSummary] = document.querySelectorAll(".desk-verdict");
  const comparison = new Comparison(versions, [
    { layer, select: byId("left-version", HTMLSelectElement), summary },
    { layer: otherLayer, select: byId("right-version", HTMLSelectElement), summary: otherSummary },
  ]);
  return { viewer: other, layer: otherLayer, comparison };
}
/** @param {boolean} isOn */
function compare(isOn) {
  compareButton.setAttribute("aria-pressed", String(isOn));
  byId("panes").classList.toggle("desk-split", isOn);
  byId("second-pane").hidden = !isOn;
  for (const caption of document.querySelectorAll("figcaption")) caption.hidden = !isOn;
  if (isOn) {
    second ??= makeSecond();
    second.comparison.fillSelects();
  }
  viewer.fit();
  showDetections();
}
compareButton.addEventListener("click", () => compare(!isComparing()));

// Correction
if (document.getElementById("editor")) {
  editor = new Editor(viewer, configuration.corrections);
  toolbar = new EditorToolbar(editor, versions, configuration, {
    onOpen: () => {
      if (isComparing()) compare(false);
      compareButton.disabled = true;
      layer.show([]);
    },
    onClose: showDetections,
    onSaved: (correction) => {
      versions.add(correction);
      const saved = `Saved ${correction.n_objects} contour${correction.n_objects === 1 ? "" : "s"} as ${correction.algo_name}.`;
      showMessage(`${saved} What was corrected is unchanged.`, "good");
    },
    onError: showError,
  });
}

// View
/** @type {Record<string, () => void>} */
const views = {
  in: () => viewer.zoomTo(viewer.scale * 1.5),
  out: () => viewer.zoomTo(viewer.scale / 1.5),
  fit: () => viewer.fit(),
  full: () => viewer.zoomTo(1 / devicePixelRatio),
};
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-view]"))) {
  button.addEventListener("click", views[button.dataset.view ?? ""]);
}
viewer.on("change", () => {
  byId("zoom-text").textContent = `${Math.round(viewer.scale * devicePixelRatio * 100)} %`;
});

// Keys
let isVisible = true;
function toggleDetections() {
  isVisible = !isVisible;
  for (const each of [layer, second?.layer]) if (each) each.visible = isVisible;
}
/** @type {Record<string, () => void>} */
const keys = {
  ArrowLeft: () => byId("before").click(),
  ArrowRight: () => byId("after").click(),
  "+": views.in,
  "=": views.in,
  "-": views.out,
  0: views.fit,
  1: views.full,
  d: toggleDetections,
};
document.addEventListener("keydown", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (target.closest("input:not([type=checkbox]), select, textarea, [role=dialog]")) return;
  if (event.key === "Enter" && target.closest("button, a")) return;
  if (toolbar?.press(event)) return event.preventDefault();
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

for (const id of ["before", "after"]) {
  const { thumbnail } = byId(id).dataset;
  if (thumbnail) new Image().src = thumbnail; // in the browser's cache when the page is turned
}
showDetections();
toolbar
  ?.resume()
  .then((isResumed) => isResumed && showMessage("Your correction that was not saved is here again.", "good"));
