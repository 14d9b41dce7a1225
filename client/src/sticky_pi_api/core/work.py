"""Work: images that a detector is to annotate and tuboids that a classifier is to label, leased to workers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .errors import Conflict, InvalidInput
from .formats import parse_datetime, parse_device, shown
from .info import Series, dictionary, field, parse_each, series
from .like import check_pattern, matcher
from .limits import LEASED, SERIES
from .values import integer_parser, parse_algo_name, parse_algo_version, parse_token, text_parser

HELD_FOR = timedelta(hours=6)  # by `get_images_to_annotate`
SHORTEST, USUAL, LONGEST = 10, 1800, 86_400  # seconds of a lease
FAILURES = 3  # after which an item is set aside
IMAGES, TUBOIDS = KINDS = "images", "tuboids"
EVER = datetime(1970, 1, 1), datetime(2999, 1, 1)

_parse_reason = text_parser(500)


@dataclass(frozen=True)
class AnnotationWork:
    """Series of images, and the algorithm that is to annotate them, in this version or a later one."""

    series: Sequence[Series]
    algo_name: str
    algo_version: str


@dataclass(frozen=True)
class Asked:
    """What a worker asks for: `n` items of a series that this version of an algorithm has not done, for `seconds`."""

    series: Series
    project: int | None
    algo_name: str
    algo_version: str
    n: int
    seconds: int
    worker: str


@dataclass(frozen=True)
class Held:
    """Items that a worker says it has, by the token of their lease; all of that lease where `items` is None."""

    token: str
    items: Sequence[int] | None
    seconds: int
    reason: str


@dataclass(frozen=True)
class MatchedSeries:
    """A range of a device's images that a matcher has been through, also where it found nothing."""

    device: str
    start_datetime: datetime
    end_datetime: datetime
    algo_name: str
    algo_version: str
    n_images: int
    n_tuboids: int


def annotation_work(info: Any) -> AnnotationWork | None:
    """What a detector asks for; None where there is no element.

    Raises:
        InvalidInput: also where the elements are of several algorithms: no image says which of them it is for.
    """
    asked = series(info)
    algorithms = parse_each(info, _algorithm, most=SERIES)
    if not asked:
        return None
    if len(set(algorithms)) > 1:
        raise InvalidInput("the elements are of several algorithms or versions: ask for one in a call")
    return AnnotationWork(asked, *algorithms[0])


def parse_asked(body: Any) -> Asked:
    """What a worker asks for. Raises InvalidInput, naming what is wrong."""
    body = dictionary(body)
    start = field(body, "start_datetime", parse_datetime, default=EVER[0])
    end = field(body, "end_datetime", parse_datetime, default=EVER[1])
    if start >= end:
        raise InvalidInput(f"'start_datetime', {start}, is not before 'end_datetime', {end}")
    name, version = _algorithm(body)
    return Asked(
        series=Series(field(body, "device", check_pattern, default="%"), start, end),
        project=field(body, "project", integer_parser(1), default=None),
        algo_name=name,
        algo_version=version,
        n=field(body, "n", _within(1, LEASED), default=1),
        seconds=field(body, "seconds", parse_seconds, default=USUAL),
        worker=field(body, "worker", text_parser(64), default=""),
    )


def parse_held(body: Any, *, with_reason: bool = False) -> Held:
    """What a worker says of its lease. Raises InvalidInput, naming what is wrong."""
    body = dictionary(body)
    items = body.get("items")
    if items is not None and not isinstance(items, list):
        raise InvalidInput(f"'items' is {shown(items)}: it takes a list of ids")
    if items is not None and len(items) > LEASED:
        raise InvalidInput(f"'items' has {len(items):,} ids: a lease has at most {LEASED:,}")
    return Held(
        token=field(body, "token", parse_token),
        items=None if items is None else sorted({_parse_id(each) for each in items}),
        seconds=field(body, "seconds", parse_seconds, default=USUAL),
        reason=field(body, "reason", shorten) if with_reason else "",
    )


def parse_matched(body: Any) -> MatchedSeries:
    """What a matcher has done. Raises InvalidInput, naming what is wrong."""
    body = dictionary(body)
    count = integer_parser(0)
    name, version = _algorithm(body)
    done = MatchedSeries(
        device=field(body, "device", parse_device),
        start_datetime=field(body, "start_datetime", parse_datetime),
        end_datetime=field(body, "end_datetime", parse_datetime),
        algo_name=name,
        algo_version=version,
        n_images=field(body, "n_images", count),
        n_tuboids=field(body, "n_tuboids", count),
    )
    if done.start_datetime >= done.end_datetime:
        raise InvalidInput(f"'start_datetime', {done.start_datetime}, is not before 'end_datetime'")
    return done


def narrowed(asked: Asked, stays: Iterable[tuple[str, datetime, datetime]]) -> list[Series]:
    """The series asked for, cut to the deployments of its project.

    Args:
        stays: device, start and end of each deployment.

    Raises:
        InvalidInput: nothing is left.
    """
    matches, first, last = matcher(asked.series.device), asked.series.start_datetime, asked.series.end_datetime
    spans = [(device, max(start, first), min(end, last)) for device, start, end in stays]
    found = [Series(device, start, end) for device, start, end in spans if matches(device) and start < end]
    if not found:
        raise InvalidInput(f"project {asked.project} has no deployment of such devices in that time")
    return found


@dataclass(frozen=True)
class LeaseState:
    """What there is instead of the lease that a result names; `ends` as text, UTC."""

    token: str
    holder: str
    ends: str
    is_set_aside: bool
    reason: str


def refuse_lost(results: Iterable[tuple[int, LeaseState | None]]) -> None:
    """Raises Conflict if there are results, by index, whose lease the worker has lost; None: there is no lease."""
    items = [{"index": index, "detail": _why_lost(lease)} for index, lease in results]
    if items:
        raise Conflict(f"info[{items[0]['index']}]: {items[0]['detail']}", items=items, code="lease_lost")


def _why_lost(lease: LeaseState | None) -> str:
    if lease and lease.is_set_aside:
        return f"its lease has ended, and it was set aside: {lease.reason}"
    if lease and lease.token:
        return f"its lease has ended, and {lease.holder} has it until {lease.ends} UTC"
    return "its lease has ended: it was given back, or is not known"


def shorten(reason: Any) -> str:
    """Why something failed, as it is kept: one line of at most 500 characters."""
    if not isinstance(reason, str):
        raise InvalidInput(f"{shown(reason)} is not text")
    line = " ".join("".join(each if each.isprintable() else " " for each in reason[:5000]).split())
    return _parse_reason(line[:500].strip() or "no reason given")


def parse_seconds(value: Any) -> int:
    """How long a lease lasts."""
    return _within(SHORTEST, LONGEST)(value)


def _within(lowest: int, highest: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        whole = integer_parser(lowest)(value)
        if whole > highest:
            raise InvalidInput(f"{shown(value)} is more than {highest:,}: it takes {lowest} to {highest:,}")
        return whole

    return parse


def _parse_id(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise InvalidInput(f"'items': {shown(value)} is not the id of an item")
    return value


def _algorithm(element: dict[str, Any]) -> tuple[str, str]:
    return field(element, "algo_name", parse_algo_name), field(element, "algo_version", parse_algo_version)
