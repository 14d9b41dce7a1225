// The image page: wires the viewers, the detections and the editor together.
import { Comparison } from "./comparison.js";
import { Editor } from "./editor.js";
import { EditorBar } from "./editor_bar.js";
import { Overlay } from "./overlay.js";
import { showVersionList } from "./version_list.js";
import { Versions } from "./versions.js";
import { View } from "./view.js";
import { Viewer } from "./viewer.js";

const get = (id) => document.getElementById(id);
const configuration = JSON.parse(get("desk-configuration").textContent);
const view = new View(configuration.width, configuration.height);
const versions = new Versions(configuration.versions, configuration.detections);

let editor = null;
const viewer = new Viewer(get("viewer"), view, configuration, {
  refuse: (event) => editor?.refuses(event) ?? false,
  press: (event) => editor?.press(event),
});
const overlay = new Overlay(viewer, versions, fail);
let second = null; // made when first compared

// Messages
function say(text, kind) {
  const message = get("message");
  message.textContent = text;
  message.className = `desk-note desk-${kind}`;
  message.hidden = false;
}
function fail(error) {
  say(error.message, "bad");
}

// Detections
const isComparing = () => get("compare").getAttribute("aria-pressed") === "true";
function showDetections() {
  showVersionList(get("versions"), versions);
  get("no-versions").hidden = versions.list.length > 0;
  get("compare").disabled = versions.list.length === 0;
  if (isComparing()) second.comparison.show().catch(fail);
  else overlay.show(editor?.isOpen ? [] : versions.list.filter(({ id }) => versions.shown.has(id)));
}
versions.addEventListener("change", showDetections);

// Comparison
function makeSecond() {
  const other = new Overlay(new Viewer(get("second-viewer"), view, configuration), versions, fail);
  const verdicts = document.querySelectorAll(".desk-verdict");
  const comparison = new Comparison(versions, [
    { overlay, select: get("left-version"), verdict: verdicts[0] },
    { overlay: other, select: get("right-version"), verdict: verdicts[1] },
  ]);
  return { overlay: other, comparison };
}
function compare(isOn) {
  get("compare").setAttribute("aria-pressed", String(isOn));
  get("panes").classList.toggle("desk-split", isOn);
  get("second-pane").hidden = !isOn;
  for (const caption of document.querySelectorAll(".desk-pane figcaption")) caption.hidden = !isOn;
  view.fitted = true;
  if (isOn) {
    second ??= makeSecond();
    second.comparison.offer();
  }
  showDetections();
}
get("compare").addEventListener("click", () => compare(!isComparing()));

// Correction
let bar = null;
if (get("editor")) {
  editor = new Editor(viewer, configuration);
  bar = new EditorBar(editor, versions, {
    onOpen: () => {
      if (isComparing()) compare(false);
      get("compare").disabled = true;
      overlay.show([]);
    },
    onClose: showDetections,
    onSaved: (version) => {
      versions.add(version);
      say(`Saved ${version.n_objects} contour${version.n_objects === 1 ? "" : "s"} as ${version.algo_name}. What was corrected is unchanged.`, "good");
    },
    onFail: fail,
  });
}

// View
const views = {
  in: () => view.zoomTo(view.scale * 1.5),
  out: () => view.zoomTo(view.scale / 1.5),
  fit: () => view.fit(),
  full: () => view.zoomTo(1 / devicePixelRatio),
};
for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", views[button.dataset.view]);
view.addEventListener("change", () => {
  get("zoom-text").textContent = `${Math.round(view.scale * devicePixelRatio * 100)} %`;
});

// Keys
let visible = true;
function toggleDetections() {
  visible = !visible;
  overlay.visible = visible;
  if (second) second.overlay.visible = visible;
}
const keys = {
  ArrowLeft: () => get("before").click(),
  ArrowRight: () => get("after").click(),
  "+": views.in,
  "=": views.in,
  "-": views.out,
  0: views.fit,
  1: views.full,
  d: toggleDetections,
};
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input:not([type=checkbox]), select, textarea, [role=dialog]")) return;
  if (event.key === "Enter" && event.target.closest("button, a")) return;
  if (bar?.press(event)) return event.preventDefault();
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

for (const id of ["before", "after"]) if (get(id).dataset.thumbnail) new Image().src = get(id).dataset.thumbnail;
showDetections();
