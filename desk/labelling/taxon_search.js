// Which taxa a person may mean: by what they have typed; or, before that, by the labels that there are.

/** @typedef {import("./tuboid_card.js").TaxonSummary} TaxonSummary */
/** @typedef {{ id: number, text: string, path: string, common: string, hue: number }} Taxon */
/** @typedef {{ taxon: Taxon, reason?: TaxonSummary | "recent" | "not saved" }} Choice */

const SHOWN = 9; // one for each digit
const STORAGE_KEY = "desk-recent-taxa";

/** @param {string} text */
function normalize(text) {
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
}

export class TaxonSearch {
  /** @param {Taxon[]} taxa */
  constructor(taxa) {
    this.entries = taxa.map((taxon) => ({ taxon, words: normalize(`${taxon.text} ${taxon.path} ${taxon.common}`) }));
    this.byId = new Map(taxa.map((taxon) => [taxon.id, taxon]));
    /** @type {number[]} */
    const stored = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "[]");
    this.recent = stored.filter((id) => this.byId.has(id));
  }

  /** @param {number} id of a taxon that was chosen */
  remember(id) {
    this.recent = [id, ...this.recent.filter((each) => each !== id)].slice(0, SHOWN);
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(this.recent));
  }

  /**
   * Where nothing is typed: what this person chose and is not saved, what others said of this tuboid, then what this
   * person said last.
   * @param {TaxonSummary[]} labels
   * @param {Taxon} [unsaved]
   * @returns {Choice[]}
   */
  suggestions(labels, unsaved) {
    /** @type {Map<number, Choice>} */
    const choices = new Map();
    for (const [id, reason] of [
      ...(unsaved ? [/** @type {const} */ ([unsaved.id, "not saved"])] : []),
      ...labels.map((label) => /** @type {const} */ ([label.taxon, label])),
      ...this.recent.map((recent) => /** @type {const} */ ([recent, "recent"])),
    ]) {
      const taxon = this.byId.get(id);
      if (taxon && !choices.has(id)) choices.set(id, { taxon, reason });
    }
    const found = choices.size ? [...choices.values()] : this.entries.map(({ taxon }) => ({ taxon }));
    return found.slice(0, SHOWN);
  }

  /**
   * @param {string} typed
   * @returns {Choice[]}
   */
  matches(typed) {
    const wanted = normalize(typed).split(/\s+/).filter(Boolean);
    return this.entries
      .map(({ taxon, words }) => ({ taxon, rank: this.#rank(taxon, words, wanted) }))
      .filter(({ rank }) => rank < Infinity)
      .sort((one, other) => one.rank - other.rank || one.taxon.path.length - other.taxon.path.length)
      .slice(0, SHOWN);
  }

  /**
   * Names that begin so come first, then words that do, then others; among equals what was used lately.
   * @param {Taxon} taxon
   * @param {string} words
   * @param {string[]} wanted
   */
  #rank({ id }, words, wanted) {
    const ranks = wanted.map((word) => {
      if (words.startsWith(word)) return 0;
      if (words.includes(` ${word}`)) return 10;
      return words.includes(word) ? 20 : Infinity;
    });
    const used = this.recent.indexOf(id);
    return ranks.reduce((sum, rank) => sum + rank, 0) + (used < 0 ? SHOWN : used);
  }
}
