"""The kinds of jobs: what may be asked for, and the program that does it."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.exports import Query, check_kind
from sticky_pi_api.core.formats import shown

Options = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of job.

    Attributes:
        title: for people.
        command: the program. It gets JSON (the options, `username`, `folder`) as its input, may write lines of JSON
            (`done`, `total`, `note`, `error`), and ends with 0 if all went well, with 75 if
            something is away and it is to be tried again.
        check: the options as they are kept, of those that a user gives. Raises InvalidInput.
        takes_admin: whether administrators only may ask for it.
        has_result: whether what it leaves in the folder is kept, for a week.
    """

    title: str
    command: tuple[str, ...]
    check: Callable[[Mapping[str, Any]], Options]
    takes_admin: bool = False
    has_result: bool = False


def _export_options(given: Mapping[str, Any]) -> Options:
    options = dict(given)
    check_kind(kind := options.pop("kind", None))
    return {"kind": kind, "options": Query.parse(options).to_json()}


def _no_options(given: Mapping[str, Any]) -> Options:
    if given:
        raise InvalidInput(f"{shown(next(iter(given)))}: this kind of job takes no options")
    return {}


def _manage(*arguments: str) -> tuple[str, ...]:
    return sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments


EXPORT = "export"
KINDS = {
    EXPORT: Kind("Export", (sys.executable, "-m", "sticky_pi_api.export_job"), _export_options, has_result=True),
    "lake": Kind("Bring the lake up to date", _manage("lake"), _no_options, takes_admin=True),
    "counts": Kind("Count images and captures anew", _manage("rebuild_counts"), _no_options, takes_admin=True),
    "labels": Kind("Sum up labels anew", _manage("rebuild_label_summaries"), _no_options, takes_admin=True),
    "repair": Kind(
        "Make missing thumbnails, and set files aside that have no row",
        _manage("verify", "--repair"),
        _no_options,
        takes_admin=True,
    ),
}


def kind_of(name: object) -> Kind:
    """Raises InvalidInput for a name that is none."""
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise InvalidInput(f"{shown(name)} is no kind of job: it takes one of {', '.join(KINDS)}")
    return kind
