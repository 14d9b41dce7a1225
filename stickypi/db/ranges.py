"""Many half-open ranges of datetimes, or of days, as one condition."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import F, Lookup

from sticky_pi_api.core.chunks import chunker


class InRanges(Lookup):
    """Whether a datetime is in a half-open range of its row's key, such as a device.

    Plain alternatives, which both databases answer with a step in the index each. MariaDB would read all rows of
    the key for each range of a list that it joins; and Django would take longer to put the same together from `Q`s,
    or would compare a function with true, for which MariaDB uses no index.
    """

    prepare_rhs = False

    def __init__(self, key: str, moment: str, ranges: Mapping[Any, Sequence[tuple[date, date]]]) -> None:
        super().__init__(F(key), F(moment))
        self._params = [
            str(value) for each, spans in ranges.items() for start, end in spans for value in (each, start, end)
        ]

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """An alternative for each range."""
        (key, _), (moment, _) = self.process_lhs(compiler, connection), self.process_rhs(compiler, connection)
        one = f"{key} = %s AND {moment} >= %s AND {moment} < %s"
        # In groups: SQLite takes no expression deeper than 1,000.
        groups = (" OR ".join([one] * len(group)) for group in chunker(range(len(self._params) // 3), 100))
        return f"({' OR '.join(f'({group})' for group in groups)})", self._params
