// The tuboids that a person has before them. What they decide shows at once; it is sent in order, one request at a time.
import { Emitter } from "../common/events.js";
import { postJson, RequestError } from "../common/http.js";

/** @typedef {import("./tuboid_card.js").Tuboid} Tuboid */
/** @typedef {{ today: number, left: number, skipped: number }} Progress */
/** @typedef {{ taxon: number, confidence: string, note: string }} NewLabel */
/**
 * @typedef {object} Decision
 * @property {"save" | "skip"} action
 * @property {Tuboid} tuboid
 * @property {NewLabel | null} said null: skipped
 * @property {string} text of the taxon
 * @property {number | null} label id of what was stored
 */
/** @typedef {{ tuboids: Tuboid[], held: number[], progress: Progress, label?: number }} Answer */
/** @typedef {{ error: Error, tuboid?: number, isUnsaved?: boolean }} Failure of what concerned a tuboid; a decision */

/** @extends {Emitter<{ change: undefined, progress: Progress, saved: Decision, undone: Decision, error: Failure }>} */
export class LabelQueue extends Emitter {
  /** @type {Tuboid[]} */
  items = [];
  /** @type {Decision[]} that can be undone */
  done = [];
  /** @type {Decision[]} that the server has not confirmed */
  pending = [];
  isLoaded = false;
  window = "";
  /** @type {Promise<void>} */
  #requests;

  /**
   * @param {Record<string, string>} urls of each action
   * @param {string} mode
   * @param {Promise<string>} window its name
   */
  constructor(urls, mode, window) {
    super();
    this.urls = urls;
    this.mode = mode;
    this.#requests = window.then((name) => {
      this.window = name;
    });
  }

  /** @returns {Tuboid | undefined} */
  get current() {
    return this.items[0];
  }

  /** @param {number | null} tuboid to begin with; others come where it cannot be had */
  start(tuboid) {
    this.#enqueue(async () => {
      try {
        await this.#send("claim", { tuboid });
      } catch (error) {
        if (tuboid === null || !(error instanceof RequestError && [404, 409].includes(error.status))) throw error;
        this.emit("error", { error, tuboid });
        await this.#send("claim", {});
      }
    });
  }

  /**
   * @param {NewLabel} label
   * @param {string} text of its taxon
   */
  save(label, text) {
    this.#decide("save", label, text);
  }

  skip() {
    this.#decide("skip", null, "");
  }

  // The last decision may still be on its way: its label is known by the time its undoing is sent.
  undo() {
    const last = this.done.pop();
    if (!last) return;
    this.emit("change", undefined);
    this.#enqueue(async () => {
      try {
        if (last.action === "skip") await this.#send("claim", { tuboid: last.tuboid.id }, { first: true });
        else if (last.label) await this.#send("undo", { label: last.label }, { first: true });
        this.emit("undone", last);
      } catch (error) {
        this.done.push(last);
        throw error;
      }
    });
  }

  // Brings back what was skipped.
  forget() {
    this.#enqueue(() => this.#send("forget", {}));
  }

  // Keeps the tuboids for longer: those that another person has by now go.
  hold() {
    this.#enqueue(async () => {
      const { held } = await this.#send("claim", {});
      const shown = this.current;
      this.items = this.items.filter(({ id }) => held.includes(id));
      if (shown !== this.current)
        throw new Error("The tuboid that was here waited too long: another person, or window of yours, has it now.");
    });
  }

  /**
   * @param {"save" | "skip"} action
   * @param {NewLabel | null} said
   * @param {string} text
   */
  #decide(action, said, text) {
    const tuboid = this.items.shift();
    if (!tuboid) return;
    /** @type {Decision} */
    const decision = { action, tuboid, said, text, label: null };
    this.done.push(decision);
    this.pending.push(decision);
    this.emit("change", undefined);
    this.#enqueue(async () => {
      try {
        const { label } = await this.#send(action, { tuboid: tuboid.id, ...said });
        decision.label = label ?? null;
        this.emit("saved", decision);
      } catch (error) {
        this.done = this.done.filter((each) => each !== decision);
        this.items.unshift(tuboid);
        this.emit("error", { error: /** @type {Error} */ (error), tuboid: tuboid.id, isUnsaved: said !== null });
      } finally {
        this.pending = this.pending.filter((each) => each !== decision);
      }
    });
  }

  /**
   * @param {string} action
   * @param {object} body
   * @returns {Promise<Answer>}
   */
  async #send(action, body, { first = false } = {}) {
    const decided = this.pending.map(({ tuboid }) => tuboid); // still theirs, and not to be shown again
    const known = [...this.items, ...decided].map(({ id }) => id);
    const request = { mode: this.mode, window: this.window, known, ...body };
    /** @type {Answer} */
    const answer = await postJson(this.urls[action], request, { keepalive: true }); // also if the page is closed
    const added = answer.tuboids.filter(({ id }) => !this.items.some((item) => item.id === id));
    this.items = first ? [...added, ...this.items] : [...this.items, ...added];
    this.isLoaded = true;
    this.emit("progress", answer.progress);
    return answer;
  }

  /** @param {() => Promise<unknown>} request */
  #enqueue(request) {
    this.#requests = this.#requests
      .then(request)
      .catch((error) => this.emit("error", { error }))
      .then(() => this.emit("change", undefined));
  }
}
