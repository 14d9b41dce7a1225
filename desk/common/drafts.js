// Work that is not saved yet, kept in the browser for its user: it outlives a reload and the end of a session.

const KEPT = 90 * 86_400_000; // ms

/** @template {object} Value */
export class Drafts {
  /**
   * @param {string} kind of what is drafted
   * @param {string} user
   */
  constructor(kind, user) {
    this.prefix = `desk-draft:${kind}:${user}:`;
    for (const id of this.ids) if (!(Date.now() - this.#read(id).at < KEPT)) this.remove(id);
  }

  /** @returns {number[]} */
  get ids() {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
    return keys.map((key) => Number(key.slice(this.prefix.length)));
  }

  /**
   * @param {number} id
   * @returns {Value | null}
   */
  get(id) {
    return this.#read(id).value ?? null;
  }

  /**
   * @param {number} id
   * @param {Value} value
   * @returns {boolean} whether the browser has room for it
   */
  set(id, value) {
    try {
      localStorage.setItem(this.prefix + id, JSON.stringify({ at: Date.now(), value }));
      return true;
    } catch {
      return false;
    }
  }

  /** @param {number} id */
  remove(id) {
    localStorage.removeItem(this.prefix + id);
  }

  /**
   * @param {number} id
   * @returns {{ at: number, value?: Value }}
   */
  #read(id) {
    try {
      return JSON.parse(localStorage.getItem(this.prefix + id) ?? "{}");
    } catch {
      return { at: 0 }; // nothing of ours
    }
  }
}
