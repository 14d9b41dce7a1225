// Adds the local time to the title of a UTC time on hover.

/** @param {Event} event */
function addLocalTime({ target }) {
  /** @type {HTMLTimeElement | null} */
  const time = target instanceof Element ? target.closest("time[datetime]") : null;
  if (!time || time.title) return;
  const date = new Date(time.dateTime);
  if (Number.isNaN(date.valueOf())) return;
  time.title = `${time.dateTime}\n${date.toLocaleString([], { dateStyle: "full", timeStyle: "long" })}`;
}
document.addEventListener("pointerover", addLocalTime);
document.addEventListener("focusin", addLocalTime);
