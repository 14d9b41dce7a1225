// Labelling: wires the queue, the film and the picker together.
import { ask } from "../common/http.js";
import { LabelQueue } from "./queue.js";
import { showTuboid } from "./tuboid.js";
import { TaxonPicker } from "./taxon_picker.js";
import { TaxonSearch } from "./taxon_search.js";
import { filmWithControls, screen } from "../common/mosaic_player.js";

const get = (id) => document.getElementById(id);
const configuration = JSON.parse(get("desk-configuration").textContent);
const queue = new LabelQueue(configuration, configuration.mode);
const { film, keys: filmKeys } = filmWithControls(configuration.tile, () => "");
const pictures = new Map(); // address -> picture: loaded before it is shown
const HOLD = 60_000; // milliseconds: tuboids are kept for several times as long
let picker = null;
let shown = null;

function picture(url) {
  if (!pictures.has(url)) {
    const made = new Image();
    made.src = url;
    pictures.set(url, made);
  }
  return pictures.get(url);
}

// What others say
const blind = get("blind");
blind.checked = localStorage.getItem("desk-blind") === "1";
blind.addEventListener("change", () => {
  localStorage.setItem("desk-blind", blind.checked ? "1" : "0");
  shown = null;
  show();
});
const saidOf = (tuboid) => (blind.checked ? [] : tuboid.said);

// The tuboid
function show() {
  const tuboid = queue.current;
  get("work").hidden = !tuboid;
  get("empty").hidden = Boolean(tuboid) || !queue.isLoaded;
  get("undo").disabled = queue.done.length === 0;
  for (const each of queue.items) for (const url of [each.mosaic, each.context]) picture(url);
  if (!tuboid || tuboid === shown) return;
  shown = tuboid;
  showTuboid(tuboid, saidOf(tuboid), blind.checked);
  screen(film, picture(tuboid.mosaic), tuboid.shots);
  picker?.open(saidOf(tuboid));
  get("taxon").focus({ preventScroll: true });
  const wanted = new Set(queue.items.flatMap(({ mosaic, context }) => [mosaic, context]));
  for (const url of pictures.keys()) if (!wanted.has(url)) pictures.delete(url);
}
queue.addEventListener("change", show);

const allDone = get("empty-title").textContent;
const number = (count) => (count >= 10000 ? "10,000+" : count.toLocaleString("en"));
queue.addEventListener("progress", ({ detail: { today, left, skipped } }) => {
  get("today").textContent = number(today);
  get("left").textContent = number(left);
  get("forget").hidden = skipped === 0;
  if (left) get("empty-title").textContent = "Nothing is left for you just now";
  else get("empty-title").textContent = allDone;
  const some = skipped ? `You skipped ${number(skipped)}.` : "";
  get("empty-text").textContent = left > skipped ? `${some} The others are before other people just now.`.trim() : some;
});
queue.addEventListener("fail", ({ detail }) => {
  get("message").textContent = detail.message;
  get("message").hidden = false;
});
queue.addEventListener("saved", ({ detail: { text } }) => {
  get("message").hidden = true;
  get("saved").textContent = text ? `Saved: ${text}` : "Skipped";
});

// Decisions
function confidence() {
  return document.querySelector("input[name=confidence]:checked").value;
}
function setConfidence(value) {
  document.querySelector(`input[name=confidence][value="${value}"]`).checked = true;
}
function label(taxon) {
  if (!queue.current) return;
  const said = { taxon: taxon.id, text: taxon.text, confidence: confidence(), note: get("note").value };
  setConfidence("");
  get("note").value = "";
  picker.search.use(taxon.id);
  queue.save(said);
}
const skip = () => queue.current && queue.skip();
const undo = () => queue.undo();
get("skip").addEventListener("click", skip);
get("undo").addEventListener("click", undo);
get("forget").addEventListener("click", () => queue.forget());

// Keys
const withAlt = { Digit1: () => setConfidence("low"), Digit2: () => setConfidence("medium"), Digit3: () => setConfidence("high"), KeyN: () => get("note").focus() };
function pressed(event) {
  const { key, code, target } = event;
  if (event.altKey) return withAlt[code] ? (withAlt[code](), true) : false;
  if (target === get("note")) return key === "Enter" || key === "Escape" ? (get("taxon").focus(), true) : false;
  const isFree = !picker || picker.isEmpty; // what is typed is edited with the same keys
  if (event.ctrlKey || event.metaKey) return key === "z" && isFree ? (undo(), true) : false;
  if (target.closest("button, a, input:not(#taxon), select, summary")) return false;
  if (key === "0") return skip(), true;
  if (isFree && filmKeys[key]) return filmKeys[key](), true;
  if (picker?.press(key)) return true;
  if (key.length === 1) get("taxon").focus();
  return false;
}
document.addEventListener("keydown", (event) => {
  if (!event.isComposing && !event.target.closest("[role=dialog]") && pressed(event)) event.preventDefault();
});

const taxa = ask(configuration.taxa).then((known) => {
  picker = new TaxonPicker(get("taxon"), get("choices"), get("no-choice"), new TaxonSearch(known));
  picker.addEventListener("choose", ({ detail }) => label(detail));
  if (queue.current) picker.open(saidOf(queue.current));
});
taxa.catch((error) => queue.dispatchEvent(new CustomEvent("fail", { detail: error })));
queue.start(configuration.tuboid);
setInterval(() => queue.isLoaded && queue.hold(), HOLD);
