"""Readings and catches of a device in time, reduced by the database to as many points as a plot has room for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Avg, Case, Count, F, Max, Min, QuerySet, Value, When

from activity.queries import hours_of_device
from annotations.models import UIDAnnotation
from desk.fleet.queries import PER_HOUR
from images.models import Image
from sticky_pi_api.core.people import PERSON_PREFIX
from stickypi.db.functions import Quotient, Seconds

READINGS = ("temp", "hum", "lum", "no_flash_bv", "bat")
MAX_BUCKETS = 4000
_COLUMNS = ("id", "datetime", "temp", "hum", "lum", "bat")
MAX_IMAGES = 500
_HOUR = 3600
_AGGREGATES = {"mean": Avg, "min": Min, "max": Max}

Curve = dict[str, list[float | None]]


@dataclass(frozen=True)
class Buckets:
    """The half-open range [start, end), unix seconds, cut into pieces of `width` whole seconds."""

    start: int
    end: int
    width: int

    @classmethod
    def of(cls, start: int, end: int, n_buckets: int) -> "Buckets":
        """At most `n_buckets` pieces."""
        return cls(start, end, max(1, -(-(end - start) // n_buckets)))

    def bucket_of(self, column: str) -> Any:
        """An expression: the number of a datetime's bucket, from 0."""
        return Quotient(Seconds(column) - self.start, Value(self.width))

    def contents(self, rows: QuerySet[Any], column: str) -> QuerySet[Any]:
        """The rows whose datetime is in the range."""
        bounds = {"gte": self.start, "lt": self.end}
        return rows.filter(
            **{f"{column}__{bound}": datetime.fromtimestamp(second, UTC) for bound, second in bounds.items()}
        )


def readings(*, device: str, buckets: Buckets) -> dict[str, Any]:
    """The curves of a device's sensors. One query.

    Returns:
        `time`: the middle between the first and the last image of each bucket that has any; `shot`: the second of the
        first; `n`: their number; `readings`: name -> mean, min, max. All lists are as long as `time`, null where no
        image of the bucket has that reading.
    """
    aggregated = [(name, form) for name in READINGS for form in _AGGREGATES]
    aggregates = {f"{name}_{form}": _AGGREGATES[form](name) for name, form in aggregated}
    rows = (
        buckets.contents(Image.objects.filter(device=device), "datetime")
        .values(bucket=buckets.bucket_of("datetime"))
        .annotate(first=Min("datetime"), last=Max("datetime"), n=Count("id"), **aggregates)
        .order_by("bucket")
        .values_list("first", "last", "n", *aggregates)
    )
    first, last, n_images, *values = _columns(rows, 3 + len(aggregated))
    seconds = [(int(one.timestamp()), int(other.timestamp())) for one, other in zip(first, last, strict=True)]
    curves: dict[str, Curve] = {name: {} for name in READINGS}
    for (name, form), column in zip(aggregated, values, strict=True):
        curves[name][form] = column
    return {
        "time": [(one + other) / 2 for one, other in seconds],
        "shot": [one for one, _ in seconds],
        "n": n_images,
        "readings": curves,
    }


def insects(*, device: str, buckets: Buckets) -> dict[str, Any]:
    """The number of insects on the card according to each version of each algorithm. One query.

    Returns:
        `time`: the middle of each bucket that has any annotation; `versions`: dicts of algo_name, algo_version, mean,
        min, max, newest version first. Each correction by hand is a version of its own: a person is one curve, with an
        empty version.
    """
    of_device = UIDAnnotation.objects.filter(parent_image__device=device)
    version = Case(When(algo_name__startswith=PERSON_PREFIX, then=Value("")), default=F("algo_version"))
    rows = (
        buckets.contents(of_device, "parent_image__datetime")
        .values("algo_name", version=version, bucket=buckets.bucket_of("parent_image__datetime"))
        .annotate(**{form: make("n_objects") for form, make in _AGGREGATES.items()})
        .order_by("-version", "algo_name")
        .values_list("algo_name", "version", "bucket", *_AGGREGATES)
    )
    found = list(rows)
    numbers = sorted({number for _, _, number, *_ in found})
    middles = [buckets.start + (number + 0.5) * buckets.width for number in numbers]
    return {"time": middles, "versions": _by_version(found, numbers)}


