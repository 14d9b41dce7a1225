"""The operations as abstract classes, and those of a folder."""

from .local.api import LocalAPI
from .spec import BaseAPI, BaseAPISpec

__all__ = ["BaseAPI", "BaseAPISpec", "LocalAPI"]
