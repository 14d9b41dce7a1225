// The image and the readings of the time under the pointer.
import { byId } from "../common/dom.js";
import { formatLocal, formatUtc, imageName } from "../common/time.js";

/** @typedef {import("./curves.js").DeviceCurves} DeviceCurves */

/** @type {Record<string, string>} */
const UNITS = { temp: "°C", hum: "% humidity", lum: "light", bat: "% battery" };

/**
 * The index of the nearest of sorted numbers.
 * @param {number[]} sorted
 * @param {number} value
 */
export function nearest(sorted, value) {
  let [low, high] = [0, sorted.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle;
    else high = middle;
  }
  return value - sorted[low] < sorted[high] - value ? low : high;
}

/**
 * @param {PointerEvent} event
 * @param {{ device: string, mini: string }} configuration
 * @param {DeviceCurves} curves
 * @param {number} index of a point of the curves
 */
export function showTooltip({ clientX, clientY }, { device, mini }, curves, index) {
  const shot = curves.shot[index];
  const tooltip = byId("tip");
  const [picture, text] = [tooltip.querySelector("img"), tooltip.querySelector("div")];
  if (picture) picture.src = mini.replace("NAME", imageName(device, shot));
  if (text)
    text.textContent = [formatUtc(shot), formatLocal(shot), ...values(curves, index)].filter(Boolean).join("\n");
  tooltip.hidden = false;
  const { offsetWidth: width, offsetHeight: height } = tooltip;
  const hasRoom = clientX + 20 + width <= innerWidth;
  tooltip.style.left = `${hasRoom ? clientX + 16 : clientX - width - 16}px`;
  tooltip.style.top = `${Math.min(clientY + 12, innerHeight - height - 8)}px`;
}

export function hideTooltip() {
  byId("tip").hidden = true;
}

/**
 * @param {DeviceCurves} curves
 * @param {number} index
 */
function values({ readings, insects, shot }, index) {
  const lines = Object.entries(UNITS).flatMap(([name, unit]) => {
    const value = readings[name].mean[index];
    return value === null ? [] : [`${value.toFixed(1)} ${unit}`];
  });
  const counts = insects.versions.flatMap(({ mean }) => {
    const value = mean[nearest(insects.time, shot[index])];
    return value === null ? [] : [Math.round(value)];
  });
  return counts.length ? [...lines, `${counts.join(" / ")} insects`] : lines;
}
