"""Annotations as `put_uid_annotations` takes them.

A call may hold a million points, so contours are checked with a few passes over flat lists; only where one fails
is it looked for which.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from types import NoneType
from typing import Any, NamedTuple

from .errors import Conflict, InvalidInput, TooLarge
from .formats import image_name, parse_datetime, parse_device, shown
from .info import ImageKey, check_distinct, dictionary, field, parse_all, parse_each, refuse
from .limits import ANNOTATION
from .values import parse_algo_name, parse_algo_version, parse_md5, parse_token, text_parser

_TEXTS = ("name", "fill_colour", "stroke_colour")
_parse_text = text_parser(64)


@dataclass(frozen=True, slots=True)
class NewAnnotation:
    """What one algorithm found on one image; `json` is the whole submitted object, `lease` what it was held by."""

    device: str
    datetime: datetime
    md5: str
    algo_name: str
    algo_version: str
    n_objects: int
    json: str
    lease: str | None = None

    @property
    def image(self) -> ImageKey:
        """The image that was analysed."""
        return ImageKey(self.device, self.datetime)

    @property
    def algorithm(self) -> tuple[str, str]:
        """Its name and version: an image has one annotation of each."""
        return self.algo_name, self.algo_version


class Parent(NamedTuple):
    """A stored image, as far as its annotations need it."""

    id: int
    md5: str


def compact_json(value: Any) -> str:
    """JSON without blanks. Raises ValueError for what JSON has no word for."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def new_annotations(info: Any) -> list[NewAnnotation]:
    """The annotations that `info` describes.

    Args:
        info: per image `{'annotations': [...], 'metadata': {...}}`, plain lists and dictionaries.

    Raises:
        InvalidInput: `items` say which elements are wrong, also where two are of the same image and algorithm.
    """
    return _distinct(parse_each(info, lambda element: _new_annotation(element, _written(element))))


def read_annotations(texts: Sequence[bytes], loads: Callable[[bytes], Any]) -> list[NewAnnotation]:
    """The same from elements that are still JSON: stored as they are, none in memory longer than it is checked."""
    return _distinct(parse_all(texts, lambda text: _new_annotation(dictionary(_read(text, loads)), text.decode())))


def _distinct(annotations: list[NewAnnotation]) -> list[NewAnnotation]:
    keys = [(annotation.image, *annotation.algorithm) for annotation in annotations]
    check_distinct(keys, lambda key: f"the annotation of {image_name(*key[0])} by {key[1]} {key[2]}")
    return annotations


def _written(element: Any) -> str:
    try:
        text = compact_json(element)
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidInput(f"it has no JSON form: {error}") from error
    _check_size(text)
    return text


def _check_size(text: str | bytes) -> None:
    if len(text) > ANNOTATION:
        limit = ANNOTATION / 1e6
        raise TooLarge(
            f"its JSON has {len(text) / 1e6:.1f} MB: the annotation of one image takes at most {limit:.0f} MB"
        )


def _read(text: bytes, loads: Callable[[bytes], Any]) -> Any:
    _check_size(text)
    try:
        return loads(text)
    except ValueError as error:
        raise InvalidInput(f"it is not JSON: {error}", code="not_json") from error


def _new_annotation(element: dict[str, Any], text: str) -> NewAnnotation:
    metadata, objects = element.get("metadata"), element.get("annotations")
    if not isinstance(metadata, dict):
        raise InvalidInput(f"'metadata' is {shown(metadata)}: it takes a dictionary")
    if not isinstance(objects, list):
        raise InvalidInput(f"'annotations' is {shown(objects)}: it takes a list of objects")
    _check_objects(objects)
    return NewAnnotation(
        device=field(metadata, "device", parse_device),
        datetime=field(metadata, "datetime", parse_datetime),
        md5=field(metadata, "md5", parse_md5),
        algo_name=field(metadata, "algo_name", parse_algo_name),
        algo_version=field(metadata, "algo_version", parse_algo_version),
        n_objects=len(objects),
        json=text,
        lease=field(metadata, "lease", parse_token, default=None),
    )


def _check_objects(objects: list[Any]) -> None:
    if _are_sound(objects):
        return
    for index, found in enumerate(objects):
        try:
            _check_object(found)
        except InvalidInput as error:
            raise InvalidInput(f"annotations[{index}]: {error.detail}") from error


def _are_sound(objects: list[Any]) -> bool:
    """Whether all objects are surely right, found in a few passes; where not, `_check_object` has the last word."""
    try:
        for name in _TEXTS:
            for text in {found.get(name) for found in objects} - {None}:
                _parse_text(text)
        values = {type(found.get("value")) for found in objects}
        return values <= {int, float, NoneType} and _are_contours([found["contour"] for found in objects])
    except (AttributeError, KeyError, TypeError, InvalidInput):
        return False


def _check_object(found: Any) -> None:
    if not isinstance(found, dict):
        raise InvalidInput(f"{shown(found)} is not a dictionary")
    if not _is_contour(found.get("contour")):
        raise InvalidInput(
            f"'contour' is {shown(found.get('contour'))}: it takes [[[x, y]], [[x, y]], ...], integers, at least one"
        )
    for name in _TEXTS:
        field(found, name, _parse_text, default=None)
    value = found.get("value")
    if value is not None and not isinstance(value, int | float):
        raise InvalidInput(f"'value': {shown(value)} is not a number")


def _is_contour(value: Any) -> bool:
    try:
        return _are_contours([value])
    except TypeError:
        return False


def _are_contours(contours: list[Any]) -> bool:
    """Whether each is n x 1 x 2 integers, n >= 1.

    Data from JSON is looked at, so integers can only have come out of lists: dictionaries and texts yield texts.
    """
    points = list(chain.from_iterable(contours))
    pairs = list(chain.from_iterable(points))
    sizes = all(contours) and set(map(len, points)) <= {1} and set(map(len, pairs)) <= {2}
    # `type`, not isinstance: a bool is an int.
    return sizes and set(map(type, chain.from_iterable(pairs))) <= {int}


def match_parents(annotations: Sequence[NewAnnotation], stored: Mapping[ImageKey, Parent]) -> list[int]:
    """The id of the image of each annotation. Raises InvalidInput where it is not there, or has another md5."""
    items = []
    for index, annotation in enumerate(annotations):
        parent, name = stored.get(annotation.image), image_name(*annotation.image)
        if parent is None:
            items.append({"index": index, "detail": f"image {name} is not there"})
        elif parent.md5 != annotation.md5:
            detail = (
                f"the md5 of the stored image {name} is {parent.md5}, not {annotation.md5}: another one was analysed"
            )
            items.append({"index": index, "detail": detail})
    refuse(InvalidInput, items, of=len(annotations))
    return [stored[annotation.image].id for annotation in annotations]


def refuse_stored(
    annotations: Sequence[NewAnnotation], parents: Sequence[int], stored: Collection[tuple[int, str, str]]
) -> None:
    """Raises Conflict where `stored` has (id of the image, algo_name, algo_version) of an annotation already."""
    items = [
        {"index": index, "detail": f"{image_name(*new.image)} already has an annotation by {' '.join(new.algorithm)}"}
        for index, (new, parent) in enumerate(zip(annotations, parents, strict=True))
        if (parent, *new.algorithm) in stored
    ]
    refuse(Conflict, items, of=len(annotations))
