"""What was caught, when, at what effort: tables in, tables out. `pip install sticky-pi-api[analysis]`.

Functions take DataFrames, or rows as the clients give them, and change none of their arguments. Datetimes are naive
UTC. `captures` and `effort` come first; every rate is captures / effort, with zeros kept. docs/analysis.md shows all of
it.

The methods are those of Geissmann et al. (2022), "Sticky Pi is a high-frequency smart trap that enables the study of
insect circadian activity under natural conditions", PLOS Biology 20: e3001689.
"""

try:
    import ephem as _ephem
    import imageio_ffmpeg as _imageio_ffmpeg
    import matplotlib as _matplotlib
    import pandas as _pandas
    import scipy as _scipy
    import sklearn as _sklearn
except ImportError as error:
    raise ImportError(
        f"sticky_pi_api.analysis needs packages that are not installed ({error.name}): "
        "pip install 'sticky-pi-api[analysis]'"
    ) from error

from .captures import captures, labels_by, read_shots
from .effort import effort
from .niches import TemporalNiches, temporal_niches
from .nights import daily_captures
from .pictures import contact_sheet, film, show
from .plots import (
    plot_captures,
    plot_confusion,
    plot_daily_captures,
    plot_detection_quality,
    plot_diel_profile,
    plot_effort,
    plot_period,
    plot_saturation,
    plot_share_in_window,
    plot_sun_times,
    plot_temporal_niches,
)
from .profiles import diel_profile
from .quality import Confusion, confusion, contours, detection_quality, match_detections, read_corrected
from .rhythm import autocorrelation, period
from .saturation import Saturation, saturation
from .shares import share_in_window
from .sun import positions, sun_times, warped_zeitgeber_time
from .tables import AnalysisWarning

del _ephem, _imageio_ffmpeg, _matplotlib, _pandas, _scipy, _sklearn

__all__ = [
    "AnalysisWarning",
    "Confusion",
    "Saturation",
    "TemporalNiches",
    "autocorrelation",
    "captures",
    "confusion",
    "contact_sheet",
    "contours",
    "daily_captures",
    "detection_quality",
    "diel_profile",
    "effort",
    "film",
    "labels_by",
    "match_detections",
    "period",
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
    "positions",
    "read_corrected",
    "read_shots",
    "saturation",
    "share_in_window",
    "show",
    "sun_times",
    "temporal_niches",
    "warped_zeitgeber_time",
]
