"""What a copy has done so far, and what it could not do."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Self

from tqdm import tqdm

from ..core.errors import APIError, Conflict


class Problem(NamedTuple):
    """Something that was not copied: of what kind (`images`, ...), its name, and why."""

    what: str
    name: str
    detail: str


@dataclass
class CopyResult:
    """What a copy has done.

    `copied` and `repaired` are numbers by kind (`images`, `annotations`, `series`, `tuboids`, `labels`, `bundles`, the
    last in files); `there` is how many were at the target already; `conflicts` are there, and differ: nothing is
    overwritten; `failures` could not be had or stored.
    """

    copied: Counter[str] = field(default_factory=Counter)
    there: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    n_bytes: int = 0
    seconds: float = 0.0
    conflicts: list[Problem] = field(default_factory=list)
    failures: list[Problem] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether the target has all that was asked for."""
        return not self.conflicts and not self.failures


class Report:
    """Collects the result, and shows it while it grows if standard error is a terminal: a context manager."""

    def __init__(self) -> None:
        self.result = CopyResult()
        self._bar = tqdm(unit="B", unit_scale=True, disable=None, leave=False, desc="Copying")
        self._start = time.monotonic()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._bar.close()
        self.result.seconds = time.monotonic() - self._start

    def transferred(self, n_bytes: int) -> None:
        """Called by any thread as files arrive."""
        with self._lock:
            self.result.n_bytes += n_bytes
            self._bar.update(n_bytes)

    def copied(self, what: str, number: int = 1, *, repaired: bool = False) -> None:
        if not number:
            return
        (self.result.repaired if repaired else self.result.copied)[what] += number
        done = ", ".join(f"{count:,} {name}" for name, count in (self.result.copied + self.result.repaired).items())
        self._bar.set_postfix_str(done, refresh=False)

    def there(self, what: str, number: int) -> None:
        if number:
            self.result.there[what] += number

    def problem(self, what: str, name: str, error: APIError) -> None:
        found = self.result.conflicts if isinstance(error, Conflict) else self.result.failures
        found.append(Problem(what, name, error.detail))