def captures(*, device: str, buckets: Buckets) -> dict[str, Any]:
    """Captures per trap-hour, from the counts by the hour.

    Returns:
        `time`: the middle between the first and the last hour of each bucket that has images; `captures`: mean (all
        captures of the bucket over all its images), min and max of an hour. A bucket has whole hours.
    """
    width = -(-buckets.width // _HOUR) * _HOUR
    start, end = (datetime.fromtimestamp(second, UTC) for second in (buckets.start, buckets.end))
    time: list[float] = []
    curve: Curve = {form: [] for form in _AGGREGATES}
    found = hours_of_device(device, start, end)
    for _, group in groupby(found, lambda hour: (hour[0] - start) // timedelta(seconds=width)):
        hours = list(group)
        rates = [PER_HOUR * n_captures / n_images for _, n_captures, n_images in hours]
        total = sum(n_captures for _, n_captures, _ in hours), sum(n_images for _, _, n_images in hours)
        time.append((hours[0][0].timestamp() + hours[-1][0].timestamp() + _HOUR) / 2)
        for form, value in {"mean": PER_HOUR * total[0] / total[1], "min": min(rates), "max": max(rates)}.items():
            curve[form].append(value)
    return {"time": time, "captures": curve}


def _columns(rows: Iterable[tuple[Any, ...]], n_columns: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(n_columns)]


def _by_version(rows: Iterable[tuple[Any, ...]], numbers: Sequence[int]) -> list[dict[str, Any]]:
    place = {number: index for index, number in enumerate(numbers)}
    found: dict[tuple[str, str], Curve] = {}
    for algo_name, version, bucket, *values in rows:
        curve = found.setdefault((algo_name, version), {form: [None] * len(numbers) for form in _AGGREGATES})
        for form, value in zip(_AGGREGATES, values, strict=True):
            curve[form][place[bucket]] = value
    return [{"algo_name": name, "algo_version": version, **curve} for (name, version), curve in found.items()]


def count_images(*, device: str, buckets: Buckets) -> int:
    """How many images of a device are in a range."""
    return buckets.contents(Image.objects.filter(device=device), "datetime").count()


def first_and_last(device: str, *, until: datetime) -> tuple[Image, Image, Image | None] | None:
    """The ends of a device's record up to a moment, and the latest image if it is beyond; None if there is no image.

    A clock that once was years ahead would draw the record out to nothing. Three steps in an index.
    """
    images = Image.objects.filter(device=device)
    first, latest = images.order_by("datetime").first(), images.order_by("-datetime").first()
    if not (first and latest):
        return None
    if latest.datetime <= until or first.datetime > until:
        return first, latest, None
    return first, _until(images, until)[0], latest


def list_images(*, device: str, at: datetime, backwards: bool, limit: int) -> list[dict[str, Any]]:
    """The images from a moment on, in order of time; with `backwards`, those up to it, latest first.

    Returns dicts of id, time (unix seconds), temp, hum, lum, bat.
    """
    images = Image.objects.filter(device=device)
    found = _until(images, at) if backwards else images.filter(datetime__gte=at).order_by("datetime")
    return [
        {"id": pk, "time": int(moment.timestamp()), "temp": temp, "hum": hum, "lum": lum, "bat": bat}
        for pk, moment, temp, hum, lum, bat in found.values_list(*_COLUMNS)[:limit]
    ]


def _until(images: QuerySet[Image], at: datetime) -> QuerySet[Image]:
    return images.filter(datetime__lte=at).order_by("-datetime")
