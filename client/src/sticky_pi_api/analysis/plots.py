"""Plots: each takes what the function of its name gives, and returns a matplotlib Figure (`.savefig("plot.svg")`).

Colours are those of Okabe & Ito, told apart by all readers; taxa differ in line or marker as well. In a notebook, end the
line with `;` or give the figure a name: it is displayed either way.
"""

import functools
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from matplotlib.ticker import MaxNLocator

from .niches import AXES, TemporalNiches
from .quality import Confusion
from .rhythm import autocorrelation, period
from .saturation import Saturation
from .tables import Rows, table

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#000000", "#8C6D1F")
_MARKERS = "osD^vPX*"
_NIGHT, _GREY = "#DDE3EA", "#767676"
_OTHER = "other taxa"
_CLOCKS = {"utc": "Time of day (h, UTC)", "local": "Local mean solar time (h)", "wzt": "Warped zeitgeber time (h)"}
_STYLE = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.8,
    "legend.frameon": False,
    "savefig.dpi": 200,
    "svg.fonttype": "none",
}


def _figure(width: float, height: float) -> Figure:
    return plt.figure(figsize=(width, height), layout="constrained")


def _days(axes: Axes) -> None:
    locator = dates.AutoDateLocator(maxticks=10)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))


def _styled(plot: Any) -> Any:
    """Runs a plot in the style of all, without changing that of the caller."""

    @functools.wraps(plot)
    def styled(*args: Any, **kwargs: Any) -> Figure:
        with plt.rc_context(_STYLE):
            return plot(*args, **kwargs)

    return styled


@_styled
def plot_captures(captures: Rows) -> Figure:
    """How many of each taxon were caught, and how many of them people have named."""
    found = table(captures, "captures", ("device", "datetime", "taxon"))
    by_person = found.get("labelled_by", pd.Series("", found.index)).astype(str).str.startswith("human:")
    counts = found.groupby(["taxon", by_person.rename("person")]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=[True, False], fill_value=0)
    counts = counts.loc[counts.sum(axis=1).sort_values().index]
    figure = _figure(5.5, 0.8 + 0.22 * len(counts))
    axes = figure.subplots()
    left = np.zeros(len(counts))
    for person, label, colour in ((True, "named by people", COLOURS[1]), (False, "by an algorithm", COLOURS[0])):
        if counts[person].any():
            axes.barh(counts.index.astype(str), counts[person], left=left, color=colour, label=label, height=0.75)
        left += counts[person].to_numpy()
    axes.bar_label(axes.containers[-1], labels=[f"{n:.0f}" for n in left], padding=3, color=_GREY, fontsize=8)
    axes.set(xlabel="Captures (insects)", title=f"{len(found):,} tuboids, {int(left.sum()):,} of a known taxon")
    axes.margins(x=0.1, y=0.01)
    axes.tick_params(axis="y", length=0)
    axes.legend(loc="lower right")
    return figure


@_styled
def plot_effort(effort: Rows) -> Figure:
    """The share of each interval that each trap watched; white where none was due."""
    found = table(effort, "effort", ("device", "start", "hours", "gap_hours"))
    width = found.start.drop_duplicates().sort_values().diff().min() / pd.Timedelta("1h")
    hours = found.pivot(index="device", columns="start", values="hours")
    columns = pd.date_range(hours.columns.min(), hours.columns.max(), freq=pd.Timedelta(width, unit="h"))
    hours = hours.reindex(columns=columns)
    figure = _figure(7, 0.9 + 0.24 * len(hours))
    axes = figure.subplots()
    edges = dates.date2num([*columns, columns[-1] + pd.Timedelta(width, unit="h")])
    mesh = axes.pcolormesh(
        edges,
        np.arange(len(hours) + 1),
        hours / width * 100,
        cmap="cividis",
        vmin=0,
        vmax=100,
        edgecolors="white",
        lw=0.6,
    )
    axes.set_yticks(np.arange(len(hours)) + 0.5, hours.index)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set(ylabel="Trap", title=f"{found.hours.sum():,.0f} trap-hours; gaps: {found.gap_hours.sum():,.0f} h")
    _days(axes)
    figure.colorbar(mesh, ax=axes, label=f"Watched (% of {width:g} h)", pad=0.01)
    return figure


