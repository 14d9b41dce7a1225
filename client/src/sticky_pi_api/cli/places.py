"""Where the command works: a folder, or a server of the environment or of `login`."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from platformdirs import user_config_path

from ..bundle_files import disk_faults
from ..client import LocalClient, RemoteClient
from ..configuration import RemoteClientConf
from ..core.errors import InvalidInput
from ..core.formats import shown

Client = LocalClient | RemoteClient
DEFAULT = "default"
_KEYRING = "sticky-pi"
_chosen: dict[str, str] = {}

Place = Annotated[str, typer.Option("--place", "-p", metavar="PLACE", help="A folder, the URL of a server, or @NAME")]


def choose_server(host: str | None, user: str | None) -> None:
    """What the options say, over the environment."""
    _chosen.clear()
    given = {"STICKYPI_HOST": host, "STICKYPI_USERNAME": user}
    _chosen.update({name: text for name, text in given.items() if text})


def open_place(name: str = "", n_threads: int = 8, *, must_exist: bool = True) -> Client:
    """The client of a place; without a name, that of the server chosen.

    Raises InvalidInput where it is not known, or is no folder of a LocalClient's.
    """
    if not name or name.startswith("@") or "://" in name:
        return server(name, n_threads)
    if must_exist and not (Path(name) / "database.db").is_file():
        raise InvalidInput(f"{shown(name)} is not a folder of a LocalClient's: it has no database.db")
    return LocalClient(name, n_threads)


def server(name: str = "", n_threads: int = 8) -> RemoteClient:
    """The client of a server: @NAME, a URL, or the one chosen."""
    profile = name[1:] if name.startswith("@") else ""
    prefix = f"STICKYPI_{profile.upper().replace('-', '_')}" if profile else "STICKYPI"
    environment = {**os.environ, **_chosen}
    if "://" in name:
        environment["STICKYPI_HOST"] = name
    stored = profiles().get(profile or DEFAULT)
    if stored and f"{prefix}_HOST" not in environment:
        environment |= _variables(prefix, profile or DEFAULT, stored)
    try:
        conf = RemoteClientConf.from_environment(environment, prefix)
    except InvalidInput as error:
        login = f"sticky-pi login URL{f' --name {profile}' if profile else ''}"
        raise InvalidInput(f"{error.detail}, or {login}" if "must be set" in error.detail else error.detail) from error
    return connect(conf, n_threads)


def connect(conf: RemoteClientConf, n_threads: int = 8) -> RemoteClient:
    """A client of a server; what it keeps is in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return RemoteClient(
        cache / "sticky-pi", conf.HOST, conf.USERNAME, conf.PASSWORD, conf.PROTOCOL, conf.PORT, n_threads
    )


def profiles() -> dict[str, dict[str, str]]:
    """The servers that `login` remembers, by name: `host` and `username`."""
    path = _path()
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}; it may be deleted, then log in again") from error
    return {name: each for name, each in found.items() if isinstance(each, dict)} if isinstance(found, dict) else {}


def remember(name: str, host: str, username: str, password: str) -> None:
    """Keeps a server: its password in the keyring of the system, the rest in a file."""
    _keyring().set_password(_KEYRING, f"{name}:{username}@{host}", password)
    _write({**profiles(), name: {"host": host, "username": username}})


def forget(name: str) -> None:
    """Forgets a server with its password. Raises InvalidInput where there is none."""
    known = profiles()
    if name not in known:
        raise InvalidInput(f"there is no profile {shown(name)}: there are {', '.join(known) or 'none'}")
    stored = known.pop(name)
    keyring = _keyring()
    if keyring.get_password(_KEYRING, _entry(name, stored)) is not None:
        keyring.delete_password(_KEYRING, _entry(name, stored))
    _write(known)


def _variables(prefix: str, name: str, stored: Mapping[str, str]) -> dict[str, str]:
    password = os.environ.get(f"{prefix}_PASSWORD") or _keyring().get_password(_KEYRING, _entry(name, stored)) or ""
    found = {"HOST": stored.get("host", ""), "USERNAME": stored.get("username", ""), "PASSWORD": password}
    return {f"{prefix}_{variable}": text for variable, text in found.items()}


def _entry(name: str, stored: Mapping[str, str]) -> str:
    return f"{name}:{stored.get('username')}@{stored.get('host')}"


def _keyring() -> Any:
    """The keyring of the system. Raises InvalidInput where there is none."""
    try:
        import keyring
        from keyring.backends import fail
    except ImportError as error:
        raise InvalidInput(
            "profiles take pip install 'sticky-pi-api[keyring]', or set $STICKYPI_HOST, $STICKYPI_USERNAME and "
            "$STICKYPI_PASSWORD instead"
        ) from error

    if isinstance(keyring.get_keyring(), fail.Keyring):
        raise InvalidInput(
            "this system has no keyring for passwords: set $STICKYPI_HOST, $STICKYPI_USERNAME and $STICKYPI_PASSWORD "
            "instead"
        )
    return keyring


def _path() -> Path:
    return user_config_path("sticky-pi") / "profiles.json"


def _write(known: Mapping[str, Any]) -> None:
    path = _path()
    with disk_faults(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.part")
        partial.write_text(json.dumps(known, indent=1))
        partial.replace(path)
