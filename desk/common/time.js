// Times are unix seconds; what is shown of them is UTC.

/** @param {number} seconds */
function isoOf(seconds) {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** @param {number} seconds */
export function formatUtc(seconds, { withSeconds = false } = {}) {
  const iso = isoOf(seconds);
  return `${iso.slice(0, 10)} ${iso.slice(11, withSeconds ? 19 : 16)} UTC`;
}

/**
 * The reader's own time; empty where that is UTC.
 * @param {number} seconds
 */
export function formatLocal(seconds) {
  const date = new Date(seconds * 1000);
  if (date.getTimezoneOffset() === 0) return "";
  return date.toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  });
}

/**
 * @param {HTMLTimeElement} element
 * @param {number} seconds
 * @param {{ withSeconds?: boolean }} [options]
 */
export function showTime(element, seconds, options) {
  element.dateTime = isoOf(seconds);
  element.removeAttribute("title"); // time.js makes it anew
  element.textContent = formatUtc(seconds, options);
}

/**
 * The file name of an image.
 * @param {string} device
 * @param {number} seconds
 */
export function imageName(device, seconds) {
  const iso = isoOf(seconds);
  return `${device}.${iso.slice(0, 10)}_${iso.slice(11, 19).replaceAll(":", "-")}.jpg`;
}
