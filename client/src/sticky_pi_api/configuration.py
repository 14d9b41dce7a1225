"""Where the operations are: a folder, or a server."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from .core.errors import InvalidInput
from .types import PathType


@dataclass(frozen=True)
class BaseAPIConf:
    """Base of both."""


@dataclass(frozen=True)
class LocalAPIConf(BaseAPIConf):
    """A folder."""

    LOCAL_DIR: PathType


@dataclass(frozen=True)
class RemoteAPIConf(BaseAPIConf):
    """A server, and who is asking."""

    HOST: str
    USERNAME: str
    PASSWORD: str
    PROTOCOL: str = "https"
    PORT: int = 443

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """From `STICKYPI_HOST` (`host`, or `protocol://host:port`), `STICKYPI_USERNAME`, `STICKYPI_PASSWORD`.

        Raises:
            InvalidInput: one of them is missing.
        """
        names = ("STICKYPI_HOST", "STICKYPI_USERNAME", "STICKYPI_PASSWORD")
        if missing := [name for name in names if not environment.get(name)]:
            raise InvalidInput(f"{' and '.join(missing)} must be set")
        host, username, password = (environment[name] for name in names)
        return cls.at(host, username, password)

    @classmethod
    def at(cls, address: str, username: str, password: str) -> Self:
        """From an address: `host`, `host:port` or `protocol://host:port`; https and its port by default."""
        protocol, _, rest = address.rpartition("://")
        protocol = protocol or "https"
        host, _, port = rest.rstrip("/").partition(":")
        if protocol not in ("http", "https") or not host or not (port or "1").isdecimal():
            raise InvalidInput(f"{address!r} is not the address of a server: it takes host, or http(s)://host:port")
        return cls(host, username, password, protocol, int(port or {"https": 443, "http": 80}[protocol]))
