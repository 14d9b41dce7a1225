// Charts are drawn by the server as SVG; here they become PNG files, and text is copied.
import { createElement } from "./dom.js";

const SCALE = 2; // pixels of the PNG per unit of the SVG

/** @param {string} url @param {string} name */
async function savePng(url, name) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the chart cannot be had: ${answer.status}`);
  const picture = new Image();
  picture.src = URL.createObjectURL(new Blob([await answer.text()], { type: "image/svg+xml" }));
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [SCALE * picture.naturalWidth, SCALE * picture.naturalHeight];
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const link = document.createElement("a");
  link.href = canvas.toDataURL("image/png");
  link.download = `${name}.png`;
  link.click();
  URL.revokeObjectURL(picture.src);
}

for (const button of document.querySelectorAll("button[data-png]")) {
  const { png, svg } = /** @type {HTMLElement} */ (button).dataset;
  button.addEventListener("click", () =>
    savePng(svg ?? "", png ?? "").catch((error) => button.after(createElement("span", {}, error.message))),
  );
}
for (const button of document.querySelectorAll("button[data-copy]")) {
  const text = document.getElementById(/** @type {HTMLElement} */ (button).dataset.copy ?? "");
  button.addEventListener("click", async () => {
    if (text) document.getSelection()?.selectAllChildren(text); // without HTTPS, pages may not write to the clipboard
    await navigator.clipboard?.writeText(text?.textContent ?? "");
    button.textContent = navigator.clipboard ? "Copied" : "Selected: press Ctrl+C";
  });
}
