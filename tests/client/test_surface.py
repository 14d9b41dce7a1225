"""Every name and parameter that users have a reference of is there, and says what it is for."""

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from tests.client.documented import SURFACE
from tests.services import ROOT

REFERENCE = ROOT.parent / "shared" / "reference" / "sticky_pi_api.txt"
_ENTRY = re.compile(r" *([\w.]+)(?:\((.*)\))?(?:: (.*))?")
_DOCUMENTED = re.compile(r"([\w.]+)(?:\((.*)\))?\[source\]¶")


def entries(surface: str) -> Iterator[tuple[str, str | None, list[str]]]:
    """Full name, parameters (None: it takes no call) and bases of each entry of the table."""
    owner = ""
    for line in surface.strip().splitlines():
        name, parameters, bases = _ENTRY.fullmatch(line).groups()
        owner = owner if line.startswith(" ") else name
        yield f"{owner}.{name}" if owner != name else name, parameters, bases.split(", ") if bases else []


def documented(reference: str) -> Iterator[tuple[str, str | None]]:
    """Full name and parameters of what a page of the reference documents."""
    owner, before = "", ""
    yield "sticky_pi_api", None
    for line in reference.splitlines():
        if module := re.fullmatch(r"([\w.]+) module¶", line):
            yield module[1], None
        elif found := _DOCUMENTED.match(line):
            owner = found[1] if before == "class" else owner
            yield (found[1] if before == "class" else f"{owner}.{found[1]}"), found[2]
        elif before == "property":
            yield f"{owner}.{line.removesuffix('¶')}", None
        before = line


def look_up(full: str) -> Any:
    """A module, class, method or property."""
    parts = full.split(".")
    n_modules = next((n for n, part in enumerate(parts) if part[0].isupper()), len(parts))
    found: Any = import_module(".".join(parts[:n_modules]))
    for part in parts[n_modules:]:
        found = (
            inspect.getattr_static(found, part)
            if inspect.isclass(found) and part == parts[-1]
            else getattr(found, part)
        )
    return found


def checks(surface: str) -> Iterator[tuple[str, bool]]:
    """What is to be true of the package."""
    for full, parameters, bases in entries(surface):
        try:
            found = look_up(full)
        except (ImportError, AttributeError):
            yield full, False
            continue
        yield full, bool(inspect.getdoc(found))
        for base in bases:
            yield (
                f"{full} is a {base}",
                issubclass(
                    found, getattr(import_module(base.rpartition(".")[0] or "builtins"), base.rpartition(".")[2])
                ),
            )
        if parameters is not None:
            yield from checks_of_call(full, found, parameters)


def checks_of_call(full: str, found: Any, parameters: str) -> Iterator[tuple[str, bool]]:
    """The same of each parameter: its place, its default, and that the docstring says what it is."""
    ours = {name: each for name, each in inspect.signature(found).parameters.items() if name != "self"}
    theirs = inspect.signature(eval(f"lambda {parameters}: None")).parameters
    for place, (name, parameter) in enumerate(theirs.items()):
        mine = ours.get(name)
        same = mine is not None and (mine.kind, mine.default) == (parameter.kind, parameter.default)
        in_place = parameter.kind is parameter.VAR_KEYWORD or list(ours).index(name) == place if mine else False
        told = re.search(rf"\b{name}\b", inspect.getdoc(found) or "") is not None
        yield f"{full}({parameter})", same and in_place and told
    extra = [each for name, each in ours.items() if name not in theirs]
    yield f"{full}: what else it takes has defaults", all(each.default is not each.empty for each in extra)


def test_all_that_is_documented_is_there() -> None:
    done = list(checks(SURFACE))
    failed = [what for what, is_so in done if not is_so]
    assert (failed, len(done)) == ([], 276)


def test_the_table_is_the_reference() -> None:
    if not REFERENCE.exists():
        pytest.skip(f"there is no reference in {REFERENCE}")
    text = REFERENCE.read_text()
    assert {full: parameters for full, parameters, _ in entries(SURFACE)} == dict(documented(text))
    for full, _, bases in entries(SURFACE):
        assert not bases or re.search(rf"{re.escape(full)}\b.*Bases:\n{re.escape(','.join(bases))}", text), full
