"""COCO (https://cocodataset.org/#format-data): contours as polygons, images of a device in one split only."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import InvalidInput
from ..core.exports import LICENCES, iso
from ..core.formats import image_name
from ..core.people import is_person
from ..types import MetadataType
from .folder import Folder
from .pictures import download_images
from .season import Season, series


def write(season: Season, folder: Folder) -> None:
    """Writes `instances_train.json` and `instances_val.json`."""
    chosen = Chosen(season)
    categories: dict[str, int] = {}
    names = ["train", "val"] if season.query.validation else ["train"]
    splits = {name: Split(folder, name, categories) for name in names}
    for device in season.each_device():
        split = splits["val" if _is_validation(device, season.query.validation) else "train"]
        for image, found in _annotated(season, chosen, device):
            split.add(image, found)
    info = {"description": season.query.title, "date_created": folder.created, "version": "1"}
    licence = {"id": 1, "name": season.query.licence, "url": LICENCES[season.query.licence]}
    for split in splits.values():
        split.finish({"info": info, "licenses": [licence]})
    if season.query.images:
        download_images(season, folder, {number for split in splits.values() for number in split.images})


class Chosen:
    """Which annotation of an image is taken: of one version of an algorithm, or the latest of people."""

    def __init__(self, season: Season) -> None:
        self._asked = season.query.algorithm
        self._people = season.query.people and self._asked is None
        self._seen: set[tuple[str, str]] = set()

    def of(self, annotations: MetadataType) -> dict[int, dict[str, Any]]:
        """Annotation by id of the image. Raises InvalidInput where several versions would do."""
        taken = [row for row in annotations if self._takes(row["algo_name"], row["algo_version"])]
        if not self._people:
            self._seen |= {(row["algo_name"], row["algo_version"]) for row in taken}
            if len(self._seen) > 1:
                names = " or ".join(map(repr, sorted(self._seen)))
                raise InvalidInput(f"annotations are by several versions: choose algorithm={names}")
        return {row["parent_image_id"]: row for row in sorted(taken, key=lambda row: (row["algo_version"], row["id"]))}

    def _takes(self, name: str, version: str) -> bool:
        if self._asked is None:
            return is_person(name) == self._people
        return (name, version) == tuple(self._asked) if isinstance(self._asked, tuple) else name == self._asked


class Split:
    """One file. Its annotations are kept on disk until all images are written."""

    def __init__(self, folder: Folder, name: str, categories: dict[str, int]) -> None:
        self._folder, self._name = folder, f"instances_{name}.json"
        self._parts = {part: _Part(folder.path / f".{name}.{part}") for part in ("images", "annotations")}
        self._categories = categories
        self.images: set[int] = set()

    def add(self, image: Mapping[str, Any], annotation: Mapping[str, Any]) -> None:
        """An image with what was found on it."""
        self.images.add(image["id"])
        self._parts["images"].add(
            {
                "id": image["id"],
                "file_name": image_name(image["device"], image["datetime"]),
                "width": image["width"],
                "height": image["height"],
                "date_captured": iso(image["datetime"]),
                "license": 1,
            }
        )
        for found in json.loads(annotation["json"])["annotations"]:
            category = self._categories.setdefault(str(found.get("name") or "insect"), len(self._categories) + 1)
            own = {"id": self._parts["annotations"].n + 1, "image_id": image["id"], "category_id": category}
            self._parts["annotations"].add({**own, **shape(found["contour"])})

    def finish(self, head: Mapping[str, Any]) -> None:
        """Puts the parts together."""
        with (self._folder.path / self._name).open("w", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(head)[:-1])
            for name, part in self._parts.items():
                file.write(f',\n"{name}": [')
                part.move_into(file)
                file.write("]")
            categories = [{"id": number, "name": name} for name, number in self._categories.items()]
            file.write(f',\n"categories": {json.dumps(categories)}}}\n')
        self._folder.count(self._name, self._parts["annotations"].n)


class _Part:
    def __init__(self, path: Path) -> None:
        self.n = 0
        self._path = path
        self._file = path.open("w", encoding="utf-8", newline="\n")

    def add(self, item: Mapping[str, Any]) -> None:
        self._file.write(f"{',' if self.n else ''}\n{json.dumps(item, separators=(',', ':'))}")
        self.n += 1

    def move_into(self, file: Any) -> None:
        self._file.close()
        with self._path.open(encoding="utf-8") as part:
            shutil.copyfileobj(part, file)
        self._path.unlink()


def shape(contour: Sequence[Sequence[Sequence[int]]]) -> dict[str, Any]:
    """Polygon, bounding box and area (shoelace formula) of a contour, n x 1 x 2.

    A contour of one or two points has no area; COCO takes three, so it becomes its bounding box, a pixel wide at least.
    """
    points = [point for (point,) in contour]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, top, width, height = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
    if len(points) < 3:
        width, height = max(width, 1), max(height, 1)
        points = [[left, top], [left + width, top], [left + width, top + height], [left, top + height]]
    following = [*points[1:], *points[:1]]
    doubled = sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in zip(points, following, strict=True))
    return {
        "segmentation": [[coordinate for point in points for coordinate in point]],
        "bbox": [left, top, width, height],
        "area": abs(doubled) / 2,
        "iscrowd": 0,
    }


def _annotated(season: Season, chosen: Chosen, device: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for (start, end), rows in season.annotations(device):
        if found := chosen.of(rows):
            for image in season.client.get_image_series(series(device, start, end)):
                if image["id"] in found:
                    yield image, found[image["id"]]


def _is_validation(device: str, share: float) -> bool:
    """By the device alone: it is in the same split in all exports."""
    return int(hashlib.md5(device.encode(), usedforsecurity=False).hexdigest()[:8], 16) < share * 2**32
