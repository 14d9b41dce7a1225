"""Annotations of images that are at both places."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..core.chunks import chunker
from ..core.errors import APIError, Conflict, InvalidInput
from ..core.formats import image_name
from ..core.info import ImageKey
from ..types import MetadataType
from .parallel import each_of, put_sound
from .places import Asked, Place
from .tasks import Task

_IMAGES = 50  # whose annotations are read, and written, by a call
_BYTES = 20_000_000  # of JSON in a call


class _Identity(NamedTuple):
    """What identifies an annotation."""

    image: ImageKey
    algo_name: str
    algo_version: str

    def __str__(self) -> str:
        return f"{image_name(*self.image)} by {self.algo_name} {self.algo_version}"


class _Annotations(NamedTuple):
    """Those of a slice, with their images."""

    images: dict[int, ImageKey]
    md5s: dict[ImageKey, str]
    rows: dict[_Identity, dict[str, Any]]


def copy_annotations(task: Task) -> None:
    """Copies the annotations that are absent."""
    for wanted, result in each_of(lambda wanted: _transfer(task, wanted), _wanted(task), task.n_threads):
        if isinstance(result, APIError):
            for identity in wanted:
                task.report.problem("annotations", str(identity), result)
            continue
        for identity, error in result.items():
            task.report.problem("annotations", str(identity), error)
        task.report.copied("annotations", len(wanted) - len(result))


def _wanted(task: Task) -> Iterator[list[_Identity]]:
    """The annotations that are absent, those of a few images at a time."""
    for part in task.slices():
        ours, theirs = _read(task.source, part), _read(task.target, part)
        absent: dict[ImageKey, list[_Identity]] = {}
        for identity, row in ours.rows.items():
            if identity.image not in theirs.md5s and "images" in task.what:
                continue  # what became of its image is told already
            if error := _problem(identity, row, ours, theirs):
                task.report.problem("annotations", str(identity), error)
            elif identity in theirs.rows:
                task.report.there("annotations", 1)
            else:
                absent.setdefault(identity.image, []).append(identity)
        for images in chunker(absent, _IMAGES):
            yield [identity for image in images for identity in absent[image]]


def _read(place: Place, part: Asked) -> _Annotations:
    images = place.client.get_image_series(part.info)
    key_of = {row["id"]: ImageKey(row["device"], row["datetime"]) for row in images}
    rows = place.client.get_uid_annotations_series(part.info) if images else []
    md5s = {key_of[row["id"]]: row["md5"] for row in images}
    return _Annotations(key_of, md5s, _by_identity(rows, key_of))


def _by_identity(rows: MetadataType, key_of: Mapping[int, ImageKey]) -> dict[_Identity, dict[str, Any]]:
    return {
        _Identity(key_of[row["parent_image_id"]], row["algo_name"], row["algo_version"]): row
        for row in rows
        if row["parent_image_id"] in key_of  # else its image came in between two calls
    }


def _problem(identity: _Identity, row: Mapping[str, Any], ours: _Annotations, theirs: _Annotations) -> APIError | None:
    """Why an annotation is not copied, if it is not."""
    if identity.image not in theirs.md5s:
        return InvalidInput("its image is not at the target")
    if theirs.md5s[identity.image] != ours.md5s[identity.image]:
        return Conflict("its image is another one at the target")
    there = theirs.rows.get(identity)
    if there and there["n_objects"] != row["n_objects"]:
        return Conflict(f"it is already there with {there['n_objects']} objects, not {row['n_objects']}")
    return None


def _transfer(task: Task, wanted: list[_Identity]) -> dict[_Identity, APIError]:
    """Copies annotations. Returns those that were refused."""
    keys = sorted({identity.image for identity in wanted})
    info = [key._asdict() for key in keys]
    key_of = {row["id"]: ImageKey(row["device"], row["datetime"]) for row in task.source.client.get_images(info)}
    found = _by_identity(task.source.client.get_uid_annotations(info, "data"), key_of)
    texts = {identity: found[identity]["json"] for identity in wanted if identity in found}
    refused: dict[_Identity, APIError] = {}
    for identities in _of_bearable_size(texts):
        objects = [json.loads(texts[identity]) for identity in identities]
        errors = put_sound(task.target.client.put_uid_annotations, objects)
        refused |= {identities[index]: error for index, error in errors.items()}
        task.report.transferred(sum(len(texts[identity]) for identity in identities))
    return refused


def _of_bearable_size(texts: Mapping[_Identity, str]) -> Iterator[list[_Identity]]:
    together: list[_Identity] = []
    size = 0
    for identity, text in texts.items():
        if together and size + len(text) > _BYTES:
            yield together
            together, size = [], 0
        together.append(identity)
        size += len(text)
    if together:
        yield together
