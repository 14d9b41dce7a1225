"""Images of a folder that detectors have yet to annotate."""

from datetime import UTC, datetime

from ..core.limits import TO_ANNOTATE
from ..core.records import ImageRow
from ..core.series import device_ranges
from ..core.work import HELD_FOR, annotation_work
from .files import LocalFiles
from .images import with_urls
from .schema import IMAGE_HOLDS
from .store import Store


def get_images_to_annotate(store: Store, storage: LocalFiles, info: object, what: str) -> list[ImageRow[datetime]]:
    """Holds the first images that are not annotated, and that nobody else has."""
    work = annotation_work(info)
    if work is None:
        return []
    now = datetime.now(UTC).replace(tzinfo=None)
    with store.writing() as rows:
        rows.delete_holds(now)
        ranges = device_ranges(work.series, rows.devices())
        found = rows.to_annotate(ranges, work.algo_name, work.algo_version, TO_ANNOTATE)
        algorithm = {"algo_name": work.algo_name, "algo_version": work.algo_version}
        holds = [{"image_id": row["id"], **algorithm, "expires": now + HELD_FOR} for row in found]
        rows.insert(IMAGE_HOLDS, holds)
    return with_urls(storage, found, what)
