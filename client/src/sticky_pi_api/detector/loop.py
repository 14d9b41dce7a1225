"""The reference detector and matcher at work on a folder or a server: what is there already is not done again."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tqdm import tqdm

from ..base import BaseClient
from ..core.chunks import chunker
from ..core.detections import contours
from ..core.formats import parse_datetime
from ..core.tuboids import TuboidSeries
from ..types import MetadataType
from .contours import NAME, USUAL, Parameters, annotate
from .matching import MATCHER, MATCHER_VERSION, follow
from .tiling import write_tuboids

_IMAGES = 32  # on disk at a time


def detect(
    client: BaseClient, device: str, start: Any, end: Any, parameters: Parameters = USUAL, progress: bool = False
) -> MetadataType:
    """Annotates the images of a LIKE pattern, start <= datetime < end, that this version has not annotated.

    Returns:
        The stored annotations, as `put_uid_annotations`.
    """
    series = [{"device": device, "start_datetime": start, "end_datetime": end}]
    version = NAME, parameters.version
    known = {
        row["parent_image_id"]
        for row in client.get_uid_annotations_series(series)
        if (row["algo_name"], row["algo_version"]) == version
    }
    waiting = [row for row in client.get_image_series(series, what="image") if row["id"] not in known]
    stored: MetadataType = []
    with tqdm(total=len(waiting), unit="image", disable=not progress) as bar:
        for rows in chunker(waiting, _IMAGES):
            with TemporaryDirectory() as folder:
                client.download_images(list(rows), folder)
                found = [annotate(path, parameters) for path in sorted(Path(folder).rglob("*.jpg"))]
            stored += client.put_uid_annotations(found)
            bar.update(len(rows))
    return stored


def match(
    client: BaseClient,
    device: str,
    start: Any,
    end: Any,
    detector: tuple[str, str] = (NAME, USUAL.version),
) -> MetadataType:
    """Makes tuboids of the annotations of one device by one version of a detector, start <= datetime < end.

    Returns:
        The stored tuboids, as `put_tiled_tuboids`; none where no insect was seen often enough.
    """
    start, end = parse_datetime(start), parse_datetime(end)
    series = [{"device": device, "start_datetime": start, "end_datetime": end}]
    images = {row["id"]: row for row in client.get_image_series(series, what="image")}
    annotations = client.get_uid_annotations_series(series, what="data")
    ours = [row for row in annotations if (row["algo_name"], row["algo_version"]) == detector]
    seen = {parse_datetime(images[row["parent_image_id"]]["datetime"]): contours(row["json"]) for row in ours}
    tracks = follow(sorted(seen.items(), key=lambda item: item[0]))
    if not tracks:
        return []
    made = TuboidSeries(device, start, end, len(seen), len(tracks), MATCHER, MATCHER_VERSION)
    with TemporaryDirectory() as folder:
        read_image = _reader(client, list(images.values()), Path(folder))
        folders = write_tuboids(tracks, made, read_image, Path(folder) / "tuboids")
        return client.put_tiled_tuboids([str(path) for path in folders], made.to_record())


def _reader(client: BaseClient, images: MetadataType, folder: Path) -> Callable[[datetime], bytes]:
    rows = {parse_datetime(row["datetime"]): row for row in images}

    def read(moment: datetime) -> bytes:
        with TemporaryDirectory(dir=folder) as alone:
            client.download_images([rows[moment]], alone)
            (path,) = Path(alone).rglob("*.jpg")
            return path.read_bytes()

    return read
