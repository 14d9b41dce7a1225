"""The lookup `field__like="5c%"`: LIKE without an escape character, case-insensitive, equal on all databases."""

from typing import Any

from django.db.models import Field, Lookup


@Field.register_lookup
class Like(Lookup):
    """SQL LIKE as `sticky_pi_api.core.like` defines it; Django's own lookups escape `%` and `_`."""

    lookup_name = "like"
    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return self._as_sql(compiler, connection, "{} LIKE {}")

    def as_mysql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        # ESCAPE '' makes the backslash literal; the columns' own collation tells cases apart.
        return self._as_sql(compiler, connection, "{} COLLATE utf8mb4_general_ci LIKE {} ESCAPE ''")

    def _as_sql(self, compiler: Any, connection: Any, template: str) -> tuple[str, list[Any]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return template.format(left, right), [*left_params, *right_params]

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[str]]:
        return "%s", (str(value),)
