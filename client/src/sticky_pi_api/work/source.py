"""Where work comes from."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from ..core.work import Asked, Held


@dataclass(frozen=True)
class Lease:
    """Items that a worker got, and (where these are fewer than it asked for) how many more others hold."""

    token: str
    items: list[dict[str, Any]]
    n_held: int


class WorkSource(ABC):
    """Leases of a folder or a server."""

    @abstractmethod
    def take(self, kind: str, asked: Asked) -> Lease:
        """Items that this version of an algorithm has not done, and that nobody holds."""

    @abstractmethod
    def extend(self, held: Held) -> list[int]:
        """Keeps items longer. Returns those that are still ours."""

    @abstractmethod
    def give_back(self, held: Held) -> None:
        """Ends leases at once, so that other workers get the items."""

    @abstractmethod
    def fail(self, held: Held) -> None:
        """Says that items cannot be done, and why."""
