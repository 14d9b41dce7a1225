"""Exports of annotations, streamed in chunks: the submitted JSON, and a COCO data set."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson
from django.db.models import Max, QuerySet

from sticky_pi_api.core import layout
from stickypi.admin.exports import iso, value_chunks

_SIZE = 200  # annotations of some 50 contours each: about 10 MB


def json_parts(rows: QuerySet[Any]) -> Iterator[bytes]:
    """A JSON list of the objects as they were submitted: what `put_uid_annotations` takes."""
    before = b"["
    for chunk in value_chunks(rows, ["json"], size=_SIZE):
        for (submitted,) in chunk:
            yield before + submitted.encode()
            before = b",\n"
    yield b"]" if before != b"[" else b"[]"


def coco_parts(rows: QuerySet[Any]) -> Iterator[bytes]:
    """A COCO data set: each image once, then each contour as an annotation, then the categories found on the way."""
    # Rows that are stored during the first pass would refer to images that it has not listed.
    rows = rows.filter(pk__lte=rows.order_by().aggregate(last=Max("pk"))["last"] or 0)
    categories: dict[str, int] = {}
    yield b'{"info":{"description":"Sticky Pi annotations"},"licenses":[],"images":['
    yield from _encode_items(_images(rows))
    yield b'],"annotations":['
    yield from _encode_items(_annotations(rows, categories))
    yield b'],"categories":'
    yield orjson.dumps([{"id": number, "name": name} for name, number in categories.items()])
    yield b"}"


def _encode_items(items: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    before = b""
    for item in items:
        yield before + orjson.dumps(item)
        before = b",\n"


def _images(rows: QuerySet[Any]) -> Iterator[dict[str, Any]]:
    columns = ["parent_image_id", *(f"parent_image__{name}" for name in ("device", "datetime", "width", "height"))]
    previous = None
    for chunk in value_chunks(rows.order_by("parent_image_id"), columns):
        for image_id, device, moment, width, height in chunk:
            if image_id != previous:
                name = layout.image_key_of(device, moment, "image").rpartition("/")[2]
                yield {
                    "id": image_id,
                    "file_name": name,
                    "width": width,
                    "height": height,
                    "date_captured": iso(moment),
                }
            previous = image_id


def _annotations(rows: QuerySet[Any], categories: dict[str, int]) -> Iterator[dict[str, Any]]:
    numbers = count(1)
    columns = ["parent_image_id", "algo_name", "algo_version", "json"]
    for chunk in value_chunks(rows, columns, size=_SIZE):
        for image_id, algo_name, algo_version, submitted in chunk:
            source = {"image_id": image_id, "algo_name": algo_name, "algo_version": algo_version}
            for found in orjson.loads(submitted)["annotations"]:
                category = categories.setdefault(str(found.get("name", "insect")), len(categories) + 1)
                yield {"id": next(numbers), "category_id": category, **source, **_shape(found["contour"])}


def _shape(contour: list[list[list[float]]]) -> dict[str, Any]:
    """Polygon, bounding box and area (by the shoelace formula) of an OpenCV contour, n x 1 x 2."""
    points = [point for (point,) in contour]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    following = [*points[1:], *points[:1]]
    doubled = sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in zip(points, following, strict=True))
    return {
        "segmentation": [[coordinate for point in points for coordinate in point]],
        "bbox": [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)] if points else [],
        "area": abs(doubled) / 2,
        "iscrowd": 0,
    }
