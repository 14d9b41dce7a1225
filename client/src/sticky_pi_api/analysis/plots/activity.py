"""Plots of when insects fly."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..tables import Rows, table
from .style import CLOCKS, COLOURS, GREY, NIGHT, SHORT, new_figure, show_days, styled


@styled
def plot_diel_profile(profile: Rows, *, columns: int = 4, share_y: bool = False) -> Figure:
    """Captures by the hour of the day, a panel a taxon: mean and standard error over deployments; night is shaded.

    Args:
        profile: of `diel_profile`.
        columns: panels side by side.
        share_y: one scale for all taxa, to compare how many; else each its own, to compare when.
    """
    found = table(profile, "profile", ("taxon", "hour", "per_hour", "se", "captures"))
    attrs = profile.attrs if isinstance(profile, pd.DataFrame) else {}
    taxa = found.taxon.unique()
    columns = min(columns, len(taxa))
    rows = -(-len(taxa) // columns)
    figure = new_figure(max(3.5, 2.0 * columns), 0.5 + 1.5 * rows)
    panels = figure.subplots(rows, columns, sharex=True, sharey=share_y, squeeze=False)
    for index, (axes, taxon) in enumerate(zip(panels.flat, taxa, strict=False)):
        of_taxon = found[found.taxon == taxon].sort_values("hour")
        middle = of_taxon.hour + 0.5
        _shade(axes, attrs.get("night"))
        low = (of_taxon.per_hour - of_taxon.se).clip(lower=0)
        axes.fill_between(middle, low, of_taxon.per_hour + of_taxon.se, color=COLOURS[0], alpha=0.25, lw=0)
        axes.plot(middle, of_taxon.per_hour, color=COLOURS[0], lw=1.4)
        axes.set_title(str(taxon), fontsize=8.5)
        axes.set_title(f"n = {of_taxon.captures.sum():,}", loc="right", fontsize=7.5, color=GREY)
        axes.set(xlim=(0, 24), xticks=range(0, 25, 6), ylim=(0, None))
        axes.yaxis.set_major_locator(MaxNLocator(3))
        axes.tick_params(labelbottom=index + columns >= len(taxa))
    for axes in panels.flat[len(taxa) :]:
        axes.remove()
    clock = attrs.get("clock", "")
    figure.supxlabel(CLOCKS.get(clock, f"Time of day (h, {clock})" if clock else "Hour"), fontsize=9)
    figure.supylabel("Captures (insects per trap and hour)", fontsize=9)
    return figure


def _shade(axes: Axes, night: tuple[float, float] | None) -> None:
    if night is None:
        return
    sunset, sunrise = night
    spans = [(sunset, sunrise)] if sunset < sunrise else [(0, sunrise), (sunset, 24)]
    for start, end in spans:
        axes.axvspan(start, end, color=NIGHT, lw=0, zorder=0)


@styled
def plot_share_in_window(shares: Rows) -> Figure:
    """The share of each taxon's activity that is in the window, with its 95 % interval."""
    found = table(shares, "shares", ("taxon", "share", "low", "high", "captures")).sort_values(
        "share", ignore_index=True
    )
    attrs = shares.attrs if isinstance(shares, pd.DataFrame) else {}
    figure = new_figure(5.5, 0.9 + 0.23 * len(found))
    axes = figure.subplots()
    at = np.arange(len(found))
    axes.hlines(at, 100 * found.low, 100 * found.high, color=COLOURS[0], lw=1.6)
    axes.plot(100 * found.share, at, "o", color=COLOURS[0], ms=5)
    axes.set_yticks(at, [f"{row.taxon}  (n = {row.captures:,})" for row in found.itertuples()])
    axes.set(xlim=(0, 100), ylim=(-0.6, len(found) - 0.4), xlabel="Share of activity (%), 95 % interval")
    if "window" in attrs:
        start, end = attrs["window"]
        axes.axvline((end - start) % 24 / 24 * 100, color=GREY, lw=1, ls="--", label="equal at all hours", zorder=0)
        axes.set_title(f"{start:g} to {end:g} h, {SHORT.get(attrs['clock'], attrs['clock'])}")
        axes.legend(loc="lower right")
    axes.tick_params(axis="y", length=0)
    return figure


@styled
def plot_sun_times(sun: pd.DataFrame) -> Figure:
    """Day and night through the season, in mean solar time (noon is when the sun is highest, on average)."""
    figure = new_figure(5.5, 3)
    axes = figure.subplots()
    half = sun.day_length / 2
    axes.fill_between(sun.index, 0, 24, color=NIGHT, lw=0)
    axes.fill_between(sun.index, 12 - half, 12 + half, color="#FFF4CC", lw=0)
    for edge in (12 - half, 12 + half):
        axes.plot(sun.index, edge.where(sun.polar.isna()), color=COLOURS[1], lw=1.4)
    axes.set(
        ylim=(0, 24), yticks=range(0, 25, 6), ylabel="Hours from solar midnight", xlim=(sun.index[0], sun.index[-1])
    )
    axes.set_title(f"Day length {sun.day_length.min():.1f} to {sun.day_length.max():.1f} h")
    show_days(axes)
    return figure
