"""The types of arguments and answers; also those of `typing` that older code imports from here."""

import os
from typing import Any, Dict, List, Optional, Tuple, TypedDict, Union  # noqa: UP035

__all__ = [
    "AnnotType",
    "Annotation",
    "Any",
    "BundleFile",
    "ClientInfo",
    "Dict",
    "InfoType",
    "List",
    "MetadataType",
    "Optional",
    "PathType",
    "Token",
    "TuboidFiles",
    "Tuple",
    "Union",
]

from .core.records import BundleFile as BundleFile

InfoType = list[dict[str, Any]]
"""What a call asks for: see `sticky_pi_api.specifications.BaseAPISpec` for the keys of each operation."""

MetadataType = list[dict[str, Any]]
"""Rows of an answer: column -> value, datetimes naive UTC."""

ClientInfo = dict[str, Any]
"""Who acts: a user's row, or as much of it as `{'username': 'ann'}`."""

PathType = str | os.PathLike[str]
"""A path of a file or folder."""


class Token(TypedDict):
    """Stands for user name and password until `expiration` (unix seconds)."""

    token: str
    expiration: int


class TuboidFiles(TypedDict):
    """One tiled tuboid to be stored: its id, its series, and the paths of its three files."""

    tuboid_id: str
    series_info: dict[str, Any]
    metadata: PathType
    tuboid: PathType
    context: PathType


class Annotation(TypedDict):
    """What one algorithm found on one image: `annotations` (objects with contours) and `metadata` (of which image)."""

    annotations: list[dict[str, Any]]
    metadata: dict[str, Any]


AnnotType = list[Annotation]
"""Annotations to be stored, one element per image."""