@_styled
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
    figure = _figure(7, 4)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    bottom = np.zeros(len(rates))
    for index, taxon in enumerate(order):
        colour = "#BDBDBD" if taxon == _OTHER else COLOURS[index % len(COLOURS)]
        above.bar(
            rates.index, rates[taxon].fillna(0), 0.85, bottom, color=colour, label=str(taxon), edgecolor="white", lw=0.3
        )
        bottom += rates[taxon].fillna(0).to_numpy()
    none = hours.index[hours == 0]
    above.plot(none, np.zeros(len(none)), "x", color=_GREY, clip_on=False, label="no effort" if len(none) else None)
    above.set_ylabel("Captures\n(insects per trap and 24 h)")
    handles, labels = above.get_legend_handles_labels()
    above.legend(handles[::-1], labels[::-1], loc="upper left", bbox_to_anchor=(1, 1))
    below.bar(hours.index, hours, 0.85, color=_GREY)
    below.set(ylabel="Effort\n(trap-hours)", xlabel="Night (noon to noon)")
    below.yaxis.set_major_locator(MaxNLocator(3))
    _days(below)
    figure.align_ylabels()
    return figure


@_styled
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
    figure = _figure(max(3.5, 1.9 * columns), 0.5 + 1.45 * rows)
    panels = figure.subplots(rows, columns, sharex=True, sharey=share_y, squeeze=False)
    for index, (axes, taxon) in enumerate(zip(panels.flat, taxa, strict=False)):
        of_taxon = found[found.taxon == taxon].sort_values("hour")
        middle = of_taxon.hour + 0.5
        _shade(axes, attrs.get("night"))
        low = (of_taxon.per_hour - of_taxon.se).clip(lower=0)
        axes.fill_between(middle, low, of_taxon.per_hour + of_taxon.se, color=COLOURS[0], alpha=0.25, lw=0)
        axes.plot(middle, of_taxon.per_hour, color=COLOURS[0], lw=1.4)
        axes.set_title(f"{taxon}  (n = {of_taxon.captures.sum():,})")
        axes.set(xlim=(0, 24), xticks=range(0, 25, 6), ylim=(0, None))
        axes.yaxis.set_major_locator(MaxNLocator(3))
        axes.tick_params(labelbottom=index + columns >= len(taxa))
    for axes in panels.flat[len(taxa) :]:
        axes.remove()
    clock = attrs.get("clock", "")
    figure.supxlabel(_CLOCKS.get(clock, f"Time of day (h, {clock})" if clock else "Hour"), fontsize=9)
    figure.supylabel("Captures (insects per trap and hour)", fontsize=9)
    return figure


def _shade(axes: Axes, night: tuple[float, float] | None) -> None:
    if night is None:
        return
    sunset, sunrise = night
    spans = [(sunset, sunrise)] if sunset < sunrise else [(0, sunrise), (sunset, 24)]
    for start, end in spans:
        axes.axvspan(start, end, color=_NIGHT, lw=0, zorder=0)


