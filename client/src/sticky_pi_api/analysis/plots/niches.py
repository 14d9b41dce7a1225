"""The plot of temporal niches."""

import functools
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from ..niches import AXES, TemporalNiches
from .style import COLOURS, MARKERS, new_figure, styled


@styled
def plot_temporal_niches(niches: TemporalNiches, *, level: float = 0.95) -> Figure:
    """The map of taxa, with the ellipses that hold `level` of their bootstrap replicates."""
    points = np.vstack([niches.configuration, niches.replicates[AXES]])
    low, high = np.quantile(points, [0.0005, 0.9995], axis=0) if len(points) > 1000 else (points.min(0), points.max(0))
    margin = (high - low).max() * np.array([0.32, 0.12])  # names beside the outermost ellipses
    width, height = high - low + 2 * margin
    figure = new_figure(5.5, 0.7 + 4.9 * height / width)
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
        axes.plot(x, y, MARKERS[index % len(MARKERS)], color=colour, mec="white", ms=7, zorder=3)
    axes.axhline(0, color="#E4E4E4", lw=0.8, zorder=0)
    axes.axvline(0, color="#E4E4E4", lw=0.8, zorder=0)
    axes.set(
        xlim=(low[0] - margin[0], high[0] + margin[0]), ylim=(low[1] - margin[1], high[1] + margin[1]), aspect="equal"
    )
    _label_taxa(axes, niches, ellipses, width / 4.9 / 72)
    axes.set(xlabel="Dimension 1 (units of 1 \N{MINUS SIGN} r)", ylabel="Dimension 2 (units of 1 \N{MINUS SIGN} r)")
    says = f"stress-1 {niches.stress:.2f}; distances on the map and 1 \N{MINUS SIGN} r: r = {niches.correlation:.3f}"
    axes.set_title(f"{niches.captures.sum():,} captures; {says}", fontsize=8)
    return figure


def _label_taxa(axes: Axes, niches: TemporalNiches, ellipses: pd.DataFrame | None, point: float) -> None:
    """Names beside the ellipses, each where it hides least; `point` is a typographic point in units of the map."""
    replicates = niches.replicates.iloc[:: max(1, len(niches.replicates) // 4000)]
    outlines = [] if ellipses is None else [_outline(*row) for row in ellipses.itertuples(name=None)]
    dots = pd.concat([replicates[["taxon", *AXES]], niches.configuration.reset_index(), *outlines])
    written: list[np.ndarray] = []  # left, bottom, right, top of each
    for taxon, centre in niches.configuration.iterrows():
        text = f"{taxon} ({niches.captures[taxon]:,})"
        size = np.array([4.6 * len(text), 10]) * point
        others = dots.loc[dots.taxon != taxon, AXES].to_numpy()
        boxes = _beside(centre.to_numpy(), ellipses.loc[taxon] if ellipses is not None else None, size, 4 * point)
        best = min(boxes, key=functools.partial(_hidden, dots=others, written=written, axes=axes))
        written.append(best)
        x, y = (best[:2] + best[2:]) / 2
        axes.text(x, y, text, ha="center", va="center", fontsize=8, zorder=4)


def _hidden(box: np.ndarray, dots: np.ndarray, written: list[np.ndarray], axes: Axes) -> float:
    """How much a name in the box would hide: dots; names and what is beyond the edge count more."""
    inside = ((dots > box[:2]) & (dots < box[2:])).all(axis=1).sum()
    over = sum(bool((box[:2] < other[2:]).all() and (other[:2] < box[2:]).all()) for other in written)
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    outside = box[0] < left or box[2] > right or box[1] < bottom or box[3] > top
    return float(inside + 1000 * (over + outside))


def _outline(taxon: Any, x: float, y: float, width: float, height: float, angle: float) -> pd.DataFrame:
    """Points on an ellipse, close enough that a name on its line hides some."""
    corners = np.asarray(Ellipse((x, y), width, height, angle=angle).get_verts())
    along = np.linspace(0, len(corners) - 1, 300)
    points = {axis: np.interp(along, range(len(corners)), corners[:, index]) for index, axis in enumerate(AXES)}
    return pd.DataFrame({"taxon": [taxon] * len(along), **points})


def _beside(centre: np.ndarray, ellipse: pd.Series | None, size: np.ndarray, gap: float) -> list[np.ndarray]:
    """Boxes above, below, right and left of an ellipse, and at its corners."""
    reach = np.full(2, gap)
    if ellipse is not None:
        angle, half = np.radians(ellipse.angle), np.array([ellipse.width, ellipse.height]) / 2
        turned = np.array([[np.cos(angle), np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * half
        centre, reach = ellipse[AXES].to_numpy(dtype=float), np.hypot(*turned.T)
    sides = [(0, 1), (0, -1), (1, 0), (-1, 0), (0.75, 0.75), (-0.75, 0.75), (0.75, -0.75), (-0.75, -0.75)]
    middles = [centre + np.array(side) * (reach + gap / 2 + size / 2) for side in sides]
    return [np.concatenate([middle - size / 2, middle + size / 2]) for middle in middles]
