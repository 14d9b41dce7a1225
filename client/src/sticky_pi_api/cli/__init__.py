"""The command `sticky-pi`: images up and down, tables, catches, exports; on a server or a folder."""

import logging
import os
import sys
from collections.abc import Sequence

from ..core.errors import APIError
from . import account, bundles, results, tables, transfer, work
from .app import app
from .output import say, say_error

__all__ = ["app", "main"]

for _commands in (account, transfer, tables, results, work, bundles):
    _commands.add_to(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Returns:
        0 if all went well, 1 after an error, which is said on standard error; 2 where the command was not understood,
        and of `copy` where the places differ; 130 if it was interrupted, 141 if what read its output has ended
        (`| head`), as of other commands.
    """
    logging.basicConfig(format="sticky-pi: %(message)s")  # a server that does not answer is said while it is asked
    try:
        status = app(arguments, prog_name="sticky-pi", standalone_mode=False)
        sys.stdout.flush()
    except APIError as error:
        say_error(error)
        return 1
    except ImportError as error:
        say(f"sticky-pi: {error}")
        return 1
    except (BrokenPipeError, SystemExit) as error:
        if isinstance(error, SystemExit) and not isinstance(error.__context__, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more as it ends
        return 141
    except OSError as error:
        say(f"sticky-pi: {error.filename or 'the output'} cannot be used: {error.strerror or error}")
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if not hasattr(error, "show"):
            raise
        error.show()  # Typer's own: the command was not understood
        return 2
    return status if isinstance(status, int) else 0
