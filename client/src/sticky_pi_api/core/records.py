"""The columns of each table in the order of the answers (contract, section 3), and rows read from the wire."""

from typing import Any

from .formats import read_wire_datetime

_COMMON = ("datetime_created", "api_version", "api_user")

SENSORS = (
    "device_version",
    "alt",
    "lat",
    "lng",
    "temp",
    "hum",
    "no_flash_shutter_speed",
    "no_flash_exposure_time",
    "no_flash_bv",
    "no_flash_iso",
    "lum",
    "bat",
    "but",
)
IMAGES = ("id", "device", "datetime", "md5", "width", "height", *SENSORS, *_COMMON)
UID_ANNOTATIONS = ("id", "parent_image_id", "algo_name", "algo_version", "n_objects", "json", *_COMMON)
TUBOID_SERIES = (
    "id",
    "device",
    "start_datetime",
    "end_datetime",
    "n_images",
    "n_tuboids",
    "algo_name",
    "algo_version",
    *_COMMON,
)
TILED_TUBOIDS = (
    "id",
    "parent_series_id",
    "tuboid_id",
    "id_in_series",
    "start_datetime",
    "end_datetime",
    "n_shots",
    *_COMMON,
)
TAXONOMY = ("order", "family", "genus", "species")
RANKS = ("type", *TAXONOMY)  # all that places a taxon, from the widest to the narrowest
ITC_LABELS = ("id", "parent_tuboid_id", "algo_name", "algo_version", "label", "pattern", *RANKS, *_COMMON)
USERS = ("id", "username", "email", "is_admin", "can_write", *_COMMON)

# What `get_tiled_tuboid_series` adds of a tuboid's series: column of the answer -> column of the series.
OF_SERIES = {
    f"{column}_series": column
    for column in ("algo_name", "algo_version", "n_tuboids", "device", "start_datetime", "end_datetime")
}

_DATETIMES = {"datetime", "start_datetime", "end_datetime", "datetime_created"}


def is_datetime(column: str) -> bool:
    """Whether a column holds datetimes; joined columns carry a suffix (`start_datetime_series`)."""
    return column in _DATETIMES or column.rpartition("_")[0] in _DATETIMES


def from_wire(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of an answer, their datetimes turned in place into naive UTC `datetime` objects."""
    columns = [column for column in (rows[0] if rows else ()) if is_datetime(column)]
    for row in rows:
        for column in columns:
            if row[column] is not None:
                row[column] = read_wire_datetime(row[column])
    return rows
