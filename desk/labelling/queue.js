// The tuboids that a person has before them. What they decide shows at once and is sent after it, one thing at a time.
import { send } from "../common/http.js";

export class LabelQueue extends EventTarget {
  constructor(addresses, mode) {
    super();
    Object.assign(this, { addresses, mode, items: [], done: [], underway: [], chain: Promise.resolve(), isLoaded: false });
  }

  get current() {
    return this.items[0];
  }

  start(tuboid) {
    return this.#then(() => this.#send("claim", { tuboid }));
  }

  save(said) {
    this.#decide("save", said);
  }

  skip() {
    this.#decide("skip", {});
  }

  // The last decision may still be on its way: its label is known when the chain comes to it.
  undo() {
    const last = this.done.pop();
    if (!last) return;
    this.dispatchEvent(new Event("change"));
    this.#then(async () => {
      try {
        if (last.what === "skip") await this.#send("claim", { tuboid: last.tuboid.id }, "first");
        else if (last.label) await this.#send("undo", { label: last.label }, "first");
      } catch (error) {
        this.done.push(last);
        throw error;
      }
    });
  }

  forget() {
    return this.#then(() => this.#send("forget", {}));
  }

  // Keeps the tuboids for longer: those that another person has by now go.
  hold() {
    return this.#then(async () => {
      const { held } = await this.#send("claim", {});
      const shown = this.current;
      this.items = this.items.filter(({ id }) => held.includes(id));
      if (shown !== this.current) throw new Error("The tuboid that was here waited too long: another person has it now.");
    });
  }

  #decide(what, said) {
    const decision = { what, tuboid: this.items.shift(), text: said.text, label: null };
    this.done.push(decision);
    this.underway.push(decision);
    this.dispatchEvent(new Event("change"));
    const { text, ...body } = said;
    this.#then(async () => {
      try {
        decision.label = (await this.#send(what, { tuboid: decision.tuboid.id, ...body })).label;
        this.dispatchEvent(new CustomEvent("saved", { detail: decision }));
      } catch (error) {
        this.done = this.done.filter((each) => each !== decision);
        this.items.unshift(decision.tuboid);
        throw error;
      } finally {
        this.underway = this.underway.filter((each) => each !== decision);
      }
    });
  }

  async #send(name, body, where = "last") {
    const decided = this.underway.map(({ tuboid }) => tuboid); // still theirs, and not to be shown again
    const known = [...this.items, ...decided].map(({ id }) => id);
    const answer = await send(this.addresses[name], { mode: this.mode, known, ...body });
    const given = answer.tuboids.filter(({ id }) => !this.items.some((item) => item.id === id));
    if (where === "first") this.items.unshift(...given);
    else this.items.push(...given);
    this.isLoaded = true;
    this.dispatchEvent(new CustomEvent("progress", { detail: answer.progress }));
    return answer;
  }

  #then(work) {
    this.chain = this.chain
      .then(work)
      .catch((error) => this.dispatchEvent(new CustomEvent("fail", { detail: error })))
      .then(() => this.dispatchEvent(new Event("change")));
    return this.chain;
  }
}
