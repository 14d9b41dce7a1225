"""Left joins of answers."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from .records import ITC_LABELS, UID_ANNOTATIONS

Rows = list[dict[str, Any]]


def with_annotations(images: Rows, annotations: Rows) -> Rows:
    """Images with their annotations, in the order of the images; `[{}]` where there is no image.

    Columns of the annotations that images have too carry the suffix `_annot`; an image without annotation has nulls.
    """
    if not images:
        return [{}]
    names = {column: f"{column}_annot" if column in images[0] else column for column in UID_ANNOTATIONS}
    return _left_join(images, _renamed(annotations, names), "parent_image_id", list(names.values()))


def with_labels(tuboids: Rows, labels: Rows) -> Rows:
    """Tuboids with their labels, in the order of the tuboids.

    Columns of the labels carry the suffix `_itc`; a tuboid without label has nulls.
    """
    names = {column: f"{column}_itc" for column in ITC_LABELS}
    return _left_join(tuboids, _renamed(labels, names), "parent_tuboid_id_itc", list(names.values()))


def _renamed(rows: Iterable[dict[str, Any]], names: dict[str, str]) -> Rows:
    return [{name: row.get(column) for column, name in names.items()} for row in rows]


def _left_join(left: Rows, right: Rows, parent: str, columns: list[str]) -> Rows:
    children = defaultdict(list)
    for row in right:
        children[row[parent]].append(row)
    nothing = [dict.fromkeys(columns)]
    return [{**row, **child} for row in left for child in children.get(row["id"], nothing)]
