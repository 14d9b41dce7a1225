// Which taxa a person may mean: by what they have typed; or, before that, by what has been said.
const SHOWN = 9; // one for each digit

const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

export class TaxonSearch {
  constructor(taxa) {
    this.taxa = taxa.map((taxon) => ({ ...taxon, words: plain(`${taxon.text} ${taxon.path} ${taxon.common}`) }));
    this.byId = new Map(this.taxa.map((taxon) => [taxon.id, taxon]));
    this.recent = JSON.parse(sessionStorage.getItem("desk-recent-taxa") ?? "[]").filter((id) => this.byId.has(id));
  }

  use(id) {
    this.recent = [id, ...this.recent.filter((each) => each !== id)].slice(0, SHOWN);
    sessionStorage.setItem("desk-recent-taxa", JSON.stringify(this.recent));
  }

  // Where nothing is typed: what others said of this tuboid, then what this person said last.
  suggestions(said) {
    const others = said.map((chip) => ({ taxon: this.byId.get(chip.taxon), why: chip })).filter(({ taxon }) => taxon);
    const recent = this.recent
      .filter((id) => !others.some(({ taxon }) => taxon.id === id))
      .map((id) => ({ taxon: this.byId.get(id), why: "recent" }));
    const chosen = [...others, ...recent].slice(0, SHOWN);
    if (chosen.length) return chosen;
    return this.taxa.slice(0, SHOWN).map((taxon) => ({ taxon }));
  }

  matches(typed) {
    const wanted = plain(typed).split(/\s+/).filter(Boolean);
    return this.taxa
      .map((taxon) => ({ taxon, rank: this.#rank(taxon, wanted) }))
      .filter(({ rank }) => rank < Infinity)
      .sort((one, other) => one.rank - other.rank || one.taxon.path.length - other.taxon.path.length)
      .slice(0, SHOWN);
  }

  // Names that begin so come first, then words that do, then others; among equals what was used lately.
  #rank(taxon, wanted) {
    const ranks = wanted.map((word) => {
      if (taxon.words.startsWith(word)) return 0;
      if (taxon.words.includes(` ${word}`)) return 10;
      return taxon.words.includes(word) ? 20 : Infinity;
    });
    const used = this.recent.indexOf(taxon.id);
    return ranks.reduce((sum, rank) => sum + rank, 0) + (used < 0 ? 9 : used);
  }
}
