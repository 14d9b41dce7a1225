// The buttons and keys of the editor.
import { byId } from "../common/dom.js";
import { Drafts } from "../common/drafts.js";
import { versionOption } from "./detections.js";

/** @typedef {import("./versions.js").Correction} Correction */
/** @typedef {{ base: string, detections: import("./versions.js").Detection[] }} Correcting what was corrected so far, of a version */
/** @typedef {{ onOpen: () => void, onClose: () => void, onSaved: (correction: Correction) => void, onError: (error: Error) => void }} Listeners */

const button = (/** @type {string} */ id) => byId(id, HTMLButtonElement);

export class EditorToolbar {
  #isKept = true;

  /**
   * @param {import("./editor.js").Editor} editor
   * @param {import("./versions.js").Versions} versions
   * @param {{ image: number, user: string }} whose
   * @param {Listeners} listeners
   */
  constructor(editor, versions, { image, user }, listeners) {
    this.editor = editor;
    this.base = byId("editor-base", HTMLSelectElement);
    this.versions = versions;
    this.listeners = listeners;
    this.image = image;
    /** @type {Drafts<Correcting>} */
    this.drafts = new Drafts("correction", user);
    button("correct").addEventListener("click", () => this.open());
    this.base.addEventListener("change", () => this.#start());
    button("editor-draw").addEventListener("click", () => this.#toggleDrawing());
    button("editor-redraw").addEventListener("click", () => editor.draw({ again: true }));
    button("editor-delete").addEventListener("click", () => editor.removeSelected());
    button("editor-undo").addEventListener("click", () => editor.draft?.undo());
    button("editor-redo").addEventListener("click", () => editor.draft?.redo());
    button("editor-cancel").addEventListener("click", () => this.#cancel());
    button("editor-save").addEventListener("click", () => this.#save());
    editor.on("change", () => this.#show());
    editor.on("change", () => this.#keep());
    addEventListener("beforeunload", (event) => editor.draft?.isChanged && !this.#isKept && event.preventDefault());
  }

  /**
   * Opens what was corrected and not saved, if there is any.
   * @returns {Promise<boolean>}
   */
  async resume() {
    const left = this.drafts.get(this.image);
    if (!left) return false;
    await this.open(left.base);
    if (!this.editor.draft) this.editor.open([]); // the version is gone, or cannot be had
    this.editor.draft?.resume(left.detections);
    return true;
  }

  /** @param {string} [base] id of the version to begin with: else, one that is shown */
  open(base) {
    this.base.replaceChildren(...this.versions.all.map(versionOption), new Option("nothing", ""));
    const [first = this.versions.all[0]] = this.versions.shown;
    this.base.value = base ?? (first ? String(first.id) : "");
    this.#setOpen(true);
    this.listeners.onOpen();
    return this.#start();
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key was the editor's
   */
  press({ key, ctrlKey, metaKey }) {
    const { editor } = this;
    const { draft, pen } = editor;
    if (!draft) return false;
    /** @type {Record<string, () => void>} */
    const actions = {
      n: () => this.#toggleDrawing(),
      r: () => editor.draw({ again: true }),
      "[": () => editor.selectNext(-1),
      "]": () => editor.selectNext(1),
      Delete: () => editor.removeSelected(),
      Backspace: () => editor.removeSelected(),
      Enter: () => pen.close(),
      Escape: () => (pen.isActive ? pen.stop() : draft.select(null)),
      "control z": () => draft.undo(),
      "control Z": () => draft.redo(),
      "control y": () => draft.redo(),
      "control s": () => this.#save(),
    };
    const action = actions[ctrlKey || metaKey ? `control ${key}` : key];
    action?.();
    return Boolean(action);
  }

  async #start() {
    const version = this.versions.get(this.base.value);
    try {
      this.editor.open(version ? await this.versions.detections(version) : []);
    } catch (error) {
      this.listeners.onError(/** @type {Error} */ (error));
    }
  }

  #toggleDrawing() {
    if (this.editor.pen.isActive) this.editor.pen.stop();
    else this.editor.draw();
  }

  #cancel() {
    if (!this.editor.draft?.isChanged || confirm("Discard the corrections?")) this.#close();
  }

  #close() {
    this.drafts.remove(this.image);
    this.editor.close();
    this.#setOpen(false);
    this.listeners.onClose();
  }

  /** @param {boolean} isOpen */
  #setOpen(isOpen) {
    byId("editor").hidden = !isOpen;
    button("correct").setAttribute("aria-pressed", String(isOpen));
  }

  async #save() {
    button("editor-save").disabled = true;
    byId("editor-text").textContent = "saving …";
    try {
      const correction = await this.editor.save();
      this.#close();
      this.listeners.onSaved(correction);
    } catch (error) {
      this.listeners.onError(/** @type {Error} */ (error));
      this.#show();
    }
  }

  // A correction outlives a reload, and a session that ended before it was saved.
  #keep() {
    const { draft } = this.editor;
    if (!draft) return;
    const { detections } = draft;
    if (draft.isChanged) this.#isKept = this.drafts.set(this.image, { base: this.base.value, detections });
    else this.drafts.remove(this.image);
  }

  #show() {
    const { draft, pen } = this.editor;
    if (!draft) return;
    const hasSelection = draft.selected !== null;
    button("editor-draw").setAttribute("aria-pressed", String(pen.isActive));
    this.base.disabled = draft.isChanged;
    for (const id of ["editor-redraw", "editor-delete"]) button(id).disabled = !hasSelection;
    button("editor-undo").disabled = !draft.past.length;
    button("editor-redo").disabled = !draft.future.length;
    button("editor-save").disabled = pen.isActive;
    const next = hasSelection ? "drag it or its points, alt click removes a point" : "click one to select it";
    byId("editor-text").textContent = pen.isActive
      ? "Click the points of the contour and press enter, or drag along it. Escape stops."
      : `${draft.detections.length} contours; ${next}`;
  }
}
