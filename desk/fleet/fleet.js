// The fleet: a row opens its device, and a row and its point on the map show each other.
const rows = [...document.querySelectorAll(".desk-table tbody tr")];

function linkOf(row) {
  return row.querySelector("a.desk-device");
}

function mark(link, marked) {
  const same = document.querySelectorAll(`.desk-table a.desk-device[href="${link}"], .desk-point[href="${link}"]`);
  for (const each of same) (each.closest("tr") ?? each).classList.toggle("desk-marked", marked);
}

for (const row of rows) {
  const link = linkOf(row);
  if (!link) continue;
  row.addEventListener("click", (event) => event.target.closest("a") || link.click());
  row.addEventListener("pointerenter", () => mark(link.getAttribute("href"), true));
  row.addEventListener("pointerleave", () => mark(link.getAttribute("href"), false));
}
for (const point of document.querySelectorAll(".desk-point")) {
  point.addEventListener("pointerenter", () => mark(point.getAttribute("href"), true));
  point.addEventListener("pointerleave", () => mark(point.getAttribute("href"), false));
}
