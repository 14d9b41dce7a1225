// A box to type in and a list to choose from: a combobox that needs no mouse.
import { byId, createElement } from "../common/dom.js";
import { Emitter } from "../common/events.js";
import { taxonElement } from "./tuboid_card.js";

/** @typedef {import("./tuboid_card.js").TaxonSummary} TaxonSummary */
/** @typedef {import("./taxon_search.js").Choice} Choice */
/** @typedef {import("./taxon_search.js").Taxon} Taxon */

/** @extends {Emitter<{ choose: Taxon }>} */
export class TaxonPicker extends Emitter {
  /** @type {TaxonSummary[]} */
  labels = [];
  /** @type {Choice[]} */
  choices = [];
  active = 0;
  /** @type {Taxon | undefined} */
  unsaved;

  /** @param {import("./taxon_search.js").TaxonSearch} search */
  constructor(search) {
    super();
    this.search = search;
    this.input = byId("taxon", HTMLInputElement);
    this.list = byId("choices");
    this.input.addEventListener("input", () => this.#update());
    this.list.addEventListener("click", ({ target }) => {
      const item = /** @type {Element} */ (target).closest("li");
      if (item) this.choose(Number(item.dataset.index));
    });
  }

  get isEmpty() {
    return this.input.value.trim() === "";
  }

  /**
   * @param {TaxonSummary[]} labels of the tuboid
   * @param {Taxon} [unsaved] that was chosen for it before
   */
  open(labels, unsaved) {
    this.labels = labels;
    this.unsaved = unsaved;
    this.clear();
  }

  clear() {
    this.input.value = "";
    this.#update();
  }

  /** @param {number} index */
  choose(index) {
    const choice = this.choices[index];
    if (choice) this.emit("choose", choice.taxon);
  }

  /**
   * @param {string} key
   * @returns {boolean} whether the key was the picker's
   */
  press(key) {
    if (key === "ArrowDown") this.#activate(this.active + 1);
    else if (key === "ArrowUp") this.#activate(this.active - 1);
    else if (key === "Enter") this.choose(this.active);
    else if (key === "Escape") this.clear();
    else if (/^[1-9]$/.test(key)) this.choose(Number(key) - 1);
    else return false;
    return true;
  }

  #update() {
    this.choices = this.isEmpty
      ? this.search.suggestions(this.labels, this.unsaved)
      : this.search.matches(this.input.value);
    this.list.replaceChildren(...this.choices.map(listItem));
    const message = byId("no-choice");
    message.hidden = this.choices.length > 0;
    message.textContent = this.isEmpty
      ? "There is no taxon yet: a taxonomy must be imported."
      : "No taxon is called so.";
    this.#activate(0);
  }

  /** @param {number} index */
  #activate(index) {
    const count = this.choices.length;
    if (!count) return this.input.removeAttribute("aria-activedescendant");
    this.active = (index + count) % count;
    for (const [number, item] of [...this.list.children].entries()) {
      item.setAttribute("aria-selected", String(number === this.active));
    }
    this.input.setAttribute("aria-activedescendant", `choice-${this.active}`);
  }
}

/**
 * @param {Choice} choice
 * @param {number} index
 */
function listItem({ taxon, reason }, index) {
  const details = createElement("small", {}, taxon.common ? `${taxon.common}, ${taxon.path}` : taxon.path);
  const item = createElement(
    "li",
    { id: `choice-${index}`, role: "option" },
    createElement("kbd", {}, String(index + 1)),
    createElement("div", {}, taxonElement(taxon), details),
    reasonElement(reason),
  );
  item.dataset.index = String(index);
  return item;
}

/** @param {Choice["reason"]} reason why it is suggested */
function reasonElement(reason) {
  if (!reason) return createElement("span");
  const element = createElement("span", { className: "desk-why" });
  if (typeof reason === "string") {
    element.textContent = reason;
    return element;
  }
  element.title = reason.title;
  const sources = /** @type {const} */ ([
    ["person", reason.people, "people"],
    ["smart_toy", reason.algorithms, "algorithms"],
  ]);
  for (const [icon, count, word] of sources.filter(([, number]) => number > 0)) {
    element.append(
      createElement("span", { className: "material-symbols-outlined", ariaHidden: "true" }, icon),
      String(count),
      createElement("span", { className: "desk-hidden" }, word),
    );
  }
  return element;
}
