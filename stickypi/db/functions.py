"""Time as numbers, in the database."""

from typing import Any

from django.db.models import Aggregate, BigIntegerField, Func, TextField


class Seconds(Func):
    """Whole seconds since 1970 of a datetime column."""

    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """A datetime is text there; `julianday` is twice as fast as `strftime`, and right to a tenth of a ms."""
        # 1970 is 210,866,760,000 s after the beginning of the Julian period.
        template = "CAST(julianday(%(expressions)s) * 86400.0 - 210866759999.999 AS INTEGER)"
        return self.as_sql(compiler, connection, template=template)

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """UNIX_TIMESTAMP would take the datetime for one of the session's time zone."""
        return self.as_sql(compiler, connection, template="TIMESTAMPDIFF(SECOND, '1970-01-01', %(expressions)s)")


class Quotient(Func):
    """The whole part of a quotient of whole numbers, none of them negative."""

    output_field = BigIntegerField()
    template = "(%(expressions)s)"
    arg_joiner = " / "

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """`/` would leave a fraction there."""
        return self.as_sql(compiler, connection, arg_joiner=" DIV ")


class Listed(Aggregate):
    """The numbers of a group as one text, with commas between, in no order: a tenth of the cost of a row for each."""

    function = "GROUP_CONCAT"
    output_field = TextField()
