"""Who and where: login, logout, status, users."""

import sys
from typing import Annotated

import typer
from rich.prompt import Prompt

from ..client import RemoteClient
from ..configuration import RemoteClientConf
from .output import Form, say, write_rows
from .places import DEFAULT, Client, Place, connect, forget, open_place, profiles, remember

_USERS = ("username", "email", "is_admin", "can_write", "datetime_created")
_WHO = "Who"


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(rich_help_panel=_WHO)(login)
    app.command(rich_help_panel=_WHO)(logout)
    app.command(rich_help_panel=_WHO)(status)
    app.command(rich_help_panel=_WHO)(users)


def login(
    host: Annotated[str, typer.Argument(help="https://HOST")],
    username: Annotated[str, typer.Option("--user", "-u", prompt="User name", help="Asked for, if left out")],
    name: Annotated[str, typer.Option(help="Under which it is remembered, for @NAME")] = DEFAULT,
) -> None:
    """Remembers a server; the password is asked for (or read from a pipe), tried, and kept in the system's keyring.

    Example: `sticky-pi login https://traps.example.org --name lab`, then `sticky-pi images -p @lab`
    """
    password = Prompt.ask("Password", password=True) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    address = host if "://" in host else f"https://{host}"
    with _server(address, username, password) as client:
        client.get_token()
        remember(name, client.address, username, password)
    say(f"{username} is logged in to {client.address} ({'default' if name == DEFAULT else f'@{name}'})")


def logout(name: Annotated[str, typer.Argument(help="Of the profile")] = DEFAULT) -> None:
    """Forgets a server and its password."""
    forget(name)
    say(f"{name} is forgotten")


def status(place: Place = "") -> None:
    """Says what a place has."""
    with open_place(place) as client:
        _say_status(client)
    if not place and (known := profiles()):
        others = [f"@{name} {each.get('username')} at {each.get('host')}" for name, each in sorted(known.items())]
        say("remembered: " + "; ".join(others))


def users(
    pattern: Annotated[str, typer.Argument(help="LIKE pattern of user names")] = "%",
    place: Place = "",
    form: Form = None,
) -> None:
    """Lists users."""
    with open_place(place) as client:
        write_rows(client.get_users([{"username": pattern}]), _USERS, form)


def _server(address: str, username: str, password: str) -> RemoteClient:
    variables = {"STICKYPI_HOST": address, "STICKYPI_USERNAME": username, "STICKYPI_PASSWORD": password}
    return connect(RemoteClientConf.from_environment(variables))


def _say_status(client: Client) -> None:
    where = client.address if isinstance(client, RemoteClient) else client.local_dir
    tables = {"images": client.images(), "annotations": client.annotations(), "tuboids": client.tuboids()}
    numbers = {name: table.count() for name, table in {**tables, "labels": client.labels()}.items()}
    say(f"{where}: " + ", ".join(f"{number:,} {name}" for name, number in numbers.items()))
