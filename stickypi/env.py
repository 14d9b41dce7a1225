"""The configuration, read from environment variables and checked before anything starts."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

MIN_SECRET_LENGTH = 16


class ConfigurationError(Exception):
    """A setting is missing or contradicts another: the message says which, and what it should look like."""


@dataclass(frozen=True)
class MySQL:
    """MariaDB or MySQL server."""

    host: str
    port: int
    user: str
    password: str
    database: str


@dataclass(frozen=True)
class S3:
    """Object store."""

    endpoint_url: str
    access_key: str
    private_key: str
    bucket: str
    region: str


@dataclass(frozen=True)
class Configuration:
    """All that the environment may set. Without `mysql`, SQLite; without `s3`, disk: both in `data_dir`.

    `https` says that browsers reach the server by https only: cookies are then sent by nothing else.
    `trusted_proxies` are those whose X-Forwarded-For is believed: how many there are, or their networks.
    `token_days` is for how long tokens may be renewed without the password.
    """

    data_dir: Path
    secret_key: str
    debug: bool
    https: bool
    allowed_hosts: list[str]
    trusted_proxies: int | list[IPv4Network | IPv6Network]
    token_days: int
    mysql: MySQL | None
    s3: S3 | None
    admin: tuple[str, str] | None


def read(environment: Mapping[str, str], base_dir: Path) -> Configuration:
    """The configuration. Raises ConfigurationError."""
    data_dir = Path(environment.get("STICKYPI_DATA_DIR") or base_dir / "data").expanduser().resolve()
    mysql, s3 = _mysql(environment), _s3(environment)
    https = _flag(environment, "STICKYPI_HTTPS")
    return Configuration(
        data_dir=data_dir,
        secret_key=_secret_key(environment, data_dir, shared=bool(mysql or s3)),
        debug=_flag(environment, "STICKYPI_DEBUG"),
        https=https,
        allowed_hosts=_list(environment, "STICKYPI_ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]"),
        trusted_proxies=_proxies(environment, default="1" if https else "0"),
        token_days=_number(environment, "STICKYPI_TOKEN_DAYS", default=30, least=1, most=3650, what="number of days"),
        mysql=mysql,
        s3=s3,
        admin=_admin(environment),
    )


def _mysql(environment: Mapping[str, str]) -> MySQL | None:
    names = ("MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_DATABASE")
    if not _group(environment, "MYSQL_HOST", names, "e.g. MYSQL_HOST=127.0.0.1 for a MariaDB server on this machine"):
        return None
    return MySQL(
        environment["MYSQL_HOST"],
        _number(environment, "MYSQL_PORT", default=3306, least=1, most=65535, what="port"),
        *(environment[name] for name in names),
    )


def _s3(environment: Mapping[str, str]) -> S3 | None:
    names = ("S3_ACCESS_KEY", "S3_PRIVATE_KEY", "S3_BUCKET_NAME")
    if not _group(environment, "S3_HOST", names, "e.g. S3_HOST=s3.example.org or S3_HOST=http://127.0.0.1:9000"):
        return None
    host = environment["S3_HOST"].rstrip("/")
    access_key, private_key, bucket = (environment[name] for name in names)
    endpoint = host if "://" in host else f"https://{host}"
    return S3(endpoint, access_key, private_key, bucket, environment.get("S3_REGION") or "us-east-1")


def _group(environment: Mapping[str, str], leader: str, names: tuple[str, ...], example: str) -> bool:
    """Whether the group of settings is on: its leader set, and then all the others too."""
    given = [name for name in names if environment.get(name)]
    if environment.get(leader):
        if missing := [name for name in names if name not in given]:
            raise ConfigurationError(f"{leader} is set, so {' and '.join(missing)} must be set too.")
        return True
    if given:
        raise ConfigurationError(f"{' and '.join(given)} set without {leader}: set it ({example}), or none of them.")
    return False


def _admin(environment: Mapping[str, str]) -> tuple[str, str] | None:
    name, password = environment.get("API_ADMIN_NAME"), environment.get("API_ADMIN_PASSWORD")
    if bool(name) != bool(password):
        raise ConfigurationError("API_ADMIN_NAME and API_ADMIN_PASSWORD go together: set both, or neither.")
    return (name, password) if name and password else None


def _secret_key(environment: Mapping[str, str], data_dir: Path, *, shared: bool) -> str:
    key = environment.get("SECRET_API_KEY")
    if key:
        if len(key) < MIN_SECRET_LENGTH:
            raise ConfigurationError(
                f"SECRET_API_KEY is too short: it takes at least {MIN_SECRET_LENGTH} random characters, "
                "e.g. the output of `openssl rand -hex 32`."
            )
        return key
    if shared:
        raise ConfigurationError(
            "SECRET_API_KEY is missing: with MYSQL_HOST or S3_HOST it must be set, to the same secret for every "
            "server that shares them, e.g. the output of `openssl rand -hex 32`."
        )
    return _kept_secret(data_dir / "secret_key")


def _kept_secret(path: Path) -> str:
    """The secret of the embedded default: made once, readable by its owner only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(secrets.token_hex(32))
    except FileExistsError:
        pass
    except OSError as error:
        raise ConfigurationError(f"STICKYPI_DATA_DIR={path.parent} cannot be written ({error.strerror}).") from error
    return path.read_text()


def _flag(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name, "").lower()
    if value not in ("", "0", "1", "false", "true", "no", "yes", "off", "on"):
        raise ConfigurationError(f"{name}={value!r} is neither on nor off: write 1 or 0.")
    return value in ("1", "true", "yes", "on")


def _number(environment: Mapping[str, str], name: str, *, default: int, least: int, most: int, what: str) -> int:
    value = environment.get(name) or str(default)
    if not (value.isdecimal() and least <= int(value) <= most):
        raise ConfigurationError(f"{name}={value!r} is not a {what}: it takes a number from {least} to {most}.")
    return int(value)


def _proxies(environment: Mapping[str, str], default: str) -> int | list[IPv4Network | IPv6Network]:
    value = environment.get("STICKYPI_TRUSTED_PROXIES") or default
    if value.isdecimal() and int(value) < 10:
        return int(value)
    try:
        return [ip_network(network) for network in _list(environment, "STICKYPI_TRUSTED_PROXIES", default="")]
    except ValueError as error:
        raise ConfigurationError(
            f"STICKYPI_TRUSTED_PROXIES={value!r} is neither the number of proxies before the server, e.g. 1, "
            f"nor a list of their addresses and networks, e.g. 127.0.0.1,10.0.0.0/24 ({error})."
        ) from error


def _list(environment: Mapping[str, str], name: str, default: str) -> list[str]:
    return [item.strip() for item in (environment.get(name) or default).split(",") if item.strip()]
