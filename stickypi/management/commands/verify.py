"""Compares rows with stored files: rows without files, files without rows, damaged files, thumbnails that are absent.

Ends with 0 if all is well, or repaired; 1 if something is wrong; 2 if it could not go on. Each finding is a line.
"""

import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from sticky_pi_api.core.errors import Unavailable
from sticky_pi_api.core.formats import format_datetime
from stickypi.storage.verification import QUARANTINE, Finding, Kind, Step, verify

_EVERY = 10.0  # seconds between two lines of progress
_MEBIBYTE = 1 << 20


@dataclass
class State:
    """How far it has come and what it has found, as the file of `--state` has it."""

    deep: bool
    after: str = ""
    files: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)

    def add(self, step: Step) -> None:
        self.after = step.last
        self.files[step.folder] += step.n_files
        self.bytes[step.folder] += step.n_bytes
        self.found.update(finding.kind.value for finding in step.findings)
        self.repaired.update(finding.kind.value for finding in step.findings if finding.repaired)

    @property
    def n_open(self) -> int:
        return self.found.total() - self.repaired.total()


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--deep", action="store_true", help="read every file and compare md5s")
        parser.add_argument(
            "--repair",
            action="store_true",
            help=f"make thumbnails anew, and move files without a row below {QUARANTINE}/; nothing is deleted",
        )
        parser.add_argument("--json", action="store_true", help="a JSON object a line: the findings, then a summary")
        parser.add_argument(
            "--state",
            type=Path,
            metavar="FILE",
            help="keep there how far it has come; a run after a kill goes on there",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        state = _read_state(options["state"], deep=options["deep"])
        moment = format_datetime(datetime.now(UTC).replace(tzinfo=None))
        quarantine = f"{QUARANTINE}/{moment}" if options["repair"] else None
        told = time.monotonic()
        try:
            for step in verify(deep=options["deep"], quarantine=quarantine, after=state.after):
                for finding in step.findings:
                    self._tell(finding, as_json=options["json"])
                state.add(step)
                self.stdout.flush()
                _write_state(options["state"], state)
                if time.monotonic() > told + _EVERY:
                    self.stderr.write(f"{_amount(state)}, {state.found.total():,} findings; at {step.last}")
                    told = time.monotonic()
        except (Unavailable, Error) as error:
            where = f"; run it again with --state {options['state']} to go on" if options["state"] else ""
            raise CommandError(f"stopped after {state.after or 'nothing'}: {error}{where}", returncode=2) from error
        self._sum_up(state, as_json=options["json"])
        if options["state"]:
            options["state"].unlink(missing_ok=True)
        if state.n_open:
            sys.exit(1)

    def _tell(self, finding: Finding, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(
                json.dumps({name: value for name, value in asdict(finding).items() if name != "is_derived"})
            )
        else:
            # A name may have anything in it, also what a terminal obeys.
            key = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in finding.key)
            self.stdout.write(f"{finding.kind:<12}  {key}: {finding.repaired or finding.detail}")

    def _sum_up(self, state: State, *, as_json: bool) -> None:
        if as_json:
            summary = {name: value for name, value in vars(state).items() if name != "after"}
            self.stdout.write(json.dumps({"summary": {**summary, "open": state.n_open}}))
            return
        self.stdout.write(f"\n{'folder':<16}{'files':>12}{'MiB':>12}")
        for folder in sorted(state.files):
            mebibytes = state.bytes[folder] / _MEBIBYTE
            self.stdout.write(f"{folder:<16}{state.files[folder]:>12,}{mebibytes:>12,.1f}")
        self.stdout.write(f"\n{'finding':<16}{'number':>12}{'repaired':>12}")
        for kind in Kind:
            self.stdout.write(f"{kind.value:<16}{state.found[kind.value]:>12,}{state.repaired[kind.value]:>12,}")


def _amount(state: State) -> str:
    return f"{state.files.total():,} files, {state.bytes.total() / _MEBIBYTE:,.0f} MiB"


def _read_state(path: Path | None, *, deep: bool) -> State:
    if path is None or not path.exists():
        return State(deep)
    try:
        kept = json.loads(path.read_text())
        counters = {name: Counter(kept[name]) for name in ("files", "bytes", "found", "repaired")}
        state = State(kept["deep"], kept["after"], **counters)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} is not the state of a run: {error!r}", returncode=2) from error
    if state.deep != deep:
        raise CommandError(f"{path} is of a run {'with' if state.deep else 'without'} --deep", returncode=2)
    return state


def _write_state(path: Path | None, state: State) -> None:
    if path is None:
        return
    try:
        new = path.with_name(f"{path.name}.new")
        new.write_text(json.dumps(vars(state)))
        new.replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}", returncode=2) from error
