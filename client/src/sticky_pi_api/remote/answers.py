"""What a server answers, checked as far as the client relies on it: one that is broken may say anything."""

from datetime import datetime
from typing import Any

from ..core import deployments, records
from ..core.errors import Unavailable
from ..core.formats import shown
from ..types import MetadataType

_IMAGE: dict[str, Any] = {"id": int, "device": str, "datetime": datetime}
_ANNOTATION = {"id": int, "parent_image_id": int}
_TUBOID = {"id": int, "tuboid_id": str}
_BUNDLE_FILE = {"key": str, "url": str, "md5": str, "mtime": int | float}
_NEEDED: dict[str, dict[str, Any]] = {
    "get_images": _IMAGE,
    "get_image_series": _IMAGE,
    "_put_new_images": _IMAGE,
    "get_uid_annotations": _ANNOTATION,
    "get_uid_annotations_series": _ANNOTATION,
    "get_tiled_tuboid_series": _TUBOID,
    "_put_tiled_tuboids": _TUBOID,
    "_get_itc_labels": {"id": int, "parent_tuboid_id": int},
    "_get_ml_bundle_file_list": _BUNDLE_FILE,
    "_get_ml_bundle_upload_links": {"key": str},
}
_SERIES = ("get_project_series", "put_project_series", "delete_project_series")
_READERS = dict.fromkeys(_SERIES, deployments.from_wire)  # their columns are a project's own


def read_rows(operation: str, answer: Any) -> MetadataType:
    """The rows of an answer, datetimes naive UTC. Raises Unavailable if it is not one of this operation."""
    if not isinstance(answer, list):
        raise _unsound(operation, f"{shown(answer)} is not a list")
    if odd := [row for row in answer if not isinstance(row, dict)]:
        raise _unsound(operation, f"{shown(odd[0])} is not a row")
    try:
        rows = _READERS.get(operation, records.from_wire)(answer)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unsound(operation, f"it has datetimes that cannot be read ({shown(error)})") from error
    for column, kind in _NEEDED.get(operation, {}).items():
        for row in rows:
            if not isinstance(row.get(column), kind):
                raise _unsound(operation, f"{column!r} of a row is {shown(row.get(column))}")
    return rows


def _unsound(operation: str, why: str) -> Unavailable:
    return Unavailable(f"the answer to {operation} is not a Sticky Pi server's: {why}")
