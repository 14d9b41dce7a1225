// The table of deployments: cells to edit, rows to add and to delete, saved together or not at all.
import { byId, createElement, readConfiguration } from "../common/dom.js";
import { RequestError, postJson } from "../common/http.js";
import { showProblem } from "../common/problem.js";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */
/** @typedef {{ index: number, column?: string, detail: string }} Wrong */

const configuration = readConfiguration();
const table = byId("deployments", HTMLTableElement);
const body = /** @type {HTMLTableSectionElement} */ (table.tBodies[0]);
const save = byId("save", HTMLButtonElement);
const undo = byId("undo", HTMLButtonElement);
let isSaving = false;

const rows = () => /** @type {HTMLTableRowElement[]} */ ([...body.querySelectorAll("tr:not(.desk-none)")]);
/** @param {Element} row */
const fields = (row) =>
  /** @type {Field[]} */ ([...row.querySelectorAll("[data-column] > :is(input, select, textarea)")]);
/** @param {Field} field */
const columnOf = (field) => field.closest("td")?.dataset.column ?? "";
/** @param {Field} field */
const isEdited = (field) => field.value !== (field.dataset.saved ?? "");
/** @param {HTMLTableRowElement} row */
const isNew = (row) => !row.dataset.id;
/** @param {HTMLTableRowElement} row */
const isDeleted = (row) => row.classList.contains("desk-deleted");
/** @param {HTMLTableRowElement} row */
const isChanged = (row) => !isDeleted(row) && fields(row).some(isEdited);

function showState() {
  for (const row of rows()) {
    for (const field of fields(row)) field.closest("td")?.classList.toggle("desk-edited", isEdited(field));
  }
  const changed = rows().filter(isChanged);
  const counts = [
    [changed.filter(isNew).length, "new"],
    [changed.filter((row) => !isNew(row)).length, "changed"],
    [rows().filter(isDeleted).length, "to be deleted"],
  ].filter(([number]) => number);
  byId("state").textContent = counts.length
    ? `Not saved: ${counts.map((count) => count.join(" ")).join(", ")}.`
    : "Nothing to save.";
  save.disabled = isSaving || !counts.length;
  undo.disabled = isSaving || !(counts.length || rows().some(isNew));
}

/** @param {Field} field */
function clearError(field) {
  const cell = field.closest("td");
  cell?.classList.remove("desk-wrong");
  cell?.querySelector(".desk-cell-error")?.remove();
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-describedby");
}

/**
 * @param {Field} field
 * @param {string} detail
 */
