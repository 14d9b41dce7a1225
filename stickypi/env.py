"""The configuration, read from environment variables and checked before anything starts.

Every variable may also be given as a file, by `<NAME>_FILE`, as Docker mounts secrets. pydantic checks the values; its
BaseSettings is not used, as it reads the process's own environment and knows no `<NAME>_FILE`.
"""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

MIN_SECRET_LENGTH = 16


class ConfigurationError(Exception):
    """A setting is missing or contradicts another: the message says which, and what it should look like."""


@dataclass(frozen=True)
class MySQL:
    """A MariaDB server, which speaks MySQL's protocol."""

    host: str
    port: int
    user: str
    password: str
    database: str


@dataclass(frozen=True)
class S3:
    """An object store."""

    endpoint_url: str
    access_key: str
    private_key: str
    bucket: str
    region: str


@dataclass(frozen=True)
class Configuration:
    """Everything that the environment sets. Without `mysql`, SQLite; without `s3`, disk: both in `data_dir`.

    `demo` says that this is `bin/demo`, whose first page says what to try.
    `https` says that browsers reach the server by https only: cookies are then sent by nothing else.
    `iso_datetimes` says that operations answer `YYYY-MM-DDTHH:MM:SSZ` rather than `YYYY-MM-DD_HH-MM-SS`.
    `accel_redirect` is the proxy's internal location of the files on disk; empty where no proxy sends them.
    `is_secret_generated` says that the environment has no secret, and one is kept in `data_dir`.
    `trusted_proxies` are those whose X-Forwarded-For is believed: how many there are, or their networks.
    `token_days` is for how long tokens may be renewed without the password.
    """

    data_dir: Path
    secret_key: str
    is_secret_generated: bool
    debug: bool
    demo: bool
    https: bool
    iso_datetimes: bool
    accel_redirect: str
    allowed_hosts: list[str]
    trusted_proxies: int | list[IPv4Network | IPv6Network]
    token_days: int
    mysql: MySQL | None
    s3: S3 | None
    admin: tuple[str, str] | None


def _split(value: Any) -> Any:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


class Variables(BaseModel):
    """The environment variables, each by itself; an empty one counts as absent.

    Where a value can be wrong, the description completes "<NAME>=<value> is not ...".
    """

    secret_api_key: str | None = Field(None, min_length=MIN_SECRET_LENGTH)
    stickypi_data_dir: Path | None = None
    stickypi_debug: bool = False
    stickypi_demo: bool = False
    stickypi_https: bool = False
    stickypi_datetime_format: Literal["underscored", "iso"] = Field(
        "underscored", description="a form of datetimes: it takes underscored (YYYY-MM-DD_HH-MM-SS) or iso"
    )
    stickypi_accel_redirect: str = Field(
        "", pattern=r"^/[\w./-]*/$", description="an internal location of the proxy: it is like /stored-files/"
    )
    stickypi_allowed_hosts: Annotated[list[str], BeforeValidator(_split)] = ["localhost", "127.0.0.1", "[::1]"]
    stickypi_trusted_proxies: str | None = None
    stickypi_token_days: int = Field(
        30, ge=1, le=3650, description="a number of days: it takes a number from 1 to 3650"
    )
    mysql_host: str | None = None
    mysql_port: int = Field(3306, ge=1, le=65535, description="a port: it takes a number from 1 to 65535")
    mysql_user: str | None = None
    mysql_password: str | None = None
    mysql_database: str | None = None
    s3_host: str | None = None
    s3_access_key: str | None = None
    s3_private_key: str | None = None
    s3_bucket_name: str | None = None
    s3_region: str = "us-east-1"
    api_admin_name: str | None = None
    api_admin_password: str | None = None


def read(environment: Mapping[str, str], base_dir: Path) -> Configuration:
    """The configuration. Raises ConfigurationError."""
    variables = _parse(environment)
    data_dir = (variables.stickypi_data_dir or base_dir / "data").expanduser().resolve()
    mysql, s3 = _mysql(variables), _s3(variables)
    return Configuration(
        data_dir=data_dir,
        secret_key=variables.secret_api_key or _generated_secret(data_dir, shared=bool(mysql or s3)),
        is_secret_generated=not variables.secret_api_key,
        debug=variables.stickypi_debug,
        demo=variables.stickypi_demo,
        https=variables.stickypi_https,
        iso_datetimes=variables.stickypi_datetime_format == "iso",
        accel_redirect=variables.stickypi_accel_redirect,
        allowed_hosts=variables.stickypi_allowed_hosts,
        trusted_proxies=_trusted_proxies(variables),
        token_days=variables.stickypi_token_days,
        mysql=mysql,
        s3=s3,
        admin=_admin(variables),
    )


