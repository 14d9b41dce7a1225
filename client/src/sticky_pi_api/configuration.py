"""Where the operations are: a folder, the database and store of a server, or a server and who is asking."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from .core.errors import InvalidInput
from .types import PathType


class BaseAPIConf:
    """Values by name, as attributes: `BaseAPIConf(SECRET_API_KEY='...').SECRET_API_KEY`."""

    def __init__(self, **values: Any) -> None:
        vars(self).update(values)

    def __repr__(self) -> str:
        # Names only: some of the values are secrets.
        return f"{type(self).__name__}({', '.join(vars(self))})"


@dataclass(frozen=True)
class LocalAPIConf(BaseAPIConf):
    """A folder, for LocalAPI and DiskStorage."""

    LOCAL_DIR: PathType


class RemoteAPIConf(BaseAPIConf):
    """What the environment of a server says, for RemoteAPI and S3Storage.

    Args:
        values: by the names that the server's environment has them; those not given are taken from this process's
            environment, which may name a file instead (`MYSQL_PASSWORD_FILE`), `''` where it has none. Without
            `MYSQL_HOST` the server has SQLite, without `S3_HOST` its files are on disk, both in `STICKYPI_DATA_DIR`.

    Raises:
        InvalidInput: a file that the environment names cannot be read.
    """

    STICKYPI_DATA_DIR: str
    SECRET_API_KEY: str
    MYSQL_HOST: str
    MYSQL_PORT: str
    MYSQL_USER: str
    MYSQL_PASSWORD: str
    MYSQL_DATABASE: str
    S3_HOST: str
    S3_ACCESS_KEY: str
    S3_PRIVATE_KEY: str
    S3_BUCKET_NAME: str
    S3_REGION: str

    def __init__(self, **values: Any) -> None:
        names = RemoteAPIConf.__annotations__.keys() - values.keys()
        super().__init__(**{name: _from_environment(name) for name in names}, **values)

    def environment(self) -> dict[str, str]:
        """The values by name, as an environment has them."""
        return {name: "" if value is None else str(value) for name, value in vars(self).items()}


def _from_environment(name: str) -> str:
    path = os.environ.get(f"{name}_FILE")
    if os.environ.get(name) or not path:
        return os.environ.get(name, "")
    try:
        return Path(path).read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{name}_FILE={path} cannot be read: {error}") from error


@dataclass(frozen=True, repr=False)
class RemoteClientConf(BaseAPIConf):
    """A server, and who is asking it."""

    HOST: str
    USERNAME: str
    PASSWORD: str
    PROTOCOL: str = "https"
    PORT: int = 443

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, prefix: str = "STICKYPI") -> Self:
        """From `STICKYPI_HOST` (`host`, or `protocol://host:port`), `STICKYPI_USERNAME`, `STICKYPI_PASSWORD`.

        Another `prefix` stands for another server.

        Raises:
            InvalidInput: one of them is missing.
        """
        names = tuple(f"{prefix}_{name}" for name in ("HOST", "USERNAME", "PASSWORD"))
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
