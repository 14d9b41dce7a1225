// Confidence and note of a label. What is not saved yet is kept as a draft, by tuboid.
import { byId, createElement } from "../common/dom.js";
import { Drafts } from "../common/drafts.js";

/** @typedef {import("./queue.js").NewLabel} NewLabel */
/** @typedef {import("./taxon_search.js").Taxon} Taxon */
/** @typedef {import("./tuboid_card.js").Tuboid} Tuboid */
/** @typedef {{ confidence: string, note: string, taxon?: Taxon }} LabelDraft with the taxon once it was chosen */

export class LabelForm {
  /** @type {number | null} */
  #tuboid = null;

  /** @param {string} user */
  constructor(user) {
    /** @type {Drafts<LabelDraft>} */
    this.drafts = new Drafts("label", user);
    this.note = byId("note", HTMLInputElement);
    /** @type {HTMLInputElement[]} */
    this.radios = [...document.querySelectorAll("input[name=confidence]")].map(
      (radio) => /** @type {HTMLInputElement} */ (radio),
    );
    this.note.addEventListener("input", () => this.#keep());
    for (const radio of this.radios) radio.addEventListener("change", () => this.#keep());
  }

  get confidence() {
    return this.radios.find((radio) => radio.checked)?.value ?? "";
  }

  /**
   * Shows what was said of a tuboid and is not saved.
   * @param {Tuboid} tuboid
   */
  open({ id }) {
    this.#tuboid = id;
    const { confidence, note } = this.drafts.get(id) ?? { confidence: "", note: "" };
    this.#check(confidence);
    this.note.value = note;
  }

  /** @param {string} confidence */
  setConfidence(confidence) {
    this.#check(confidence);
    this.#keep();
  }

  /**
   * The label that is given to the tuboid shown: a draft until `forget`.
   * @param {Taxon} taxon
   * @returns {NewLabel}
   */
  take(taxon) {
    const { confidence } = this;
    const note = this.note.value;
    if (this.#tuboid !== null) this.drafts.set(this.#tuboid, { confidence, note, taxon });
    return { taxon: taxon.id, confidence, note };
  }

  /**
   * The taxon that was chosen and not saved.
   * @param {Tuboid} tuboid
   */
  chosen({ id }) {
    return this.drafts.get(id)?.taxon;
  }

  /** @param {number} id of a tuboid whose label is saved, or that is gone */
  forget(id) {
    this.drafts.remove(id);
  }

  /**
   * Links to the tuboids whose labels could not be saved.
   * @param {number[]} others that are shown, or on their way
   * @param {(tuboid: number) => string} pageOf
   */
  showUnsaved(others, pageOf) {
    const links = this.drafts.ids.flatMap((id) => {
      const taxon = others.includes(id) ? undefined : this.drafts.get(id)?.taxon;
      return taxon ? [createElement("a", { href: pageOf(id) }, taxon.text)] : [];
    });
    byId("unsaved").replaceChildren("Labels that are not saved yet: ", ...links.flatMap((link) => [link, " "]));
    byId("unsaved").hidden = links.length === 0;
  }

  /** @param {string} confidence */
  #check(confidence) {
    for (const radio of this.radios) radio.checked = radio.value === confidence;
  }

  #keep() {
    if (this.#tuboid === null) return;
    const { confidence } = this;
    const [id, note] = [this.#tuboid, this.note.value];
    const taxon = this.drafts.get(id)?.taxon;
    if (confidence || note || taxon) this.drafts.set(id, { confidence, note, taxon });
    else this.drafts.remove(id);
  }
}
