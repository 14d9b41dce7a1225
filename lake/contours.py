"""Contours in numbers."""

from collections.abc import Sequence

Shape = tuple[int, float, float, float, int, int, int, int]  # points, area, centroid x, y, left, top, width, height


def measure(contour: Sequence[Sequence[Sequence[int]]]) -> Shape:
    """Area and centroid of the polygon (shoelace formula), and its box; without an area, the mean of the points."""
    points = [point for (point,) in contour]
    n, doubled, sum_x, sum_y = len(points), 0, 0, 0
    x, y = points[-1]
    for next_x, next_y in points:
        cross = x * next_y - next_x * y
        doubled += cross
        sum_x += (x + next_x) * cross
        sum_y += (y + next_y) * cross
        x, y = next_x, next_y
    xs, ys = [x for x, _ in points], [y for _, y in points]
    centroid = (sum_x / (3 * doubled), sum_y / (3 * doubled)) if doubled else (sum(xs) / n, sum(ys) / n)
    left, top = min(xs), min(ys)
    return n, abs(doubled) / 2, *centroid, left, top, max(xs) - left, max(ys) - top
