// The contours being corrected: every change makes a new list, so that undo is the list before.
export class Drafts extends EventTarget {
  constructor(objects) {
    super();
    this.past = [];
    this.future = [];
    this.objects = objects;
    this.chosen = null;
  }

  get isChanged() {
    return this.past.length > 0;
  }

  choose(index) {
    this.chosen = index;
    this.#tell();
  }

  add(points) {
    const object = { name: "insect", fill_colour: "#ff0000", stroke_colour: "#0000ff", value: 0, points };
    this.#replace([...this.objects, object], this.objects.length);
  }

  remove(index) {
    this.#replace(this.objects.filter((_, each) => each !== index), null);
  }

  redraw(index, points) {
    this.#replace(this.objects.map((object, each) => (each === index ? { ...object, points } : object)), index);
  }

  undo() {
    this.#travel(this.past, this.future);
  }

  redo() {
    this.#travel(this.future, this.past);
  }

  #replace(objects, chosen) {
    this.past.push(this.objects);
    this.future = [];
    this.objects = objects;
    this.choose(chosen);
  }

  #travel(from, to) {
    if (!from.length) return;
    to.push(this.objects);
    this.objects = from.pop();
    this.choose(this.chosen in this.objects ? this.chosen : null);
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
