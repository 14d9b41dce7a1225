"""System checks: what would make the server give wrong answers or lose files.

Run them with `manage.py check --deploy --database default`; `migrate` runs those of the database.
"""

import os
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.db.models import JSONField

from sticky_pi_api.core.errors import Unavailable
from stickypi.db.adoption import HOW, awaits_adoption
from stickypi.storage import files

COLLATION = "utf8mb4_nopad_bin"
MARIADB = (10, 6)


@register(Tags.database)
def check_database(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The server is MariaDB of a version that has what we use, and names that differ on SQLite differ there too."""
    messages: list[CheckMessage] = []
    for alias in databases or ():
        if connections[alias].vendor == "mysql":
            messages += check_server(alias) or _check_adoption(alias) or _check_collation(alias)
    return messages


def check_server(alias: str) -> list[CheckMessage]:
    """MySQL has no `NOPAD` collation, and MariaDB no `SKIP LOCKED` before 10.6."""
    connection: Any = connections[alias]
    version = ".".join(map(str, connection.mysql_version))
    if connection.mysql_is_mariadb and connection.mysql_version >= MARIADB:
        return []
    name = "MariaDB" if connection.mysql_is_mariadb else "MySQL"
    return [
        Error(
            f"the database server is {name} {version}: it takes MariaDB {MARIADB[0]}.{MARIADB[1]} or later",
            hint="let MYSQL_HOST and MYSQL_PORT lead to a MariaDB server, or unset the MYSQL variables to use SQLite",
            id="stickypi.E005",
        )
    ]


def _check_adoption(alias: str) -> list[CheckMessage]:
    if not awaits_adoption(connections[alias]):
        return []
    return [Error("the database is one of the published Sticky Pi service", hint=HOW, id="stickypi.E006")]


def _check_collation(alias: str) -> list[CheckMessage]:
    """In unique keys, names that differ in case or in trailing blanks must differ."""
    return [
        Error(
            f"column {table}.{column} has collation {collation}, not {COLLATION}",
            hint=f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4 COLLATE {COLLATION}",
            id="stickypi.E001",
        )
        for table, column, collation in _other_collations(alias)
    ]


def _other_collations(alias: str) -> list[tuple[str, str, str]]:
    """(table, column, collation) of the columns of ours with another one; JSON has its own, and is in no key."""
    fields = [field for model in apps.get_models() for field in model._meta.local_concrete_fields]
    json = {(field.model._meta.db_table, field.column) for field in fields if isinstance(field, JSONField)}
    tables = [model._meta.db_table for model in apps.get_models()]
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, collation_name FROM information_schema.columns "
            "WHERE table_schema = DATABASE() AND collation_name <> %s AND table_name IN %s",
            [COLLATION, tables],
        )
        return [(table, column, collation) for table, column, collation in cursor if (table, column) not in json]


@register(Tags.security, deploy=True)
def check_storage(**kwargs: Any) -> list[CheckMessage]:
    """A file can be stored, read and removed."""
    key = f".check-{os.getpid()}"
    try:
        files().put_absent(key, b"check")
        read = files().read(key)
        files().remove([key])
    except Unavailable as error:
        return [Error(f"the file storage cannot be used: {error.__cause__}", id="stickypi.E002")]
    if read != b"check":
        return [Error("the file storage returns another file than was stored", id="stickypi.E003")]
    return []


@register
def check_utc(**kwargs: Any) -> list[CheckMessage]:
    if settings.USE_TZ and settings.TIME_ZONE == "UTC":
        return []
    return [Error("datetimes must be UTC: USE_TZ = True, TIME_ZONE = 'UTC'", id="stickypi.E004")]


@register(Tags.security, deploy=True)
def check_secret(**kwargs: Any) -> list[CheckMessage]:
    if not settings.CONFIGURATION.is_secret_generated:
        return []
    hint = "set SECRET_API_KEY; without it the server keeps a random one in its data folder"
    return [Warning("the secret is stored beside the data that it protects", hint=hint, id="stickypi.W001")]
