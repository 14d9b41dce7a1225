"""The lookup `field__like="5c%"`: LIKE as `sticky_pi_api.core.like` defines it, equal on all databases."""

from typing import Any

from django.db.models import Field, Lookup

# Patterns are printable and never contain it, so that nothing is escaped. MariaDB's default would be the backslash.
_ESCAPE = "ESCAPE '\x01'"


@Field.register_lookup
class Like(Lookup):
    """Case-insensitive SQL LIKE without an escape character, which Django lacks: its own lookups escape `%` and `_`."""

    lookup_name = "like"
    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return self._as_sql(compiler, connection, f"{{}} LIKE {{}} {_ESCAPE}")

    def as_mysql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        # The collation of the columns is case-sensitive.
        return self._as_sql(compiler, connection, f"{{}} COLLATE utf8mb4_general_ci LIKE {{}} {_ESCAPE}")

    def _as_sql(self, compiler: Any, connection: Any, template: str) -> tuple[str, list[Any]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return template.format(left, right), [*left_params, *right_params]

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[str]]:
        return "%s", (str(value),)
