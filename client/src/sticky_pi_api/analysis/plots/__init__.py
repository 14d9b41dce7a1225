"""Plots: each takes what the function of its name gives, and returns a matplotlib Figure (`.savefig("plot.svg")`).

In a notebook, end the line with `;` or give the figure a name: it is displayed either way.
"""

from .activity import plot_diel_profile, plot_share_in_window, plot_sun_times
from .catch import plot_captures, plot_daily_captures, plot_effort
from .niches import plot_temporal_niches
from .quality import plot_confusion, plot_detection_quality
from .rhythm import plot_period, plot_saturation

__all__ = [
    "plot_captures",
    "plot_confusion",
    "plot_daily_captures",
    "plot_detection_quality",
    "plot_diel_profile",
    "plot_effort",
    "plot_period",
    "plot_saturation",
    "plot_share_in_window",
    "plot_sun_times",
    "plot_temporal_niches",
]
