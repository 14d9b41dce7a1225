"""Effort: the time that traps watched."""

from typing import Any

import numpy as np
import pandas as pd

from .tables import IMAGES, Rows, as_hours, read_deployments, table, within

_GAP = 3  # times the usual interval between images


def effort(
    images: Rows, deployments: Rows | None = None, *, interval: str = "1D", max_gap: str | None = None
) -> pd.DataFrame:
    """Images, trap-hours and gaps per device and interval.

    An image shows what was caught since the one before. Trap-hours are the sum of the times between successive images
    (from the start of a deployment to its first image, too) that are not longer than `max_gap`; longer ones are gaps,
    and no effort. A time across the border of two intervals is shared between them.

    Args:
        images: all images of the traps, also those without insects.
        deployments: an interval in which a trap stood, but took no image, is then a row too, with no effort, and gaps
            last from the start and to the end. None: from the first image to the last of each device.
        interval: length of an interval, as pandas writes it: `1D`, `6h`, `1h`. They start at whole ones, UTC.
        max_gap: the longest time between images that is not a gap, e.g. `1h`. None: 3 times the usual (median) time.

    Returns:
        Rows by device and start: `device`, `start` (naive UTC), `n_images`, `hours` (trap-hours), `n_gaps` (that begin
            in
        it), `gap_hours`. Any rate is captures / `hours`.
    """
    pictures, stays = _stays(images, deployments)
    width = pd.Timedelta(interval)
    of_stays = []
    for number, stay in stays.iterrows():
        first, last = stay.start_datetime.floor(width), max(stay.end_datetime, stay.start_datetime).ceil(width)
        edges = pd.date_range(first, max(last, first + width), freq=width)
        mine = pictures.datetime[pictures.deployment == number]
        of_stays.append(
            watched(mine, edges, stay.start_datetime, stay.end_datetime, max_gap).assign(device=stay.device)
        )
    counts = ["n_images", "hours", "n_gaps", "gap_hours"]
    found = pd.concat(of_stays) if of_stays else pd.DataFrame(columns=["device", "start", *counts])
    return found.groupby(["device", "start"], as_index=False)[counts].sum()


def _stays(images: Rows, deployments: Rows | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Images with the row of their deployment, and the deployments."""
    pictures = table(images, "images", IMAGES).sort_values(["device", "datetime"], ignore_index=True)
    pictures = pictures.drop_duplicates(["device", "datetime"], ignore_index=True)
    if deployments is None:
        times = pictures.groupby("device").datetime
        stays = pd.DataFrame({"start_datetime": times.min(), "end_datetime": times.max()}).reset_index()
    else:
        stays = read_deployments(deployments)
    return pictures.assign(deployment=within(pictures, stays)), stays


def watched(
    times: pd.Series, edges: pd.DatetimeIndex, start: pd.Timestamp, end: pd.Timestamp, max_gap: str | None = None
) -> pd.DataFrame:
    """Effort of one trap between edges: `start`, `n_images`, `hours`, `n_gaps`, `gap_hours`; `times` must be sorted."""
    moments = times.to_numpy().astype("datetime64[us]")
    bounds = np.array([start, end], dtype="datetime64[us]")
    points = np.concatenate([bounds[:1], moments, bounds[1:]])
    steps = np.diff(points)
    is_gap = steps > longest(moments, max_gap)
    covers = ~is_gap
    covers[-1] = False  # what is caught after the last image is on none
    at = edges.to_numpy().astype("datetime64[us]")
    return pd.DataFrame(
        {
            "start": edges[:-1],
            "n_images": _per_interval(moments, at),
            "hours": _share(points, steps * covers, at),
            "n_gaps": _per_interval(points[:-1][is_gap], at),
            "gap_hours": _share(points, steps * is_gap, at),
        }
    )


def longest(moments: np.ndarray, max_gap: str | None) -> Any:
    """The longest step that is not a gap."""
    if max_gap is not None:
        return pd.Timedelta(max_gap).to_timedelta64()
    usual = np.median(np.diff(moments)) if len(moments) > 1 else np.timedelta64(1, "h") // _GAP
    return _GAP * usual


def _per_interval(moments: np.ndarray, edges: np.ndarray) -> np.ndarray:
    inside = np.searchsorted(edges, moments, side="right") - 1
    return np.bincount(np.clip(inside, 0, len(edges) - 2), minlength=len(edges) - 1)


def _share(points: np.ndarray, steps: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Hours of the steps between points that are between edges."""
    total = np.concatenate([[0], np.cumsum(as_hours(steps))])
    origin = points[0]
    return np.diff(np.interp(as_hours(edges - origin), as_hours(points - origin), total))
