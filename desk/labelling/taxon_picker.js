// A box to type in and a list to choose from: a combobox that needs no mouse.
function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

export class TaxonPicker extends EventTarget {
  constructor(input, list, empty, search) {
    super();
    Object.assign(this, { input, list, empty, search, said: [], choices: [], marked: 0 });
    input.addEventListener("input", () => this.refresh());
    list.addEventListener("click", ({ target }) => {
      const item = target.closest("li");
      if (item) this.choose(Number(item.dataset.index));
    });
  }

  get isEmpty() {
    return this.input.value.trim() === "";
  }

  open(said) {
    this.said = said;
    this.clear();
  }

  clear() {
    this.input.value = "";
    this.refresh();
  }

  refresh() {
    this.choices = this.isEmpty ? this.search.suggestions(this.said) : this.search.matches(this.input.value);
    this.list.replaceChildren(...this.choices.map((choice, index) => this.#item(choice, index)));
    this.empty.hidden = this.choices.length > 0;
    this.empty.textContent = this.isEmpty ? "There is no taxon yet: a taxonomy must be imported." : "No taxon is called so.";
    this.mark(0);
  }

  mark(index) {
    if (!this.choices.length) return this.input.removeAttribute("aria-activedescendant");
    this.marked = (index + this.choices.length) % this.choices.length;
    for (const [number, item] of [...this.list.children].entries()) item.setAttribute("aria-selected", String(number === this.marked));
    this.input.setAttribute("aria-activedescendant", `choice-${this.marked}`);
  }

  choose(index) {
    const choice = this.choices[index];
    if (choice) this.dispatchEvent(new CustomEvent("choose", { detail: choice.taxon }));
  }

  press(key) {
    if (key === "ArrowDown") this.mark(this.marked + 1);
    else if (key === "ArrowUp") this.mark(this.marked - 1);
    else if (key === "Enter") this.choose(this.marked);
    else if (key === "Escape") this.clear();
    else if (/^[1-9]$/.test(key)) this.choose(Number(key) - 1);
    else return false;
    return true;
  }

  #item({ taxon, why }, index) {
    const item = element("li");
    Object.assign(item, { id: `choice-${index}` });
    item.setAttribute("role", "option");
    item.dataset.index = index;
    const chip = element("span", "desk-taxon", taxon.text);
    chip.style.setProperty("--hue", taxon.hue);
    const middle = element("div");
    middle.append(chip, element("small", "", taxon.common ? `${taxon.common}, ${taxon.path}` : taxon.path));
    item.append(element("kbd", "", String(index + 1)), middle, this.#why(why));
    return item;
  }

  #why(why) {
    if (!why) return element("span");
    if (why === "recent") return element("span", "desk-why", "recent");
    const told = element("span", "desk-why");
    for (const [icon, number, word] of [["person", why.people, "people"], ["smart_toy", why.algorithms, "algorithms"]]) {
      if (!number) continue;
      const sign = element("span", "material-symbols-outlined", icon);
      sign.setAttribute("aria-hidden", "true");
      told.append(sign, String(number), element("span", "desk-hidden", word));
    }
    told.title = why.title;
    return told;
  }
}