function showError(field, detail) {
  clearError(field);
  const id = `error-${crypto.randomUUID?.() ?? Math.random()}`;
  const text = `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
  field.closest("td")?.classList.add("desk-wrong");
  field.after(createElement("small", { className: "desk-cell-error", id, textContent: text }));
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", id);
}

function addRow() {
  body.querySelector(".desk-none")?.remove();
  const copy = /** @type {DocumentFragment} */ (byId("new-row", HTMLTemplateElement).content.cloneNode(true));
  const row = /** @type {HTMLTableRowElement} */ (copy.firstElementChild);
  body.append(copy);
  return row;
}

/** @param {HTMLTableRowElement} row */
function removeRow(row) {
  if (isNew(row)) row.remove();
  else {
    const pressed = row.classList.toggle("desk-deleted");
    row.querySelector(".desk-remove")?.setAttribute("aria-pressed", String(pressed));
    for (const field of fields(row)) field.disabled = pressed;
  }
  showState();
}

// The field in the same column, so many rows further.
/**
 * @param {Field} field
 * @param {number} step
 */
function neighbour(field, step) {
  const all = rows();
  const row = all[all.indexOf(/** @type {HTMLTableRowElement} */ (field.closest("tr"))) + step];
  return row && fields(row).find((each) => columnOf(each) === columnOf(field));
}

/** @param {Field | undefined} field */
function enter(field) {
  field?.focus();
  if (field instanceof HTMLInputElement) field.select();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const field = event.target;
  if (!(field instanceof HTMLElement) || !field.matches("[data-column] > *")) return;
  const cell = /** @type {Field} */ (field);
  const isLine = cell instanceof HTMLInputElement;
  const step = { ArrowDown: isLine ? 1 : 0, ArrowUp: isLine ? -1 : 0, Enter: event.shiftKey ? -1 : 1 }[event.key];
  if (event.key === "Escape") {
    cell.value = cell.dataset.saved ?? "";
    clearError(cell);
    showState();
  } else if (step && !event.altKey && !event.isComposing && !(cell instanceof HTMLTextAreaElement)) {
    const last = event.key === "Enter" && step > 0 && !neighbour(cell, 1);
    if (last) addRow();
    enter(neighbour(cell, step));
    event.preventDefault();
    if (last) showState();
  }
}

// Rows of a spreadsheet fill the cells from the one with the focus on; more rows than there are become new ones.
/** @param {ClipboardEvent} event */
function onPaste(event) {
  const text = event.clipboardData?.getData("text/plain").replace(/\r?\n$/, "") ?? "";
  const target = event.target;
  if (!/[\t\n]/.test(text) || !(target instanceof HTMLElement) || !target.matches("[data-column] > *")) return;
  event.preventDefault();
  let row = /** @type {HTMLTableRowElement | null} */ (target.closest("tr"));
  const column = row ? fields(row).indexOf(/** @type {Field} */ (target)) : 0;
  for (const line of text.split(/\r?\n/)) {
    row ??= addRow();
    const cells = fields(row).slice(column);
    for (const [index, value] of line.split("\t").entries()) {
      if (cells[index]) cells[index].value = value.trim();
      if (cells[index]) clearError(cells[index]);
    }
    row = /** @type {HTMLTableRowElement | null} */ (row.nextElementSibling);
  }
  showState();
}

/** @param {HTMLTableRowElement} row */
function edits(row) {
  const edited = fields(row).filter((field) => isNew(row) || isEdited(field));
  return {
    id: isNew(row) ? null : Number(row.dataset.id),
    cells: Object.fromEntries(edited.map((field) => [columnOf(field), field.value])),
  };
}

/**
 * @param {HTMLTableRowElement[]} changed
 * @param {{ id: number, cells: Record<string, string> }[]} stored
 */
function showStored(changed, stored) {
  for (const row of rows().filter(isDeleted)) row.remove();
  for (const [index, row] of changed.entries()) {
    row.dataset.id = String(stored[index].id);
    for (const field of fields(row)) {
      field.value = field.dataset.saved = stored[index].cells[columnOf(field)] ?? "";
    }
  }
}

/**
 * @param {HTMLTableRowElement[]} changed
 * @param {Wrong[]} items
 */
function showWrong(changed, items) {
  for (const { index, column, detail } of items) {
    const cells = changed[index] ? fields(changed[index]) : [];
    const field = cells.find((each) => columnOf(each) === column) ?? cells[0];
    if (field) showError(field, detail);
  }
  /** @type {HTMLElement | null} */ (body.querySelector("[aria-invalid]"))?.focus();
}

async function saveAll() {
  if (save.disabled) return;
  const changed = rows().filter(isChanged);
  const deleted = rows()
    .filter(isDeleted)
    .map((row) => Number(row.dataset.id));
  for (const field of rows().flatMap(fields)) clearError(field);
  byId("message").hidden = true;
  isSaving = true;
  showState();
  try {
    const { rows: stored } = await postJson(configuration.save, { rows: changed.map(edits), deleted });
    showStored(changed, stored);
    isSaving = false;
    showState();
    byId("state").textContent = "Saved.";
  } catch (error) {
    isSaving = false;
    showState();
    showProblem(byId("message"), /** @type {Error} */ (error), {
      login: configuration.login,
      page: location.pathname + location.search,
      kept: "Nothing was saved.",
    });
    if (error instanceof RequestError) showWrong(changed, error.items);
  }
}

function undoAll() {
  for (const row of rows()) {
    if (isDeleted(row)) removeRow(row);
    if (isNew(row)) row.remove();
    for (const field of fields(row)) {
      field.value = field.dataset.saved ?? "";
      clearError(field);
    }
  }
  byId("message").hidden = true;
  showState();
}

table.addEventListener("input", ({ target }) => {
  clearError(/** @type {Field} */ (target));
  showState();
});
table.addEventListener("keydown", onKey);
table.addEventListener("paste", onPaste);
table.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest(".desk-remove") : null;
  const row = button?.closest("tr");
  if (row) removeRow(row);
});
byId("add").addEventListener("click", () => {
  enter(fields(addRow())[0]);
  showState();
});
save.addEventListener("click", saveAll);
undo.addEventListener("click", undoAll);
addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  saveAll();
});
addEventListener("beforeunload", (event) => {
  if (!save.disabled || isSaving) event.preventDefault();
});
for (const field of rows().flatMap(fields)) {
  if (field instanceof HTMLTextAreaElement) field.dataset.saved = field.value; // which has other ends of lines
}
showState();
