"""What each of our columns is made of: an SQL expression over a row `o` of the published service and its writer `w`."""

from typing import Any

from django.db import connection, models

from accounts.hashers import PasslibHasher
from accounts.models import User
from adopt.existing import WAITING_USERS, Column, Table, fields_of
from stickypi.checks import COLLATION

MAX_HASH = (User._meta.get_field("password").max_length or 0) - len(PasslibHasher.algorithm)
IS_PASSLIB = f"(LEFT(o.password_hash, 3) = '$6$' AND CHAR_LENGTH(o.password_hash) <= {MAX_HASH})"


def sources(model: type[models.Model], table: Table) -> dict[str, str]:
    """Our columns of a table with the expression for each; those with a default of the database's own are left out."""
    special = _special(model, table)
    return {
        name: special.get(name) or _source(name, field, table.columns.get(name))
        for name, field in fields_of(model).items()
        if name in table.columns or field.db_default is models.NOT_PROVIDED
    }


def _special(model: type[models.Model], table: Table) -> dict[str, str]:
    found = _writer(table) | {"api_version": "COALESCE(o.api_version, '')" if "api_version" in table.columns else "''"}
    if model is User:
        found["username"] = "LOWER(o.username)"
        # With a hash of another form nobody can sign in until an administrator gives a new password.
        found["password"] = f"IF({IS_PASSLIB}, CONCAT('{PasslibHasher.algorithm}', o.password_hash), '!')"
    return found


def join_writer(table: Table, users: str) -> str:
    """A join with the user who wrote a row; `users` is the table that has them."""
    if "api_user_id" in table.columns:
        return f"LEFT JOIN {quoted(users)} w ON w.id = o.api_user_id"
    if "api_user" not in table.columns:
        return f"LEFT JOIN {quoted(users)} w ON FALSE"
    # Ours are in lower case, and found by their index. Theirs are to be told how they compare.
    username = "w.username" if users == WAITING_USERS else _name("w.username")
    return f"LEFT JOIN {quoted(users)} w ON {username} = {_name('o.api_user')}"


def _name(column: str) -> str:
    return f"LOWER(CONVERT({column} USING utf8mb4)) COLLATE {COLLATION}"


def _writer(table: Table) -> dict[str, str]:
    """Name and id of who wrote a row: one of both is there, the other is that user's, null where there is none."""
    if "api_user_id" in table.columns:
        return {"api_user": "LOWER(w.username)", "api_user_id": "o.api_user_id"}
    return {"api_user": "o.api_user" if "api_user" in table.columns else "NULL", "api_user_id": "w.id"}


def _source(name: str, field: "models.Field[Any, Any]", column: Column | None) -> str:
    if column is None:
        return "NULL" if field.null else str(int(field.get_default()))  # numbers and flags only
    sql = f"o.{quoted(name)}"
    if isinstance(field, models.FloatField) and column.sql_type.startswith("float"):
        # As the service answered it, 21.3: the number itself is 21.299999237060547 in a column of double precision.
        return f"CAST(CAST({sql} AS CHAR) AS DOUBLE)"
    if isinstance(field, models.PositiveIntegerField | models.PositiveSmallIntegerField) and field.null:
        return f"CASE WHEN {sql} >= 0 THEN ROUND({sql}) END"
    if isinstance(field, models.BooleanField) and not field.null:
        return f"COALESCE({sql}, 0)"
    return sql


def quoted(name: str) -> str:
    """A name in backquotes."""
    return str(connection.ops.quote_name(name))
