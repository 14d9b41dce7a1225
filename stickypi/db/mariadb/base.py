"""The backend: timeouts on the connections that requests open, a circuit breaker around all that waits, streams."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import MySQLdb
from django.db.backends.mysql import base
from MySQLdb.constants import CR
from MySQLdb.cursors import SSCursor

from stickypi.breakers import CircuitBreaker, NoAnswer, in_request

# What a server does with a connection whose client is gone without a word: it gives up what that held.
_ABANDONED = "wait_timeout=120, idle_transaction_timeout=30"

_STREAMING = "streaming"


def _is_answer(error: Exception) -> bool:
    """The client library has numbers of its own for a server that is not there."""
    code = error.args[0] if error.args else None
    return not (isinstance(code, int) and CR.MIN_ERROR <= code <= CR.MAX_ERROR)


_SERVER = CircuitBreaker("the database", 6, _is_answer)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        with _SERVER.call():
            yield
    except NoAnswer as error:
        raise MySQLdb.OperationalError(CR.SERVER_LOST, str(error)) from error


class CursorWrapper(base.CursorWrapper):
    """A cursor that does not ask a server known to be silent."""

    def execute(self, query: str, args: Any = None) -> Any:
        with _answering():
            return super().execute(query, args)

    def executemany(self, query: str, args: Any) -> Any:
        with _answering():
            return super().executemany(query, args)


class StreamingCursorWrapper(CursorWrapper):
    """A cursor whose rows stay with the server until they are fetched."""

    def fetchmany(self, size: int) -> Any:
        """The next rows."""
        with _answering():
            return self.cursor.fetchmany(size)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection. Its option `request_timeout` is what a request waits for an answer, in seconds."""

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        timeout = params.pop("request_timeout")
        if in_request():
            params |= {"read_timeout": timeout, "write_timeout": timeout}
            params["init_command"] += f", {_ABANDONED}"
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        with _answering():
            return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> CursorWrapper:
        if name == _STREAMING:
            return StreamingCursorWrapper(self.connection.cursor(SSCursor))
        return CursorWrapper(self.connection.cursor())

    def streaming_cursor(self) -> Any:
        """A cursor for rows without number: nothing else may use the connection until all are read, or it is closed."""
        return self._cursor(_STREAMING)  # type: ignore[attr-defined]

    def is_usable(self) -> bool:
        try:
            with _answering():
                self.connection.ping()
        except self.Database.Error:
            return False
        return True

    def _commit(self) -> None:
        with self.wrap_database_errors, _answering():
            super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        with self.wrap_database_errors, _answering():
            super()._rollback()  # type: ignore[misc]

    def _set_autocommit(self, autocommit: bool) -> None:
        with self.wrap_database_errors, _answering():
            super()._set_autocommit(autocommit)  # type: ignore[misc]
