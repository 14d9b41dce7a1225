"""All counts from what they count, by the database alone: for who brought rows in past the server, and to check."""

from django.db import connection

from activity.models import ALL_DEVICES, ALL_TUBOIDS, HOURS, NO_TAXON, CaptureCount, ImageCount

_IMAGES = "SELECT device, DATE(datetime) AS day, {hours} FROM images GROUP BY device, DATE(datetime)"
_TUBOIDS = f"""
SELECT s.device AS device, {ALL_TUBOIDS} AS source_id, DATE(t.start_datetime) AS day, {NO_TAXON} AS taxon_id,
    t.n_people > 0 AS has_person, {{hours}}
FROM tiled_tuboids t JOIN tuboid_series s ON s.id = t.parent_series_id
GROUP BY s.device, DATE(t.start_datetime), t.n_people > 0
"""
_LABELS = """
SELECT s.device AS device, l.source_id AS source_id, DATE(t.start_datetime) AS day, l.taxon_id AS taxon_id,
    t.n_people > 0 AS has_person, {hours}
FROM latest_labels l JOIN tiled_tuboids t ON t.id = l.tuboid_id JOIN tuboid_series s ON s.id = t.parent_series_id
GROUP BY s.device, l.source_id, DATE(t.start_datetime), l.taxon_id, t.n_people > 0
"""
_KEYS = {
    ImageCount: "device, day",
    CaptureCount: "device, source_id, day, taxon_id, has_person",
}
_SUMS = ", ".join(f"SUM({hour}) AS {hour}" for hour in HOURS)


def replace_all() -> None:
    """Deletes all counts and inserts them anew, within a transaction of the caller."""
    for model, queries in _queries().items():
        table, columns = model._meta.db_table, f"{_KEYS[model]}, {', '.join(HOURS)}"
        _execute(f"DELETE FROM {table}")
        for query in queries:
            _execute(f"INSERT INTO {table} ({columns}) {query}")
    key = _KEYS[CaptureCount]
    _execute(
        f"INSERT INTO {CaptureCount._meta.db_table} ({key}, {', '.join(HOURS)}) SELECT {_everywhere(key)}, {_SUMS} "
        f"FROM {CaptureCount._meta.db_table} GROUP BY {key.removeprefix('device, ')}"
    )


def differences() -> int:
    """How many rows of counts are wrong, missing or too many."""
    n_wrong = 0
    for model, queries in _queries().items():
        key, table = _KEYS[model], model._meta.db_table
        counted = " UNION ALL ".join(f"SELECT * FROM ({query}) counted" for query in queries)
        if model is CaptureCount:
            everywhere = f"SELECT {_everywhere(key)}, {', '.join(HOURS)} FROM ({counted}) everywhere"
            counted = f"{counted} UNION ALL {everywhere}"
        kept = f"SELECT {key}, {', '.join(f'-{hour} AS {hour}' for hour in HOURS)} FROM {table}"
        wrong = " OR ".join(f"SUM({hour}) <> 0" for hour in HOURS)
        union = f"SELECT * FROM ({counted}) counted UNION ALL {kept}"
        n_wrong += _execute(f"SELECT COUNT(*) FROM (SELECT 1 FROM ({union}) both_ GROUP BY {key} HAVING {wrong}) wrong")
    return n_wrong


def _queries() -> dict[type[ImageCount | CaptureCount], list[str]]:
    images, tuboids = _hours("datetime"), _hours("t.start_datetime")
    return {
        ImageCount: [_IMAGES.format(hours=images)],
        CaptureCount: [_TUBOIDS.format(hours=tuboids), _LABELS.format(hours=tuboids)],
    }


def _hours(moment: str) -> str:
    """A sum for each hour."""
    hour = f"HOUR({moment})" if connection.vendor == "mysql" else f"CAST(substr({moment}, 12, 2) AS INTEGER)"
    return ", ".join(f"SUM({hour} = {number}) AS {name}" for number, name in enumerate(HOURS))


def _everywhere(key: str) -> str:
    return key.replace("device", f"'{ALL_DEVICES}' AS device", 1)


def _execute(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone() if cursor.description else None
    return int(row[0]) if row else 0
