"""A client in the process of a server: that of a script beside it, for this process has a configuration of its own.

`InProcess` starts such a process, and passes calls on to it; run as a program, this module is that process.
"""

import logging
import logging.handlers
import pickle
import queue
import subprocess
import sys
from pathlib import Path
from typing import Any

from sticky_pi_api.client import BaseClient, InProcessClient
from tests.services import ROOT
from tests.services.server import Server


class InProcess:
    """The client of such a process: a context manager. Its calls are made there, one after the other."""

    def __init__(self, server: Server, folder: Path, n_threads: int = 8) -> None:
        self._command = [sys.executable, "-m", __name__, str(folder), str(n_threads)]
        self._environment = server.environment

    def __enter__(self) -> "InProcess":
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            self._command, stdin=pipe, stdout=pipe, cwd=ROOT, env=self._environment, start_new_session=True
        )
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate(timeout=30)  # closes its input, with which it ends

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **named: self._ask(name, arguments, named)

    @property
    def skip_on_error(self) -> bool:
        return self._ask("__getattribute__", ("skip_on_error",), {})

    @skip_on_error.setter
    def skip_on_error(self, value: bool) -> None:
        self._ask("__setattr__", ("skip_on_error", value), {})

    def _ask(self, *call: Any) -> Any:
        pickle.dump(call, self._process.stdin)  # type: ignore[arg-type]
        self._process.stdin.flush()  # type: ignore[union-attr]
        answer, error, records = pickle.load(self._process.stdout)  # type: ignore[arg-type]
        for record in records:
            logging.getLogger(record.name).handle(record)
        if error is not None:
            raise error
        return answer


def serve(client: BaseClient) -> None:
    """Makes the calls that come, until there are no more."""
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    logger = logging.getLogger("sticky_pi_api")
    logger.handlers, logger.propagate = [_Keeping(records)], False
    while (call := _read()) is not None:
        name, arguments, named = call
        answer = error = None
        try:
            answer = getattr(client, name)(*arguments, **named)
        except Exception as raised:  # noqa: BLE001  it is for who called
            error = raised
            error.__cause__ = error.__context__ = None
        pickle.dump((answer, error, [records.get() for _ in range(records.qsize())]), sys.stdout.buffer)
        sys.stdout.buffer.flush()


class _Keeping(logging.handlers.QueueHandler):
    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record


def _read() -> Any:
    try:
        return pickle.load(sys.stdin.buffer)
    except EOFError:
        return None


if __name__ == "__main__":
    serve(InProcessClient(Path(sys.argv[1]), n_threads=int(sys.argv[2])))
