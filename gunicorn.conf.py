"""Gunicorn's settings, which it reads from the folder that it is started in: `gunicorn stickypi.wsgi`.

The command line and GUNICORN_CMD_ARGS go before them, e.g. `--workers=4 --access-logfile=-`.
"""

from typing import Any

from gunicorn.glogging import Logger

worker_class = "gthread"
workers = 2
threads = 16
timeout = 120
control_socket_disable = True  # it would be the same for all servers of a user


class SecretlessLogger(Logger):
    """Access log in the usual format, without the user (who may be a token) and without queries (signed links)."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        atoms = super().atoms(resp, req, environ, request_time)
        path, referer = (str(environ.get(name) or "-").partition("?")[0] for name in ("RAW_URI", "HTTP_REFERER"))
        request = f"{environ['REQUEST_METHOD']} {path} {environ['SERVER_PROTOCOL']}"
        return {**atoms, "u": "-", "r": request, "f": referer}


logger_class = SecretlessLogger
