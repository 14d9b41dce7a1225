"""Tables: rows of the clients and DataFrames, with the columns that a function needs, datetimes naive UTC."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from ..core.records import is_datetime

Rows: TypeAlias = pd.DataFrame | Sequence[Mapping[str, Any]]
"""What functions take for a table: a DataFrame, or rows as the clients give them."""

_UNDERSCORED = r"^(\d{4}-\d{2}-\d{2})_(\d{2})-(\d{2})-(\d{2})$"

IMAGES = ("device", "datetime")
CAPTURES = ("device", "datetime", "taxon")
DEPLOYMENTS = ("device", "start_datetime", "end_datetime")


class AnalysisWarning(UserWarning):
    """Something in the data that changes what a result means."""


def table(rows: Rows, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """A copy of a table, its index 0, 1, ..., its datetimes naive UTC (strings in any form that the clients take).

    Raises:
        ValueError: columns are missing, or datetimes do not parse or are missing; it names them.
    """
    frame = rows.reset_index(drop=True) if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    if frame.empty and not len(frame.columns):
        frame = pd.DataFrame(columns=list(columns))
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ValueError(f"{name}: no column {_listed(missing)}; there are {_listed(frame.columns)}")
    parsed = {column: _datetimes(frame[column], f"{name}: {column}") for column in columns if is_datetime(column)}
    return frame.assign(**parsed)


def _datetimes(values: pd.Series, what: str) -> pd.Series:
    if not pd.api.types.is_datetime64_any_dtype(values):
        texts = values.replace(_UNDERSCORED, r"\1 \2:\3:\4", regex=True)
        values = pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce").where(texts.notna())
    if (wrong := values.isna()).any():
        raise ValueError(f"{what}: {wrong.sum()} of {len(values)} are no datetimes, the first in row {wrong.argmax()}")
    naive = values if values.dt.tz is None else values.dt.tz_convert("UTC").dt.tz_localize(None)
    return naive.astype("datetime64[us]")


def _listed(columns: Sequence[Any]) -> str:
    return ", ".join(repr(column) for column in columns) or "none"


def read_deployments(deployments: Rows) -> pd.DataFrame:
    """Deployments by device and start; none may overlap another of its device.

    A deployment is one trap at one place from `start_datetime` to `end_datetime`, with one card: the unit of
    replication (a trap-week, where cards are changed once a week).
    """
    found = table(deployments, "deployments", DEPLOYMENTS).sort_values(["device", "start_datetime"], ignore_index=True)
    backwards = found[found.start_datetime >= found.end_datetime]
    later = found.groupby("device").start_datetime.shift(-1)
    overlapping = found[found.end_datetime > later]
    for wrong, says in ((backwards, "ends before it starts"), (overlapping, "overlaps the next one of its device")):
        if len(wrong):
            first = wrong.iloc[0]
            raise ValueError(f"deployments: {first.device} from {first.start_datetime} {says} ({len(wrong)} such rows)")
    return found


def within(rows: pd.DataFrame, deployments: pd.DataFrame) -> pd.Series:
    """The row of `deployments` (as `read_deployments` gives them) in which each row was made; -1 for none."""
    found = np.full(len(rows), -1)
    for device, of_device in rows.groupby("device"):
        mine = deployments[deployments.device == device]
        if mine.empty:
            continue
        last = mine.start_datetime.searchsorted(of_device.datetime, side="right") - 1
        ended = of_device.datetime.to_numpy() > mine.end_datetime.to_numpy()[last]
        found[of_device.index] = np.where((last < 0) | ended, -1, mine.index.to_numpy()[last])
    return pd.Series(found, index=rows.index, name="deployment")


def trap_days(deployments: pd.DataFrame) -> float:
    """Days from start to end, all deployments together."""
    return float((deployments.end_datetime - deployments.start_datetime).sum() / pd.Timedelta("1D"))


def as_hours(differences: Any) -> Any:
    """Hours of timedeltas."""
    return differences / np.timedelta64(3600, "s")
