// A row of the table opens its device; a row and its point on the map mark each other.

/**
 * @param {string} href of a device
 * @param {boolean} isMarked
 */
function mark(href, isMarked) {
  const links = document.querySelectorAll(`.desk-table a.desk-device[href="${href}"], .desk-point[href="${href}"]`);
  for (const link of links) (link.closest("tr") ?? link).classList.toggle("desk-marked", isMarked);
}

/**
 * @param {Element} element
 * @param {string} href
 */
function markWhileHovered(element, href) {
  element.addEventListener("pointerenter", () => mark(href, true));
  element.addEventListener("pointerleave", () => mark(href, false));
}

for (const row of document.querySelectorAll(".desk-table tbody tr")) {
  /** @type {HTMLAnchorElement | null} */
  const link = row.querySelector("a.desk-device");
  if (!link) continue;
  row.addEventListener("click", ({ target }) => /** @type {Element} */ (target).closest("a") ?? link.click());
  markWhileHovered(row, link.getAttribute("href") ?? "");
}
for (const point of document.querySelectorAll(".desk-point")) {
  markWhileHovered(point, point.getAttribute("href") ?? "");
}
