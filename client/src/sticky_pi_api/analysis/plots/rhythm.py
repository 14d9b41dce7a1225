"""Plots of rates over days: their rhythm, and the card that fills up."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..rhythm import autocorrelation, period
from ..saturation import Saturation
from ..tables import Rows, table
from .style import COLOURS, GREY, new_figure, styled


@styled
def plot_period(
    rates: Rows, *, group: str | None = None, time: str = "datetime", value: str = "rate", shortest: float = 16.0
) -> Figure:
    """Autocorrelation of each series (thin) and their mean (bold), a panel a group, with the period.

    Args:
        rates, group, time, value, shortest: as in `period`.
    """
    found = table(rates, "rates", ("id", time, value, *([group] if group else [])))
    curves = autocorrelation(found, time=time, value=value)
    periods = period(found, group=group, time=time, value=value, shortest=shortest)
    of = found.drop_duplicates("id").set_index("id")[group or found.columns[0]] if group else None
    figure = new_figure(1.0 + 3.1 * min(len(periods), 4), 0.4 + 2.5 * -(-len(periods) // 4))
    panels = figure.subplots(-(-len(periods) // 4), min(len(periods), 4), sharex=True, sharey=True, squeeze=False)
    for axes, row in zip(panels.flat, periods.itertuples(index=False), strict=False):
        members = of.index[of == row[0]] if of is not None else [row[0]]
        mine = curves[curves.id.isin(members)]
        axes.axhline(0, color="black", lw=0.6)
        axes.axvspan(shortest, curves.lag.max(), color="#F2F2F2", lw=0, zorder=0)
        level = axes.axhline(row.threshold, color=GREY, lw=0.8, ls="--")
        for _, one in mine.groupby("id"):
            single = axes.plot(one.lag, one.r, color="#A9B4C0", lw=0.7)
        mean = axes.plot(*mine.groupby("lag").r.mean().reset_index().to_numpy().T, color=COLOURS[0], lw=1.8)
        if not np.isnan(row.period):
            axes.plot(row.period, row.r, "v", color=COLOURS[3], ms=7, zorder=3)
            axes.annotate(f"{row.period:.2f} h", (row.period, row.r), (0, 10), textcoords="offset points", ha="center")
        axes.set(title=f"{row[0]}  (n = {row.n})", xlim=(0, curves.lag.max()), xticks=range(0, 33, 8), ylim=(-0.5, 1))
    for axes in panels.flat[len(periods) :]:
        axes.remove()
    labels = ["one series", "mean", "5 % level of one series"]
    panels.flat[0].legend([*single, *mean, level], labels, loc="upper right", fontsize=7.5)
    figure.supxlabel("Lag (h); shaded: where the period is looked for", fontsize=9)
    figure.supylabel("Autocorrelation of the capture rate", fontsize=9)
    return figure


@styled
def plot_saturation(result: Saturation, *, bins: int = 8) -> Figure:
    """The rate relative to a fresh card, by the insects on it: means of classes of equal size, and the fit."""
    rows = result.table
    at = pd.qcut(rows.on_card, bins, duplicates="drop")
    classes = rows.groupby(at, observed=True)
    means, errors = classes.relative.mean(), classes.relative.sem()
    figure = new_figure(4.8, 3.3)
    axes = figure.subplots()
    n = np.linspace(0, rows.on_card.quantile(0.98), 200)
    axes.axhline(1, color=GREY, lw=0.8, ls="--")
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
    interval = f"{_percent(result.high)} to {_percent(result.low)}"
    axes.set(
        xlabel="Insects on the card",
        ylabel="Capture rate relative to a fresh card",
        title=f"Change per 100 insects: {_percent(result.fall)} (95 %: {interval})",
        xlim=(0, None),
        ylim=(0, None),
    )
    axes.legend(loc="lower left")
    return figure


def _percent(fall: float) -> str:
    return f"{100 * np.expm1(-100 * fall):+.0f} %".replace("-", "\N{MINUS SIGN}")
