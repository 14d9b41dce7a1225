"""A reference detector and matcher: from images to contours, from contours to tuboids. They take the extra `detector`.

Classical, without training: see `contours` for what that cannot do, and docs/detector.md for how well it does.
"""

try:
    from .contours import NAME, Parameters, annotate, drawn, find_contours
    from .matching import MATCHER, MATCHER_VERSION, Track, follow
    from .tiling import write_tuboids
except ImportError as error:
    raise ImportError(f"the detector takes pip install 'sticky-pi-api[detector]' ({error})") from error

__all__ = [
    "MATCHER",
    "MATCHER_VERSION",
    "NAME",
    "Parameters",
    "Track",
    "annotate",
    "drawn",
    "find_contours",
    "follow",
    "write_tuboids",
]
