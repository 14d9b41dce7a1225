// What labelling tells about a tuboid, beside its film.
const get = (id) => document.getElementById(id);

function showMoment(id, iso) {
  const time = get(id);
  time.dateTime = iso;
  time.removeAttribute("title");
  time.textContent = `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

function chipOf({ text, hue, title }) {
  const chip = document.createElement("span");
  chip.className = "desk-taxon";
  chip.style.setProperty("--hue", hue);
  chip.textContent = text;
  chip.title = title;
  return chip;
}

function sizeOf({ pixels, mm }) {
  if (pixels === null) return "unknown";
  return mm === null ? `${Math.round(pixels)} px` : `${mm.toFixed(1)} mm (${Math.round(pixels)} px)`;
}

export function showTuboid(tuboid, said, isHidden) {
  get("work").dataset.tuboid = tuboid.id;
  get("context").src = tuboid.context;
  get("context-open").href = tuboid.context;
  get("tuboid-page").href = tuboid.page;
  get("tuboid-page").textContent = `${tuboid.device} ${tuboid.name.split(".").at(-1)}`;
  showMoment("tuboid-start", tuboid.start);
  showMoment("tuboid-end", tuboid.end);
  get("tuboid-size").textContent = sizeOf(tuboid);
  if (said.length) get("said").replaceChildren(...said.map(chipOf));
  else get("said").textContent = isHidden ? "hidden" : "nothing yet";
}
