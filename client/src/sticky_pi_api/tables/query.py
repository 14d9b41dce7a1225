"""What a table is of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..core import records
from ..core.errors import InvalidInput
from ..core.formats import format_datetime, parse_datetime, shown
from ..core.like import check_pattern
from ..core.work import EVER

ROWS = {
    "images": records.ImageRow,
    "annotations": records.AnnotationOnImageRow,
    "tuboids": records.TuboidInSeriesRow,
    "labels": records.LabelOnTuboidRow,
}


@dataclass(frozen=True)
class Query:
    """Rows of one table; datetimes are naive UTC.

    Attributes:
        name: `images`, `annotations`, `tuboids` or `labels`: the resource of a server.
        device: a LIKE pattern.
        start, end: of images (and those of annotations) start <= datetime < end; of tuboids and labels the same about
            the first shot.
        algo_name, algo_version: of annotations and labels, and of the series of tuboids.
        columns: in the order of the row.
    """

    name: str
    device: str
    start: datetime
    end: datetime
    algo_name: str | None
    algo_version: str | None
    columns: tuple[str, ...]

    @classmethod
    def of(
        cls,
        name: str,
        device: str,
        start: Any,
        end: Any,
        *,
        algorithm: tuple[str | None, str | None] = (None, None),
        columns: Sequence[str] | None = None,
        without: Sequence[str] = (),
    ) -> "Query":
        """A query of what users write. Raises InvalidInput, saying what is wrong."""
        first, last = (EVER[i] if value is None else parse_datetime(value) for i, value in enumerate((start, end)))
        if first >= last:
            raise InvalidInput(f"start, {first}, is not before end, {last}")
        known = records.columns(ROWS[name]) if name in ROWS else ()
        if unknown := [column for column in columns or () if column not in known]:
            raise InvalidInput(f"{name} have no column {shown(unknown[0])}: they have {', '.join(known)}")
        wanted = tuple(column for column in known if (column in columns if columns else column not in without))
        return cls(name, check_pattern(device), first, last, *algorithm, wanted)

    @property
    def parameters(self) -> dict[str, str]:
        """Those of the resource's URL."""
        span = [format_datetime(moment) for moment in (self.start, self.end)]
        found = {"device": self.device} if self.device.strip("%") else {}
        if (self.start, self.end) != EVER:
            found |= dict(zip(("start", "end"), span, strict=True)) if self.is_of_images else {}
            found |= {} if self.is_of_images else {"captured_between": ",".join(span)}
        algorithm = {"algo_name": self.algo_name, "algo_version": self.algo_version}
        return found | {name: text for name, text in algorithm.items() if text}

    @property
    def is_of_images(self) -> bool:
        """Rather than of tuboids."""
        return self.name in ("images", "annotations")
