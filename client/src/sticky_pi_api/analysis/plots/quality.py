"""Plots of how good detectors and classifiers are."""

import numpy as np
from matplotlib.figure import Figure

from ..quality import Confusion
from ..tables import Rows, table
from .style import COLOURS, new_figure, styled


@styled
def plot_detection_quality(quality: Rows) -> Figure:
    """Precision and recall by the area of insects, each class at its median area.

    Args:
        quality: of `detection_quality(..., by_area=8)`.
    """
    found = table(quality, "quality", ("area", "area_from", "area_to", "n_true", "precision", "recall"))
    figure = new_figure(5, 3.3)
    axes = figure.subplots()
    for column, colour, marker in (("recall", COLOURS[0], "o"), ("precision", COLOURS[3], "s")):
        axes.plot(found.area, 100 * found[column], marker=marker, color=colour, lw=1.6, ms=5, label=column.capitalize())
        axes.hlines(100 * found[column], found.area_from, found.area_to, color=colour, lw=0.8, alpha=0.5)
    axes.set(xscale="log", ylim=(0, 102), xlabel="Area of the insect (px²)", ylabel="Recall, precision (%)")
    axes.set_title(f"{found.n_true.sum():,} true insects, {found.n_true.median():,.0f} in each class of area")
    axes.legend(loc="lower right")
    return figure


@styled
def plot_confusion(result: Confusion) -> Figure:
    """The matrix in per cent of each true taxon, counts in its cells; recall, precision and F1 beside."""
    counts = result.matrix.to_numpy()
    n = len(counts)
    share = 100 * np.divide(counts, counts.sum(axis=1, keepdims=True), out=np.zeros(counts.shape), where=counts > 0)
    figure = new_figure(3.2 + 0.36 * n, 1.8 + 0.3 * n)
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
