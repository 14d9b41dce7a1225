"""Rhythm of a capture rate."""

import numpy as np
import pandas as pd

from .tables import Rows, table

_LONGEST = 32.0


def autocorrelation(
    rates: Rows, *, time: str = "datetime", value: str = "rate", step: str = "10min", longest: float = _LONGEST
) -> pd.DataFrame:
    """The autocorrelation of a rate, of each series by itself.

    The rate is interpolated linearly to every `step`; with y its deviation from the mean at n times::

        r(k) = sum over t of y(t) y(t + k) / sum over t of y(t)^2,   k = 0 ... longest

    Args:
        rates: `id` (of the series: a trap, an experiment), and the columns named by `time` and `value`. Rows without
            value are left out.
        time: a column of datetimes, or of numbers: seconds.
        value: a column of numbers in any unit, e.g. captures per hour.
        step: resolution of the lags.
        longest: lag, in hours.

    Returns:
        Rows by id and lag: `id`, `lag` (hours), `r`, `threshold` (1.645 / sqrt(n): r of a series without any rhythm is
            above
        it at 5 % of lags).
    """
    found = table(rates, "rates", ("id", time, value)).dropna(subset=[value])
    hours = pd.Timedelta(step) / pd.Timedelta("1h")
    series = []
    for name, rows in found.groupby("id", sort=False):
        at = rows[time]
        seconds = (at - at.min()) / pd.Timedelta("1s") if pd.api.types.is_datetime64_any_dtype(at) else at.astype(float)
        r, n = _autocorrelation(seconds.to_numpy() / 3600, rows[value].to_numpy(dtype=float), hours, longest)
        if r is None:
            raise ValueError(
                f"rates of {name!r}: {n * hours:.1f} h are too short for lags up to {longest:g} h, or constant"
            )
        lags = np.arange(len(r)) * hours
        series.append(pd.DataFrame({"id": name, "lag": lags, "r": r, "threshold": 1.645 / np.sqrt(n)}))
    columns = ["id", "lag", "r", "threshold"]
    return pd.concat(series, ignore_index=True) if series else pd.DataFrame(columns=columns)


def _autocorrelation(
    hours: np.ndarray, values: np.ndarray, step: float, longest: float
) -> tuple[np.ndarray | None, int]:
    order = np.argsort(hours, kind="stable")
    grid = np.arange(hours.min(), hours.max(), step)
    y = np.interp(grid, hours[order], values[order])
    y = y - y.mean()
    n_lags = round(longest / step) + 1
    if len(y) < n_lags or not (power := y @ y):
        return None, len(y)
    return np.array([y[: len(y) - lag] @ y[lag:] for lag in range(n_lags)]) / power, len(y)


def period(
    rates: Rows,
    *,
    group: str | None = None,
    time: str = "datetime",
    value: str = "rate",
    step: str = "10min",
    shortest: float = 16.0,
    longest: float = _LONGEST,
) -> pd.DataFrame:
    """The period of a rhythm: the lag of the highest peak of the autocorrelation between `shortest` and `longest`.

    Of a group of replicates it is the peak of their mean autocorrelation, in which noise of the single ones cancels
    out; `mean` and `sd` are of the periods of the single ones.

    Args:
        rates, time, value, step: as in `autocorrelation`.
        group: a column (treatment, condition); None: each series by itself.
        shortest, longest: hours.

    Returns:
        A row a group (or id): `period` (hours), `r` at the peak, `threshold` (see `autocorrelation`, of one series),
        `n` series, `mean` and `sd` (hours; NaN where a series has no peak). `period` is NaN without a peak.

    Source: Geissmann et al. (2022, PLOS Biology 20: e3001689), figure 4: LD 23.8 h, DD 23.67 h.
    """
    found = table(rates, "rates", ("id", time, value, *([group] if group else [])))
    curves = autocorrelation(found, time=time, value=value, step=step, longest=longest)
    of = (
        found.drop_duplicates("id").set_index("id")[group]
        if group
        else pd.Series({one: one for one in curves.id.unique()})
    )
    wide = curves.pivot(index="lag", columns="id", values="r")
    single = wide.apply(lambda r: _peak(r, shortest))
    rows = []
    for name, members in of.groupby(of, sort=False):
        mean = wide[members.index].mean(axis=1)
        peak = _peak(mean, shortest)
        threshold = curves.threshold[curves.id.isin(members.index)].mean()
        each = single[members.index]
        rows.append((name, peak, mean.get(peak, np.nan), threshold, len(members), each.mean(), each.std()))
    return pd.DataFrame(rows, columns=[group or "id", "period", "r", "threshold", "n", "mean", "sd"])


def _peak(r: pd.Series, shortest: float) -> float:
    """The lag of the highest local maximum within the range; NaN if there is none."""
    is_peak = (r > r.shift(1)) & (r >= r.shift(-1)) & (r.index >= shortest - 1e-9)
    return float(r[is_peak].idxmax()) if is_peak.any() else float("nan")
