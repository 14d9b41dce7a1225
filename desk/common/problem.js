// What went wrong, and the link that mends it.
import { createElement } from "./dom.js";
import { RequestError } from "./http.js";

/**
 * @param {HTMLElement} element
 * @param {Error} error
 * @param {{ login: string, page: string, kept?: string }} options URL of the login; of this page with what it shows;
 *   what is said of work that is not saved
 */
export function showProblem(element, error, { login, page, kept = "" }) {
  element.className = "desk-note desk-bad";
  element.replaceChildren(createElement("span", {}, kept && `${kept} `, error.message));
  const status = error instanceof RequestError ? error.status : null;
  if (status === 401) element.append(link("Sign in", `${login}?${new URLSearchParams({ next: page })}`));
  if (status === 403) element.append(link("Load the page again", page));
  element.hidden = false;
}

/**
 * @param {string} text
 * @param {string} href
 */
function link(text, href) {
  return createElement("a", { href, className: "desk-button" }, text);
}
