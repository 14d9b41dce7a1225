/**
 * The element with this id. Throws where there is none of that class.
 * @template {Element} T
 * @overload @param {string} id @param {new () => T} elementClass @returns {T}
 */
/**
 * @overload @param {string} id @returns {HTMLElement}
 */
/**
 * @param {string} id
 * @param {new () => Element} [elementClass]
 */
export function byId(id, elementClass = HTMLElement) {
  const element = document.getElementById(id);
  if (!(element instanceof elementClass)) throw new Error(`the page has no ${elementClass.name} with the id ${id}`);
  return element;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function createElement(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// What the server tells the page's script.
export function readConfiguration() {
  return JSON.parse(byId("desk-configuration").textContent ?? "");
}

/** @param {Event} event */
export function isFormField({ target }) {
  return target instanceof Element && target.closest("input, select, textarea, button, a, summary, [role=dialog]");
}
