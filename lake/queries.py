"""What the lake has: for each table and month, a fingerprint of its rows, and the rows as Arrow batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa
from django.db.models import Count, Max, Min, QuerySet, Sum

from annotations.models import UIDAnnotation
from images.models import Image
from labels.models import ITCLabel
from lake.contours import measure
from sticky_pi_api.core.arrow import MOMENT, schema_of
from sticky_pi_api.core.people import is_person
from sticky_pi_api.core.records import RANKS, ImageRow, LabelOnTuboidRow
from stickypi.db.batches import Batches, batch_of, batches, value_chunks
from tuboids.models import TiledTuboid

Month = tuple[int, int]
_ANNOTATIONS_PER_CHUNK = 200  # of some 50 contours each


@dataclass(frozen=True)
class Table:
    """A table of the lake: which months it has, what tells that a month has changed, and its rows."""

    name: str
    schema: pa.Schema
    model: Any
    moment: str  # path to the datetime that decides the month
    read: Callable[[QuerySet[Any]], Batches]
    also: tuple[Any, str] | None = None  # rows of another model that the rows depend on

    def months(self) -> list[Month]:
        """All months from the first row to the last."""
        ends = self.model.objects.aggregate(first=Min(self.moment), last=Max(self.moment))
        if ends["first"] is None:
            return []
        (year, month), last = ends["first"].timetuple()[:2], ends["last"].timetuple()[:2]
        found = []
        while (year, month) <= last:
            found.append((year, month))
            year, month = (year + month // 12, month % 12 + 1)
        return found

    def fingerprint(self, month: Month) -> list[int]:
        """Number, last id and sum of ids: rows are never changed, and ids never given twice."""
        found = _fingerprint(self.model, self.moment, month)
        return found + (_fingerprint(*self.also, month) if self.also and found[0] else [])

    def batches(self, month: Month) -> Batches:
        """The rows of a month, in order of their ids."""
        return self.read(_rows(self.model, self.moment, month).order_by("pk"))


def _rows(model: Any, path: str, month: Month) -> QuerySet[Any]:
    (year, number), following = month, (month[0] + month[1] // 12, month[1] % 12 + 1)
    start, end = datetime(year, number, 1, tzinfo=UTC), datetime(*following, 1, tzinfo=UTC)
    rows: QuerySet[Any] = model.objects.filter(**{f"{path}__gte": start, f"{path}__lt": end})
    return rows


def _fingerprint(model: Any, path: str, month: Month) -> list[int]:
    found = _rows(model, path, month).order_by().aggregate(n=Count("pk"), last=Max("pk"), total=Sum("pk"))
    return [int(found[name] or 0) for name in ("n", "last", "total")]


def _plain(schema: pa.Schema, **paths: str) -> Callable[[QuerySet[Any]], Batches]:
    """Reads rows whose columns are columns of the database; `paths` lead to those of other tables."""
    return lambda rows: batches(rows, schema, paths=paths)


_IMAGES = schema_of(ImageRow)
_OF_TUBOID = {
    "tuboid_id": "parent_tuboid__tuboid_id",
    "device": "parent_tuboid__parent_series__device",
    "start_datetime": "parent_tuboid__start_datetime",
}
_LABELS = schema_of(LabelOnTuboidRow)
_SHAPE = ("n_points", "area", "centroid_x", "centroid_y", "left", "top", "width", "height")
_ANNOTATIONS = pa.schema(
    [
        ("annotation_id", pa.int64()),
        ("parent_image_id", pa.int64()),
        ("device", pa.string()),
        ("datetime", MOMENT),
        ("algo_name", pa.string()),
        ("algo_version", pa.string()),
        ("index", pa.int32()),
        ("name", pa.string()),
        *((name, pa.float64() if name in ("area", "centroid_x", "centroid_y") else pa.int32()) for name in _SHAPE),
    ]
)
_CAPTURES = pa.schema(
    [
        ("id", pa.int64()),
        ("tuboid_id", pa.string()),
        ("device", pa.string()),
        ("datetime", MOMENT),
        ("end_datetime", MOMENT),
        ("n_shots", pa.int32()),
        *((name, pa.string()) for name in (*RANKS, "algo_name", "algo_version")),
    ]
)


def _read_annotations(rows: QuerySet[Any]) -> Batches:
    """A row a contour."""
    paths = ("id", "parent_image_id", "parent_image__device", "parent_image__datetime", "algo_name", "algo_version")
    for chunk in value_chunks(rows, (*paths, "json"), size=_ANNOTATIONS_PER_CHUNK):
        found = [
            (*own, index, each.get("name"), *measure(each["contour"]))
            for *own, submitted in chunk
            for index, each in enumerate(orjson.loads(submitted)["annotations"])
        ]
        if found:
            yield batch_of(_ANNOTATIONS, list(zip(*found, strict=True)))


def _read_captures(rows: QuerySet[Any]) -> Batches:
    """A row a tuboid, with its latest label: of people, where there is one, else of algorithms."""
    paths = ("id", "tuboid_id", "parent_series__device", "start_datetime", "end_datetime", "n_shots")
    for chunk in value_chunks(rows, paths):
        labels = _latest([row[0] for row in chunk])
        none = (None,) * (len(RANKS) + 2)
        yield batch_of(_CAPTURES, list(zip(*((*row, *labels.get(row[0], none)) for row in chunk), strict=True)))


def _latest(tuboids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    columns = ("parent_tuboid_id", *RANKS, "algo_name", "algo_version")
    labels = ITCLabel.objects.filter(parent_tuboid_id__in=tuboids).values_list(*columns)
    ordered = sorted(labels, key=lambda label: (is_person(label[-2]), label[-1], label[-2]))
    return {tuboid: values for tuboid, *values in ordered}


TABLES = (
    Table("images", _IMAGES, Image, "datetime", _plain(_IMAGES)),
    Table("annotations", _ANNOTATIONS, UIDAnnotation, "parent_image__datetime", _read_annotations),
    Table(
        "captures",
        _CAPTURES,
        TiledTuboid,
        "start_datetime",
        _read_captures,
        also=(ITCLabel, "parent_tuboid__start_datetime"),
    ),
    Table("labels", _LABELS, ITCLabel, "parent_tuboid__start_datetime", _plain(_LABELS, **_OF_TUBOID)),
)