@_styled
def plot_share_in_window(shares: Rows) -> Figure:
    """The share of each taxon's activity that is in the window, with its 95 % interval; the line is that of no rhythm."""
    found = table(shares, "shares", ("taxon", "share", "low", "high", "captures")).sort_values(
        "share", ignore_index=True
    )
    attrs = shares.attrs if isinstance(shares, pd.DataFrame) else {}
    figure = _figure(5.5, 0.9 + 0.23 * len(found))
    axes = figure.subplots()
    at = np.arange(len(found))
    axes.hlines(at, 100 * found.low, 100 * found.high, color=COLOURS[0], lw=1.6)
    axes.plot(100 * found.share, at, "o", color=COLOURS[0], ms=5)
    axes.set_yticks(at, [f"{row.taxon}  (n = {row.captures:,})" for row in found.itertuples()])
    axes.set(xlim=(0, 100), ylim=(-0.6, len(found) - 0.4), xlabel="Share of activity (%), 95 % interval")
    if "window" in attrs:
        start, end = attrs["window"]
        axes.axvline((end - start) % 24 / 24 * 100, color=_GREY, lw=1, ls="--", zorder=0)
        clock = _CLOCKS.get(attrs["clock"], attrs["clock"]).replace(" (h)", "").replace(" (h, UTC)", ", UTC")
        axes.set_title(f"{start:g} to {end:g} h, {clock[0].lower()}{clock[1:]}; dashed: equal at all hours")
    axes.tick_params(axis="y", length=0)
    return figure


@_styled
def plot_temporal_niches(niches: TemporalNiches, *, level: float = 0.95) -> Figure:
    """The map of taxa, with the ellipses that hold `level` of their bootstrap replicates."""
    figure = _figure(5, 5)
    axes = figure.subplots()
    has_replicates = len(niches.replicates) > 0
    ellipses = niches.ellipses(level) if has_replicates else None
    for index, (taxon, (x, y)) in enumerate(niches.configuration.iterrows()):
        colour = COLOURS[index % len(COLOURS)]
        if ellipses is not None:
            points = niches.replicates.loc[niches.replicates.taxon == taxon, AXES].to_numpy()
            axes.plot(*points.T, ".", color=colour, ms=1.5, alpha=0.35, mew=0, zorder=1)
            of = ellipses.loc[taxon]
            shape = (of.D1, of.D2), of.width, of.height
            axes.add_patch(Ellipse(*shape, angle=of.angle, fill=False, ec=colour, lw=1.1, zorder=2))
        axes.plot(x, y, _MARKERS[index % len(_MARKERS)], color=colour, mec="white", ms=7, zorder=3)
    _label_taxa(axes, niches, ellipses)
    axes.axhline(0, color="#E4E4E4", lw=0.8, zorder=0)
    axes.axvline(0, color="#E4E4E4", lw=0.8, zorder=0)
    axes.set_aspect("equal")
    axes.margins(0.12)
    axes.set(xlabel="Dimension 1 (units of 1 − r)", ylabel="Dimension 2 (units of 1 − r)")
    says = f"Stress-1 {niches.stress:.2f}; distances on the map and 1 − r: r = {niches.correlation:.3f}"
    axes.set_title(f"{niches.captures.sum():,} captures; {says}", fontsize=8)
    return figure


def _label_taxa(axes: Axes, niches: TemporalNiches, ellipses: pd.DataFrame | None) -> None:
    """Names beside the ellipses, on the side away from the nearest other taxon."""
    points = niches.configuration.to_numpy()
    for index, (taxon, (x, y)) in enumerate(niches.configuration.iterrows()):
        others = np.delete(points, index, axis=0)
        nearest = others[np.argmin(((others - (x, y)) ** 2).sum(axis=1))]
        up = 1 if y >= nearest[1] else -1
        centre, reach = (x, y), 0.03
        if ellipses is not None:
            of = ellipses.loc[taxon]
            angle = np.radians(of.angle)
            centre = (of.D1, of.D2)
            reach = np.hypot(of.width / 2 * np.sin(angle), of.height / 2 * np.cos(angle))
        axes.annotate(
            f"{taxon} ({niches.captures[taxon]:,})",
            (centre[0], centre[1] + up * reach),
            (0, 4 * up),
            textcoords="offset points",
            ha="center",
            va="bottom" if up > 0 else "top",
            fontsize=8,
            color=COLOURS[index % len(COLOURS)],
            zorder=4,
        )


