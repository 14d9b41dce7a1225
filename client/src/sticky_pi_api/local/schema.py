"""The tables of `database.db` (contract, section 3), typed as the existing tool types them."""

_ID = {"id": "INTEGER PRIMARY KEY"}
_COMMON = {"datetime_created": "DATETIME NOT NULL", "api_version": "VARCHAR(32)", "api_user": "VARCHAR(32)"}
_ALGORITHM = {"algo_name": "VARCHAR(64) NOT NULL", "algo_version": "VARCHAR(46) NOT NULL"}
_RANGE = {"start_datetime": "DATETIME NOT NULL", "end_datetime": "DATETIME NOT NULL"}

# Table -> column -> type.
COLUMNS: dict[str, dict[str, str]] = {
    "images": {
        **_ID,
        "device": "VARCHAR(8) NOT NULL",
        "datetime": "DATETIME NOT NULL",
        "md5": "VARCHAR(32) NOT NULL",
        "width": "INTEGER NOT NULL",
        "height": "INTEGER NOT NULL",
        "device_version": "VARCHAR(32)",
        "alt": "FLOAT",
        "lat": "DECIMAL(9, 6)",
        "lng": "DECIMAL(9, 6)",
        "temp": "FLOAT",
        "hum": "FLOAT",
        "no_flash_shutter_speed": "FLOAT",
        "no_flash_exposure_time": "FLOAT",
        "no_flash_bv": "FLOAT",
        "no_flash_iso": "INTEGER",
        "lum": "FLOAT",
        "bat": "INTEGER",
        "but": "BOOLEAN",
        **_COMMON,
    },
    "uid_annotations": {
        **_ID,
        "parent_image_id": "INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE",
        **_ALGORITHM,
        "n_objects": "INTEGER NOT NULL",
        "json": "TEXT NOT NULL",
        **_COMMON,
    },
    "tuboid_series": {
        **_ID,
        "device": "VARCHAR(8) NOT NULL",
        **_RANGE,
        "n_images": "INTEGER NOT NULL",
        "n_tuboids": "INTEGER NOT NULL",
        **_ALGORITHM,
        **_COMMON,
    },
    "tiled_tuboids": {
        **_ID,
        "parent_series_id": "INTEGER NOT NULL REFERENCES tuboid_series (id) ON DELETE CASCADE",
        "tuboid_id": "VARCHAR(100) NOT NULL",
        "id_in_series": "INTEGER NOT NULL",
        **_RANGE,
        "n_shots": "INTEGER NOT NULL",
        **_COMMON,
    },
    "itc_labels": {
        **_ID,
        "parent_tuboid_id": "INTEGER NOT NULL REFERENCES tiled_tuboids (id) ON DELETE CASCADE",
        **_ALGORITHM,
        "label": "INTEGER NOT NULL",
        "pattern": "VARCHAR(128) NOT NULL",
        "type": "VARCHAR(32) NOT NULL",
        "order": "VARCHAR(64)",
        "family": "VARCHAR(64)",
        "genus": "VARCHAR(64)",
        "species": "VARCHAR(64)",
        **_COMMON,
    },
    "users": {
        **_ID,
        "username": "VARCHAR(32) NOT NULL",
        "email": "VARCHAR(64)",
        "is_admin": "BOOLEAN NOT NULL DEFAULT 0",
        "can_write": "BOOLEAN NOT NULL DEFAULT 1",
        **_COMMON,
    },
}

UNIQUE = {
    "images": ("device", "datetime"),
    "uid_annotations": ("parent_image_id", "algo_name", "algo_version"),
    "tuboid_series": ("device", "start_datetime", "end_datetime", "algo_name", "algo_version"),
    "tiled_tuboids": ("tuboid_id",),
    "itc_labels": ("parent_tuboid_id", "algo_name", "algo_version"),
    "users": ("username",),
}

INDEXES = ("CREATE INDEX IF NOT EXISTS tiled_tuboids_parent_series_id ON tiled_tuboids (parent_series_id)",)


def create_table(table: str, name: str, extra: dict[str, str]) -> str:
    """The statement that makes `table` as `name`; `extra` are columns that other tools have added."""
    columns = [f'"{column}" {kind}' for column, kind in {**COLUMNS[table], **extra}.items()]
    return f'CREATE TABLE "{name}" ({", ".join(columns)}, UNIQUE ({", ".join(UNIQUE[table])}))'
