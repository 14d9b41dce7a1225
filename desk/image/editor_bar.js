// The buttons and keys of the editor.
import { titleOf } from "../common/versions.js";

const get = (id) => document.getElementById(id);

export class EditorBar {
  constructor(editor, versions, { onOpen, onClose, onSaved, onFail }) {
    Object.assign(this, { editor, versions, onOpen, onClose, onSaved, onFail });
    get("correct").addEventListener("click", () => this.open());
    get("editor-base").addEventListener("change", () => this.#start());
    get("editor-draw").addEventListener("click", () => this.#draw());
    get("editor-redraw").addEventListener("click", () => editor.draw({ anew: true }));
    get("editor-delete").addEventListener("click", () => editor.remove());
    get("editor-undo").addEventListener("click", () => editor.drafts.undo());
    get("editor-redo").addEventListener("click", () => editor.drafts.redo());
    get("editor-cancel").addEventListener("click", () => this.close());
    get("editor-save").addEventListener("click", () => this.#save());
    editor.addEventListener("change", () => this.#show());
    addEventListener("beforeunload", (event) => editor.drafts?.isChanged && event.preventDefault());
  }

  open() {
    const base = this.versions.list.find(({ id }) => this.versions.shown.has(id)) ?? this.versions.list[0];
    const options = this.versions.list.map((version) => new Option(`${titleOf(version)} (${version.n_objects})`, version.id));
    get("editor-base").replaceChildren(...options, new Option("nothing", ""));
    get("editor-base").value = base?.id ?? "";
    get("editor").hidden = false;
    get("correct").setAttribute("aria-pressed", "true");
    this.onOpen();
    this.#start();
  }

  close({ ask = true } = {}) {
    if (ask && this.editor.drafts?.isChanged && !confirm("Discard the corrections?")) return;
    this.editor.close();
    get("editor").hidden = true;
    get("correct").setAttribute("aria-pressed", "false");
    this.onClose();
  }

  // Returns whether the key was the editor's.
  press(event) {
    const { editor } = this;
    if (!editor.isOpen) return false;
    const control = event.ctrlKey || event.metaKey;
    const action = {
      n: () => this.#draw(),
      r: () => editor.draw({ anew: true }),
      "[": () => editor.turn(-1),
      "]": () => editor.turn(1),
      Delete: () => editor.remove(),
      Backspace: () => editor.remove(),
      Enter: () => editor.pen.close(),
      Escape: () => (editor.pen.active ? editor.pen.stop() : editor.drafts.choose(null)),
      "control z": () => editor.drafts.undo(),
      "control Z": () => editor.drafts.redo(),
      "control y": () => editor.drafts.redo(),
      "control s": () => this.#save(),
    }[control ? `control ${event.key}` : event.key];
    action?.();
    return Boolean(action);
  }

  async #start() {
    const version = this.versions.get(get("editor-base").value);
    try {
      const objects = version ? await this.versions.objects(version) : [];
      this.editor.open(objects.map(({ contour, ...object }) => object));
    } catch (error) {
      this.onFail(error);
    }
  }

  #draw() {
    if (this.editor.pen.active) this.editor.pen.stop();
    else this.editor.draw();
  }

  async #save() {
    get("editor-save").disabled = true;
    get("editor-text").textContent = "saving …";
    try {
      const version = await this.editor.save();
      this.close({ ask: false });
      this.onSaved(version);
    } catch (error) {
      this.onFail(error);
      this.#show();
    }
  }

  #show() {
    const { drafts, pen } = this.editor;
    if (!drafts) return;
    get("editor-draw").setAttribute("aria-pressed", String(pen.active));
    get("editor-base").disabled = drafts.isChanged;
    for (const id of ["editor-redraw", "editor-delete"]) get(id).disabled = drafts.chosen === null;
    get("editor-undo").disabled = !drafts.past.length;
    get("editor-redo").disabled = !drafts.future.length;
    get("editor-save").disabled = pen.active;
    get("editor-text").textContent = pen.active
      ? "Click the points of the contour and press enter, or drag along it. Escape stops."
      : `${drafts.objects.length} contours${drafts.chosen === null ? "; click one to choose it" : "; drag it or its points, alt click removes a point"}`;
  }
}
