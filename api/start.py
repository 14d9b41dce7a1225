"""The server for scripts beside it, without HTTP: the entry point that `sticky_pi_api.specifications.RemoteAPI` finds.

Django has one configuration in a process, from its environment when it starts. So the first call of `connect` decides.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings

from sticky_pi_api.core.errors import InvalidInput
from stickypi import env

_TOP = Path(__file__).resolve().parent.parent


def connect(environment: Mapping[str, str]) -> Callable[..., Any]:
    """A function that calls operations: `call(operation, info, what, client_info)`, see `api.in_process`.

    Args:
        environment: what a server with this database and these files has in its own; other variables count as they are.

    Raises:
        InvalidInput: no server starts with that, its database is empty, or this process has another configuration.
        Unavailable: the database is away.
    """
    try:
        asked = env.read(environment, _TOP)
    except env.ConfigurationError as error:
        raise InvalidInput(f"the server cannot start with this configuration: {error}") from error
    if not apps.ready:
        # Empty ones too: what they leave out is not to come from a `.env`, or from a file that a variable names.
        os.environ.update(environment)
        for name in environment:
            os.environ.pop(f"{name}_FILE", None)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stickypi.settings")
        django.setup()
    if _place(asked) != _place(settings.CONFIGURATION):
        raise InvalidInput(
            "this process has another database or other files already, and one process has one configuration: "
            "use another process for this one"
        )
    from api import in_process  # models can be imported once Django is set up

    in_process.check_database()
    return in_process.call


def _place(configuration: env.Configuration) -> tuple[Any, ...]:
    """Where a server keeps what it has, and the secret that its tokens and links are signed with."""
    return configuration.data_dir, configuration.mysql, configuration.s3, configuration.secret_key
