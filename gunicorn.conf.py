"""How gunicorn runs the server, unless its command says otherwise. It stands behind a proxy: see README."""

from typing import Any

from gunicorn import glogging

wsgi_app = "stickypi.wsgi"
worker_class = "gthread"
workers = 2
threads = 16
timeout = 120
control_socket_disable = True
access_log_format = '%(h)s %(t)s "%(m)s %(U)s %(H)s" %(s)s %(B)s %(M)sms "%(a)s"'


class Logger(glogging.Logger):
    """Keeps signatures of links out of the logs; user names, which may be tokens, are not in the format above."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """What a line of the access log is made of: the path as it was sent, with nothing decoded that ends a line."""
        atoms = super().atoms(resp, req, environ, request_time)
        return {**atoms, "U": _before_query(environ["RAW_URI"])}

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """An error in a request, which it names."""
        super().exception(msg, *map(_before_query, args), **kwargs)


def _before_query(value: Any) -> Any:
    return value.partition("?")[0] if isinstance(value, str) else value


logger_class = Logger
