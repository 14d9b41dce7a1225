"""The files of bundles: each stands for itself, for a bundle has no row."""

from collections.abc import Collection, Iterator

from bundles import queries
from bundles.md5s import known_md5s
from sticky_pi_api.core.bundles import has_md5, part_sizes
from sticky_pi_api.core.chunks import chunker
from stickypi.storage import files
from stickypi.storage.owners import Expected, FileOwner
from stickypi.storage.stored import StoredFile

_CHUNK = 500


class BundleFiles(FileOwner):
    """Whatever is in the folder of the bundles is theirs: other files than a bundle takes are passed over there."""

    folder = "ml"

    def owned(self, keys: Collection[str]) -> set[str]:
        return files().existing(keys)

    def expected(self, after: str) -> Iterator[Expected]:
        for chunk in chunker(files().list_files(self.folder, after), _CHUNK):
            md5_of = known_md5s(chunk)
            yield from (Expected(file.key, md5_of.get(file.key)) for file in chunk)

    def damage(self, expected: Expected, stored: StoredFile) -> str | None:
        md5 = expected.md5 or queries.recorded_md5(stored)
        if not md5 or not part_sizes(md5, stored.size):  # none was recorded, or in parts of a size that is not known
            return None
        if has_md5(md5, stored.size, lambda: files().stream(stored.key)):
            return None
        return f"its md5 is not {md5}, which it had when it came"
