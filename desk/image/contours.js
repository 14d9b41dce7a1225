// Contours as they are stored, [[[x, y]], ...], and as they are drawn.
export function pathOf(points) {
  return points.length ? `M${points.map(([x, y]) => `${x} ${y}`).join("L")}Z` : "";
}

export function pointsOf(contour) {
  return contour.map(([point]) => [...point]);
}

export function contourOf(points, width, height) {
  const within = (value, size) => Math.min(size - 1, Math.max(0, Math.round(value)));
  return points.map(([x, y]) => [[within(x, width), within(y, height)]]);
}

function boxOf(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

function overlap(one, two) {
  const width = Math.min(one.right, two.right) - Math.max(one.left, two.left) + 1;
  const height = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) + 1;
  if (width <= 0 || height <= 0) return 0;
  const area = (box) => (box.right - box.left + 1) * (box.bottom - box.top + 1);
  return (width * height) / (area(one) + area(two) - width * height);
}

// Which contours of one list are also in the other, by the overlap of their boxes: the pairs, best first.
export function pairs(ones, twos, least = 0.3) {
  const [boxes, others] = [ones.map(boxOf), twos.map(boxOf)];
  const candidates = boxes
    .flatMap((box, one) => others.map((other, two) => ({ one, two, overlap: overlap(box, other) })))
    .filter((pair) => pair.overlap >= least)
    .sort((first, second) => second.overlap - first.overlap);
  const [usedOnes, usedTwos] = [new Set(), new Set()];
  return candidates.filter(({ one, two }) => {
    if (usedOnes.has(one) || usedTwos.has(two)) return false;
    usedOnes.add(one);
    usedTwos.add(two);
    return true;
  });
}
