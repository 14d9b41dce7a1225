// The list of versions beside the picture: a box to tick, a colour, a name and a count.
import { dateOf } from "../common/versions.js";

function element(name, content = "", className = "") {
  return Object.assign(document.createElement(name), { textContent: content, className });
}

export function showVersionList(root, versions) {
  root.replaceChildren(...versions.list.map((version) => item(version, versions)));
}

function item(version, versions) {
  const label = element("label");
  label.title = `${version.algo_name}\n${version.algo_version}`;
  const box = Object.assign(element("input"), { type: "checkbox", checked: versions.shown.has(version.id) });
  box.addEventListener("change", () => versions.toggle(version.id, box.checked));
  const swatch = element("i");
  swatch.style.background = version.colour;
  const name = element("span", "", "desk-name");
  name.append(version.algo_name, element("small", `version of ${dateOf(version.algo_version)} UTC`));
  label.append(box, swatch, name, element("b", version.n_objects.toLocaleString("en")));
  const row = element("li");
  row.append(label);
  return row;
}
