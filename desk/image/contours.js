// Contours as they are stored and as they are drawn.

/** @typedef {[number, number]} Point x and y, pixels of the image */
/** @typedef {[Point][]} Contour as OpenCV writes them */
/** @typedef {{ left: number, right: number, top: number, bottom: number }} Box */

/** @param {Point[]} points */
export function svgPath(points, { closed = true } = {}) {
  if (!points.length) return "";
  return `M${points.map(([x, y]) => `${x} ${y}`).join("L")}${closed ? "Z" : ""}`;
}

/**
 * @param {Contour} contour
 * @returns {Point[]}
 */
export function pointsOf(contour) {
  return contour.map(([[x, y]]) => [x, y]);
}

/**
 * Whole pixels within the image.
 * @param {Point[]} points
 * @param {number} width
 * @param {number} height
 * @returns {Contour}
 */
export function contourOf(points, width, height) {
  /** @type {(value: number, size: number) => number} */
  const clamp = (value, size) => Math.min(size - 1, Math.max(0, Math.round(value)));
  return points.map(([x, y]) => [[clamp(x, width), clamp(y, height)]]);
}

/**
 * @param {Point[]} points
 * @returns {Box}
 */
function boundingBox(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/**
 * Intersection over union.
 * @param {Box} one
 * @param {Box} other
 */
function overlap(one, other) {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left) + 1;
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) + 1;
  if (width <= 0 || height <= 0) return 0;
  /** @type {(box: Box) => number} */
  const area = (box) => (box.right - box.left + 1) * (box.bottom - box.top + 1);
  return (width * height) / (area(one) + area(other) - width * height);
}

/**
 * Which contours of one list are also in the other, by the overlap of their boxes: pairs of indices, best first.
 * @param {Point[][]} ones
 * @param {Point[][]} others
 */
export function matchContours(ones, others, minOverlap = 0.3) {
  const [boxes, otherBoxes] = [ones.map(boundingBox), others.map(boundingBox)];
  const candidates = boxes
    .flatMap((box, one) => otherBoxes.map((otherBox, other) => ({ one, other, overlap: overlap(box, otherBox) })))
    .filter((pair) => pair.overlap >= minOverlap)
    .sort((first, second) => second.overlap - first.overlap);
  const [usedOnes, usedOthers] = [new Set(), new Set()];
  return candidates.filter(({ one, other }) => {
    if (usedOnes.has(one) || usedOthers.has(other)) return false;
    usedOnes.add(one);
    usedOthers.add(other);
    return true;
  });
}