@_styled
def plot_period(
    rates: Rows, *, group: str | None = None, time: str = "datetime", value: str = "rate", shortest: float = 16.0
) -> Figure:
    """Autocorrelation of each series (thin) and their mean (bold), a panel a group, with the period.

    Args:
        rates, group, time, value, shortest: as in `period`.
    """
    arguments = {"time": time, "value": value}
    found = table(rates, "rates", ("id", time, value, *([group] if group else [])))
    curves = autocorrelation(found, **arguments)
    periods = period(found, group=group, shortest=shortest, **arguments)
    of = found.drop_duplicates("id").set_index("id")[group or found.columns[0]] if group else None
    figure = _figure(1.0 + 3.1 * min(len(periods), 4), 0.4 + 2.5 * -(-len(periods) // 4))
    panels = figure.subplots(-(-len(periods) // 4), min(len(periods), 4), sharex=True, sharey=True, squeeze=False)
    for axes, row in zip(panels.flat, periods.itertuples(index=False), strict=False):
        members = of.index[of == row[0]] if of is not None else [row[0]]
        mine = curves[curves.id.isin(members)]
        axes.axhline(0, color="black", lw=0.6)
        axes.axvspan(shortest, curves.lag.max(), color="#F2F2F2", lw=0, zorder=0)
        axes.axhline(row.threshold, color=_GREY, lw=0.8, ls="--")
        for _, one in mine.groupby("id"):
            axes.plot(one.lag, one.r, color="#A9B4C0", lw=0.7)
        axes.plot(*mine.groupby("lag").r.mean().reset_index().to_numpy().T, color=COLOURS[0], lw=1.8)
        if not np.isnan(row.period):
            axes.plot(row.period, row.r, "v", color=COLOURS[3], ms=7, zorder=3)
            axes.annotate(f"{row.period:.2f} h", (row.period, row.r), (0, 10), textcoords="offset points", ha="center")
        axes.set(title=f"{row[0]}  (n = {row.n})", xlim=(0, curves.lag.max()), xticks=range(0, 33, 8), ylim=(-0.5, 1))
    for axes in panels.flat[len(periods) :]:
        axes.remove()
    figure.supxlabel("Lag (h)", fontsize=9)
    figure.supylabel("Autocorrelation of the capture rate", fontsize=9)
    return figure


@_styled
def plot_saturation(result: Saturation, *, bins: int = 8) -> Figure:
    """The rate relative to a fresh card, by the insects on it: means of classes with as many intervals each, and the fit."""
    rows = result.table
    at = pd.qcut(rows.on_card, bins, duplicates="drop")
    classes = rows.groupby(at, observed=True)
    means, errors = classes.relative.mean(), classes.relative.sem()
    figure = _figure(4.8, 3.3)
    axes = figure.subplots()
    n = np.linspace(0, rows.on_card.max(), 200)
    axes.axhline(1, color=_GREY, lw=0.8, ls="--")
    axes.fill_between(n, np.exp(-result.low * n), np.exp(-result.high * n), color=COLOURS[1], alpha=0.25, lw=0)
    axes.plot(n, result.relative_rate(n), color=COLOURS[1], lw=1.8, label="fit, 95 % interval")
    axes.errorbar(
        classes.on_card.mean(),
        means,
        1.96 * errors,
        fmt="o",
        color=COLOURS[0],
        ms=5,
        lw=1.1,
        label="mean, 95 % interval",
    )
    axes.set(
        xlabel="Insects on the card",
        ylabel="Capture rate relative to a fresh card",
        title=f"Change per 100 insects: {_percent(result.fall)} (95 %: {_percent(result.high)} to {_percent(result.low)})",
        xlim=(0, None),
        ylim=(0, None),
    )
    axes.legend(loc="upper left")
    return figure


def _percent(fall: float) -> str:
    return f"{100 * np.expm1(-100 * fall):+.0f} %".replace("-", "−")


@_styled
def plot_detection_quality(quality: Rows) -> Figure:
    """Precision and recall by the area of insects, each class at the middle of its areas.

    Args:
        quality: of `detection_quality(..., by_area=8)`.
    """
    found = table(quality, "quality", ("area_from", "area_to", "n_true", "precision", "recall"))
    figure = _figure(5, 3.3)
    axes = figure.subplots()
    middle = np.sqrt(found.area_from * found.area_to)
    for column, colour, marker in (("recall", COLOURS[0], "o"), ("precision", COLOURS[3], "s")):
        axes.plot(middle, 100 * found[column], marker=marker, color=colour, lw=1.6, ms=5, label=column.capitalize())
        axes.hlines(100 * found[column], found.area_from, found.area_to, color=colour, lw=0.8, alpha=0.5)
    axes.set(xscale="log", ylim=(0, 102), xlabel="Area of the insect (px²)", ylabel="Insects (%)")
    axes.set_title(f"{found.n_true.sum():,} true insects, {found.n_true.median():,.0f} in each class of area")
    axes.legend(loc="lower right")
    return figure


@_styled
def plot_confusion(result: Confusion) -> Figure:
    """The matrix in per cent of each true taxon, counts in its cells; recall, precision and F1 beside."""
    counts = result.matrix.to_numpy()
    n = len(counts)
    share = 100 * np.divide(counts, counts.sum(axis=1, keepdims=True), out=np.zeros(counts.shape), where=counts > 0)
    figure = _figure(3.2 + 0.36 * n, 1.8 + 0.3 * n)
    axes, beside = figure.subplots(1, 2, width_ratios=[n, 3], sharey=True)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    for row, column in np.argwhere(counts > 0):
        colour = "white" if share[row, column] > 55 else "black"
        axes.text(column, row, counts[row, column], ha="center", va="center", fontsize=7, color=colour)
    names = [str(name) for name in result.matrix.index]
    axes.set_xticks(range(n), names, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(n), [f"{name} ({total:,})" for name, total in zip(names, counts.sum(axis=1), strict=True)])
    axes.set(xlabel="Predicted", ylabel="Truth (tuboids)")
    quality = result.per_taxon[["recall", "precision", "f1"]].to_numpy() * 100
    beside.imshow(quality, cmap="Blues", vmin=0, vmax=160, aspect="auto")
    for row, column in np.argwhere(~np.isnan(quality)):
        beside.text(column, row, f"{quality[row, column]:.0f}", ha="center", va="center", fontsize=7)
    beside.set_xticks(
        range(3), ["Recall (%)", "Precision (%)", "F1 (%)"], rotation=60, ha="right", rotation_mode="anchor"
    )
    for each in (axes, beside):
        each.spines[:].set_visible(False)
        each.tick_params(length=0)
    correct = f"{result.n_correct:,} of {result.n:,} right ({100 * result.accuracy:.1f} %)"
    axes.set_title(f"{correct}; Cohen's κ = {result.kappa:.2f}")
    return figure


@_styled
def plot_sun_times(sun: pd.DataFrame) -> Figure:
    """Day and night through the season, in mean solar time (noon is when the sun is highest, on average)."""
    figure = _figure(5.5, 3)
    axes = figure.subplots()
    half = sun.day_length / 2
    axes.fill_between(sun.index, 0, 24, color=_NIGHT, lw=0)
    axes.fill_between(sun.index, 12 - half, 12 + half, color="#FFF4CC", lw=0)
    for edge in (12 - half, 12 + half):
        axes.plot(sun.index, edge.where(sun.polar.isna()), color=COLOURS[1], lw=1.4)
    axes.set(
        ylim=(0, 24), yticks=range(0, 25, 6), ylabel="Hours from solar midnight", xlim=(sun.index[0], sun.index[-1])
    )
    axes.set_title(f"Day length {sun.day_length.min():.1f} to {sun.day_length.max():.1f} h")
    _days(axes)
    return figure
