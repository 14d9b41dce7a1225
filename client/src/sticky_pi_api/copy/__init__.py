"""Copies between any two places, folders and servers: `copy(source, target, ...)`."""

from .copying import WHATS, copy
from .result import CopyResult, Problem

__all__ = ["WHATS", "CopyResult", "Problem", "copy"]