def _parse(environment: Mapping[str, str]) -> Variables:
    values = {name: _value(environment, name.upper()) for name in Variables.model_fields}
    try:
        return Variables.model_validate({name: value for name, value in values.items() if value})
    except ValidationError as error:
        messages = [_message(str(each["loc"][0]), each["type"], each["input"]) for each in error.errors()]
    raise ConfigurationError(" ".join(messages))  # without pydantic's own message, which shows secrets


def _value(environment: Mapping[str, str], name: str) -> str:
    """The value of a variable, or the content of the file that `<NAME>_FILE` names; empty where neither is set."""
    value, path = environment.get(name, ""), environment.get(f"{name}_FILE", "")
    if not path:
        return value
    if value:
        raise ConfigurationError(f"{name} and {name}_FILE are both set: set one of them.")
    try:
        content = Path(path).read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigurationError(f"{name}_FILE={path} cannot be read ({reason}).") from error
    if not content:
        raise ConfigurationError(f"{name}_FILE={path} is empty.")
    return content


def _message(name: str, kind: str, value: Any) -> str:
    if kind == "string_too_short":
        return (
            f"{name.upper()} is too short: it takes at least {MIN_SECRET_LENGTH} random characters, "
            "e.g. the output of `openssl rand -hex 32`."
        )
    if kind == "bool_parsing":
        return f"{name.upper()}={value!r} is neither on nor off: write 1 or 0."
    return f"{name.upper()}={value!r} is not {Variables.model_fields[name].description}."


def _mysql(variables: Variables) -> MySQL | None:
    group = _group(
        variables,
        "mysql_host",
        ("mysql_user", "mysql_password", "mysql_database"),
        "e.g. MYSQL_HOST=127.0.0.1 for a MariaDB server on this machine",
    )
    return MySQL(group[0], variables.mysql_port, *group[1:]) if group else None


def _s3(variables: Variables) -> S3 | None:
    group = _group(
        variables,
        "s3_host",
        ("s3_access_key", "s3_private_key", "s3_bucket_name"),
        "e.g. S3_HOST=s3.example.org or S3_HOST=http://127.0.0.1:9000",
    )
    if not group:
        return None
    host, access_key, private_key, bucket = group
    endpoint_url = host.rstrip("/") if "://" in host else f"https://{host.rstrip('/')}"
    return S3(endpoint_url, access_key, private_key, bucket, variables.s3_region)


def _group(variables: Variables, leader: str, names: tuple[str, ...], example: str) -> list[str]:
    """The values of variables that are set together, the leader's first; empty where none is set."""
    values = [getattr(variables, name) for name in (leader, *names)]
    given = [name.upper() for name in names if getattr(variables, name)]
    missing = [name.upper() for name in names if not getattr(variables, name)]
    if values[0] and missing:
        raise ConfigurationError(f"{leader.upper()} is set, so {' and '.join(missing)} must be set too.")
    if given and not values[0]:
        raise ConfigurationError(
            f"{' and '.join(given)} set without {leader.upper()}: set it ({example}), or none of them."
        )
    return values if values[0] else []


def _admin(variables: Variables) -> tuple[str, str] | None:
    name, password = variables.api_admin_name, variables.api_admin_password
    if bool(name) != bool(password):
        raise ConfigurationError("API_ADMIN_NAME and API_ADMIN_PASSWORD go together: set both, or neither.")
    return (name, password) if name and password else None


def _generated_secret(data_dir: Path, *, shared: bool) -> str:
    """A secret that is generated once and kept in the data folder, readable by its owner only."""
    if shared:
        raise ConfigurationError(
            "SECRET_API_KEY is missing: with MYSQL_HOST or S3_HOST it must be set, to the same secret for every "
            "server that shares them, e.g. the output of `openssl rand -hex 32`."
        )
    path, written = data_dir / "secret_key", data_dir / f"secret_key.{os.getpid()}"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            written.touch(mode=0o600)
            written.write_text(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):  # another process that starts has made one
                os.link(written, path)
            written.unlink()
    except OSError as error:
        raise ConfigurationError(f"STICKYPI_DATA_DIR={data_dir} cannot be written ({error.strerror}).") from error
    return path.read_text()


def _trusted_proxies(variables: Variables) -> int | list[IPv4Network | IPv6Network]:
    value = variables.stickypi_trusted_proxies or ("1" if variables.stickypi_https else "0")
    if value.isdecimal() and int(value) < 10:
        return int(value)
    try:
        return [ip_network(network) for network in _split(value)]
    except ValueError as error:
        raise ConfigurationError(
            f"STICKYPI_TRUSTED_PROXIES={value!r} is neither the number of proxies before the server, e.g. 1, "
            f"nor a list of their addresses and networks, e.g. 127.0.0.1,10.0.0.0/24 ({error})."
        ) from error
