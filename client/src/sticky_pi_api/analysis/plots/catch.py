"""Plots of what was caught, at what effort."""

import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..tables import Rows, table
from .style import COLOURS, GREY, new_figure, show_days, styled

_OTHER = "other taxa"


@styled
def plot_captures(captures: Rows) -> Figure:
    """How many of each taxon were caught, and how many of them people have named."""
    found = table(captures, "captures", ("device", "datetime", "taxon"))
    by_person = found.get("labelled_by", pd.Series("", found.index)).astype(str).str.startswith("human:")
    counts = found.groupby(["taxon", by_person.rename("person")]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=[True, False], fill_value=0)
    counts = counts.loc[counts.sum(axis=1).sort_values().index]
    figure = new_figure(5.5, 0.8 + 0.22 * len(counts))
    axes = figure.subplots()
    left = np.zeros(len(counts))
    for person, label, colour in ((True, "named by people", COLOURS[1]), (False, "by an algorithm", COLOURS[0])):
        if counts[person].any():
            bars = axes.barh(
                counts.index.astype(str), counts[person], left=left, color=colour, label=label, height=0.75
            )
        left += counts[person].to_numpy()
    axes.bar_label(bars, labels=[f"{n:,.0f}" for n in left], padding=3, color=GREY, fontsize=8)
    axes.set(xlabel="Captures (insects)", title=f"{len(found):,} tuboids, {int(left.sum()):,} of a known taxon")
    axes.margins(x=0.1, y=0.01)
    axes.tick_params(axis="y", length=0)
    if counts.any().all():
        axes.legend(loc="lower right")
    return figure


@styled
def plot_effort(effort: Rows) -> Figure:
    """The share of its time that each trap watched, in each interval; white where it did not stand."""
    found = table(effort, "effort", ("device", "start", "hours", "gap_hours"))
    width = found.start.drop_duplicates().sort_values().diff().min() / pd.Timedelta("1h")
    found["share"] = 100 * found.hours / (found.hours + found.gap_hours).replace(0, np.nan)
    share = found.pivot(index="device", columns="start", values="share")
    columns = pd.date_range(share.columns.min(), share.columns.max(), freq=pd.Timedelta(width, unit="h"))
    share = share.reindex(columns=columns)
    figure = new_figure(7, max(2, 0.9 + 0.24 * len(share)))
    axes = figure.subplots()
    edges = dates.date2num([*columns, columns[-1] + pd.Timedelta(width, unit="h")])
    mesh = axes.pcolormesh(
        edges,
        np.arange(len(share) + 1),
        share,
        cmap="cividis",
        vmin=0,
        vmax=100,
        edgecolors="white",
        lw=0.6,
    )
    axes.set_yticks(np.arange(len(share)) + 0.5, share.index)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set(ylabel="Trap", title=f"{found.hours.sum():,.0f} trap-hours; gaps: {found.gap_hours.sum():,.0f} h")
    show_days(axes)
    figure.colorbar(mesh, ax=axes, label="Time watched (%)", pad=0.01, aspect=max(4, 2 * len(share)))
    return figure


@styled
def plot_daily_captures(daily: Rows, *, n_taxa: int = 7) -> Figure:
    """Captures per trap and night, bars by taxon, with the effort beneath.

    Args:
        daily: of `daily_captures`; of several traps, captures and trap-hours are added up.
        n_taxa: of their own colour, the most frequent; the others are one.
    """
    found = table(daily, "daily", ("device", "night", "taxon", "captures", "hours"))
    most = found.groupby("taxon").captures.sum().sort_values(ascending=False).index[:n_taxa]
    hours = found.drop_duplicates(["device", "night"]).groupby("night").hours.sum()
    names = found.taxon.where(found.taxon.isin(most), _OTHER)
    counts = found.groupby(["night", names]).captures.sum().unstack(fill_value=0)
    order = [*most, *([_OTHER] if _OTHER in counts else [])]
    rates = counts[order].div(hours, axis=0).where(hours > 0, axis=0) * 24
    figure = new_figure(7, 4.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3.5, 1])
    bottom = np.zeros(len(rates))
    for index, taxon in enumerate(order):
        colour = "#BDBDBD" if taxon == _OTHER else COLOURS[index % len(COLOURS)]
        above.bar(
            rates.index, rates[taxon].fillna(0), 0.85, bottom, color=colour, label=str(taxon), edgecolor="white", lw=0.3
        )
        bottom += rates[taxon].fillna(0).to_numpy()
    none = hours.index[hours == 0]
    if len(none):
        above.plot(none, np.zeros(len(none)), "x", color=GREY, clip_on=False, label="no effort")
    above.set_ylabel("Captures (insects\nper trap and 24 h)")
    handles, labels = above.get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside right upper")
    below.bar(hours.index, hours, 0.85, color=GREY)
    below.set(ylabel="Effort\n(trap-h)", xlabel="Night (noon to noon)")
    below.yaxis.set_major_locator(MaxNLocator(3))
    show_days(below)
    figure.align_ylabels()
    return figure
