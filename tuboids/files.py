"""The files of tuboids: which there should be, and whether they are sound."""

from collections.abc import Collection, Iterator
from itertools import groupby

from sticky_pi_api.core.jpeg import check_jpeg
from sticky_pi_api.core.layout import tuboid_keys
from sticky_pi_api.core.shots import parse_metadata
from stickypi.storage.checking import damage_of
from stickypi.storage.owners import Expected, FileOwner
from stickypi.storage.stored import StoredFile
from tuboids import queries

_RUN = len("08038ade.2020-07-08_20-00-00.2020-07-09_15-00-00")  # of a tuboid_id: device, start and end


class TuboidFiles(FileOwner):
    """The three files of a tuboid."""

    folder = "tiled_tuboids"

    def owned(self, keys: Collection[str]) -> set[str]:
        named = {key: tuboid_id for key in keys if (tuboid_id := _tuboid_of(key))}
        there = queries.ids_of_tuboids(named.values())
        return {key for key, tuboid_id in named.items() if tuboid_id in there}

    def expected(self, after: str) -> Iterator[Expected]:
        first = after.split("/")[1][:_RUN] if after.startswith(f"{self.folder}/") else ""
        # In the order of keys, `<series>/` comes after `<series>.<version>/`; in that of tuboid_ids, before it.
        for _, of_run in groupby(queries.tuboid_ids_from(first), lambda tuboid_id: tuboid_id[:_RUN]):
            for key in sorted(key for tuboid_id in of_run for key in tuboid_keys(tuboid_id)):
                if key > after:
                    yield Expected(key)

    def damage(self, expected: Expected, stored: StoredFile) -> str | None:
        return damage_of(expected, parse_metadata if expected.key.endswith(".txt") else check_jpeg)


def _tuboid_of(key: str) -> str | None:
    """The tuboid that has a file with this key; None if no tuboid can have it."""
    tuboid_id = "".join(key.split("/")[2:3])
    return tuboid_id if key in tuboid_keys(tuboid_id) else None
