"""System checks: what would make the server give wrong answers or lose files.

Run them with `manage.py check --deploy --database default`.
"""

import os
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from sticky_pi_api.core.errors import Unavailable
from stickypi.storage import files

COLLATION = "utf8mb4_nopad_bin"


@register(Tags.database)
def check_collation(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Names that differ in case or in trailing blanks must differ in unique keys, as on SQLite."""
    return [
        Error(
            f"column {table}.{column} has collation {collation}, not {COLLATION}",
            hint=f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4 COLLATE {COLLATION}",
            id="stickypi.E001",
        )
        for alias in databases or ()
        if connections[alias].vendor == "mysql"
        for table, column, collation in _other_collations(alias)
    ]


def _other_collations(alias: str) -> list[tuple[str, str, str]]:
    tables = [model._meta.db_table for model in apps.get_models()]
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, collation_name FROM information_schema.columns "
            "WHERE table_schema = DATABASE() AND collation_name <> %s AND table_name IN %s",
            [COLLATION, tables],
        )
        return cursor.fetchall()


@register(Tags.security, deploy=True)
def check_storage(**kwargs: Any) -> list[CheckMessage]:
    """The file storage takes, gives back and removes a file."""
    key = f".check-{os.getpid()}"
    try:
        files().put_absent(key, b"check")
        read = files().read(key)
        files().remove([key])
    except Unavailable as error:
        return [Error(f"the file storage cannot be used: {error.__cause__}", id="stickypi.E002")]
    return (
        [] if read == b"check" else [Error("the file storage gives back another file than was put", id="stickypi.E003")]
    )


@register
def check_utc(**kwargs: Any) -> list[CheckMessage]:
    """All datetimes are UTC."""
    if settings.USE_TZ and settings.TIME_ZONE == "UTC":
        return []
    return [Error("datetimes must be UTC: USE_TZ = True, TIME_ZONE = 'UTC'", id="stickypi.E004")]


@register(Tags.security, deploy=True)
def check_secret(**kwargs: Any) -> list[CheckMessage]:
    """A secret of a site's own."""
    if os.environ.get("SECRET_API_KEY"):
        return []
    hint = "set SECRET_API_KEY; without it the server keeps a random one in its data folder"
    return [Warning("the secret is kept beside the data that it protects", hint=hint, id="stickypi.W001")]
