"""What all plots share.

Colours are those of Okabe & Ito, told apart by all readers; taxa differ in line or marker as well.
"""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec

import matplotlib.pyplot as plt
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#000000", "#8C6D1F")
MARKERS = "osD^vPX*"
NIGHT, GREY = "#DDE3EA", "#767676"
CLOCKS = {"utc": "Time of day (h, UTC)", "local": "Local mean solar time (h)", "wzt": "Warped zeitgeber time (h)"}
SHORT = {"utc": "UTC", "local": "local mean solar time", "wzt": "WZT (12 h: sunset)"}
P = ParamSpec("P")
_STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.8,
    "legend.frameon": False,
    "figure.dpi": 150,
    "svg.fonttype": "none",
}


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, in inches."""
    return plt.figure(figsize=(width, height), layout="constrained")


def show_days(axes: Axes) -> None:
    """Dates beneath, as few as are legible."""
    locator = dates.AutoDateLocator(maxticks=10)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))


def styled(plot: Callable[P, Figure]) -> Callable[P, Figure]:
    """Runs a plot in the style of all, without changing that of the caller."""

    @functools.wraps(plot)
    def styled_plot(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with plt.rc_context(_STYLE):
            return plot(*args, **kwargs)

    return styled_plot
