"""The operations: as abstract classes, of a folder, and of a server in this process."""

from .in_process import RemoteAPI
from .local.api import LocalAPI
from .spec import BaseAPI, BaseAPISpec

__all__ = ["BaseAPI", "BaseAPISpec", "LocalAPI", "RemoteAPI"]
