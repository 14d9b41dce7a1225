"""The application, and the options of all its commands."""

from typing import Annotated

import typer

from .places import choose_server

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Images, annotations, tuboids and labels of Sticky Pi traps, on a server or in a folder.\n\n"
    "A *place* is a folder of a LocalClient's, the URL of a server, or @NAME: a server that `login` remembers, or that "
    "of $STICKYPI_NAME_HOST, $STICKYPI_NAME_USERNAME, $STICKYPI_NAME_PASSWORD. By default, it is the server of --host "
    "or $STICKYPI_HOST, else the one of `login`.",
)


@app.callback()
def options(
    host: Annotated[str | None, typer.Option(help="HOST or http(s)://HOST:PORT; default: $STICKYPI_HOST")] = None,
    user: Annotated[
        str | None, typer.Option(help="User name; default: $STICKYPI_USERNAME. Password: $STICKYPI_PASSWORD")
    ] = None,
) -> None:
    """Before each command."""
    choose_server(host, user)
