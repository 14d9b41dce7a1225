"""Images that a detector has yet to annotate, as `get_images_to_annotate` takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from .errors import InvalidInput
from .info import Series, field, parse_each, series
from .limits import SERIES
from .values import parse_algo_name, parse_algo_version

HELD_FOR = timedelta(hours=6)


@dataclass(frozen=True)
class AnnotationWork:
    """Series of images, and the algorithm that is to annotate them, in this version or a later one."""

    series: Sequence[Series]
    algo_name: str
    algo_version: str


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


def _algorithm(element: dict[str, Any]) -> tuple[str, str]:
    return field(element, "algo_name", parse_algo_name), field(element, "algo_version", parse_algo_version)
