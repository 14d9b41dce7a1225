"""What an export is of, and whether it can be."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Self

from .errors import InvalidInput
from .formats import format_datetime, iso_form, parse_datetime, shown
from .like import check_pattern

KINDS = ("camtrapdp", "dwca", "coco", "parquet", "csv")
LICENCES = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/legalcode",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/legalcode",
    "CC-BY-NC-4.0": "https://creativecommons.org/licenses/by-nc/4.0/legalcode",
}


_LONGEST = 500
_MOST_CONTRIBUTORS = 100
_NUMBER, _NONE = (int, float), type(None)
_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "devices": ((str,), "a pattern"),
    "project": ((int, _NONE), "the id of a project"),
    "algorithm": ((str, _NONE), "a name, or (name, version)"),
    "people": ((bool,), "true or false"),
    "images": ((bool,), "true or false"),
    "validation": (_NUMBER, "a share, 0 <= validation < 1"),
    "latitude": ((*_NUMBER, _NONE), "degrees"),
    "longitude": ((*_NUMBER, _NONE), "degrees"),
    "title": ((str,), "a text"),
    "licence": ((str,), "one of " + ", ".join(LICENCES)),
    "contributors": ((str,), "names"),
}


@dataclass(frozen=True)
class Query:
    """What an export is of, and what it says about itself.

    Attributes:
        start, end: images in start <= datetime < end, naive UTC, and tuboids that begin then.
        devices: a LIKE pattern, as in `get_image_series`.
        project: id of the project whose deployments are taken; None: of each device, from its first image to its last.
        algorithm: whose labels (contours, in `coco`) are taken: a name, or (name, version); None: there is only one.
        people: whether a person's label is taken before that of the algorithm; in `coco`, whether only the contours
            that people have drawn or corrected are taken.
        images: whether the pictures are downloaded into the folder, too (`camtrapdp` and `coco`).
        validation: share of the devices whose images are for validation (`coco`).
        latitude, longitude: of traps whose images and deployments do not tell theirs, degrees.
        title: of the data set.
        licence: of the data: one of `LICENCES`.
        contributors: names, the first is whom to ask.
    """

    start: datetime
    end: datetime
    devices: str = "%"
    project: int | None = None
    algorithm: str | tuple[str, str] | None = None
    people: bool = True
    images: bool = False
    validation: float = 0.2
    latitude: float | None = None
    longitude: float | None = None
    title: str = "Sticky Pi traps"
    licence: str = "CC-BY-4.0"
    contributors: tuple[str, ...] = ("Sticky Pi",)

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Self:
        """A query of what users write. Raises InvalidInput, saying which option is wrong."""
        known = [field.name for field in fields(cls)]
        if unknown := sorted(given.keys() - set(known)):
            raise InvalidInput(f"{shown(unknown[0])} is no option of an export: it takes {', '.join(known)}")
        values = dict(given)
        if missing := [name for name in ("start", "end") if values.get(name) is None]:
            raise InvalidInput(f"{missing[0]!r} is missing: it takes a datetime")
        values |= {name: parse_datetime(values[name]) for name in ("start", "end")}
        for name in ("algorithm", "contributors"):
            if isinstance(values.get(name), list):
                values[name] = tuple(values[name])
        if isinstance(values.get("contributors"), str):
            values["contributors"] = (values["contributors"],)
        query = cls(**values)
        query.check()
        return query

    def check(self) -> None:
        """Raises InvalidInput where an option is wrong."""
        self._check_types()
        check_pattern(self.devices)
        if self.start >= self.end:
            raise InvalidInput("'start' must be before 'end'")
        if self.licence not in LICENCES:
            raise InvalidInput(f"licence {shown(self.licence)} is unknown: it takes one of {', '.join(LICENCES)}")
        if not 0 <= self.validation < 1:
            raise InvalidInput(f"validation is {shown(self.validation)}: it takes a share, 0 <= validation < 1")
        if (self.latitude is None) != (self.longitude is None):
            raise InvalidInput("latitude and longitude go together")
        if not (abs(self.latitude or 0) <= 90 and abs(self.longitude or 0) <= 180):
            raise InvalidInput("latitude is within -90 and 90 degrees, longitude within -180 and 180")
        if isinstance(self.algorithm, tuple) and (len(self.algorithm) != 2 or None in self.algorithm):
            raise InvalidInput(f"algorithm is {shown(self.algorithm)}: it takes a name, or (name, version)")
        if not self.contributors or not all(self.contributors):
            raise InvalidInput("contributors are missing: it takes a name at least, and none that is empty")
        if len(self.contributors) > _MOST_CONTRIBUTORS:
            raise InvalidInput(f"contributors are {len(self.contributors)}: it takes at most {_MOST_CONTRIBUTORS}")

    def _check_types(self) -> None:
        for name, (kinds, wanted) in _TYPES.items():
            value = getattr(self, name)
            values = value if isinstance(value, tuple) else (value,)
            if not all(isinstance(each, kinds) and isinstance(each, bool) <= (bool in kinds) for each in values):
                raise InvalidInput(f"{name} is {shown(value)}: it takes {wanted}")
            if any(isinstance(each, str) and len(each) > _LONGEST for each in values):
                raise InvalidInput(f"{name} is longer than {_LONGEST} characters")
            if any(isinstance(each, str) and not each.isprintable() for each in values):
                raise InvalidInput(f"{name} is {shown(value)}: it takes printable characters")

    def to_json(self) -> dict[str, Any]:
        """The options as a manifest has them."""
        return {**asdict(self), "start": iso(self.start), "end": iso(self.end)}


def check_kind(kind: object) -> None:
    """Raises InvalidInput for what is not one of `KINDS`."""
    if kind not in KINDS:
        raise InvalidInput(f"{shown(kind)} is no kind of export: it takes one of {', '.join(KINDS)}")


def iso(moment: datetime) -> str:
    """ISO 8601 in whole seconds, with `Z`."""
    return iso_form(format_datetime(moment))
