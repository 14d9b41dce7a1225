"""A command that does the work: a line of JSON an item on its standard input, one of its answer on its output."""

import json
import shlex
import shutil
import subprocess
import sys
import threading
from collections import deque
from typing import IO, Any

from ..core.errors import InvalidInput
from ..core.formats import format_datetime, iso_form, shown
from ..core.work import IMAGES
from .items import Item

_REMEMBERED = 3  # last lines of its standard error, for the reason of a failure


class CommandFailed(Exception):
    """It answered an error, or ended, or was too slow."""


class Command:
    """Started with the first item, and again where it has ended.

    Args:
        text: as in a shell, without a shell.
        timeout: seconds in which it is to answer.

    Raises:
        InvalidInput: the text is no command.
    """

    def __init__(self, text: str, timeout: float) -> None:
        try:
            self._arguments = shlex.split(text)
        except ValueError as error:
            raise InvalidInput(f"{shown(text)} is not a command: {error}") from error
        if not self._arguments or not shutil.which(self._arguments[0]):
            raise InvalidInput(f"{shown(text)} is not a command: there is no such program")
        self._timeout = timeout
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._last: deque[str] = deque(maxlen=_REMEMBERED)

    def __call__(self, item: Item) -> Any:
        """What it says of an item: contours or a label. Raises CommandFailed."""
        answer = self._ask(json.dumps(_question(item)))
        if answer.get("error"):
            raise CommandFailed(str(answer["error"]))
        name = "contours" if item.kind == IMAGES else "label"
        if name not in answer:
            raise CommandFailed(f"its answer has neither {name!r} nor 'error', but {shown(answer)}")
        return answer[name]

    def end(self) -> None:
        """Ends it."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()

    def _ask(self, question: str) -> dict[str, Any]:
        process = self._running()
        alarm = threading.Timer(self._timeout, process.kill)
        alarm.start()
        try:
            line = _exchange(process, question)
        finally:
            is_late = not alarm.is_alive()
            alarm.cancel()
        if not line:
            raise self._ended(process, is_late)
        return self._read(line)

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None or self._process.poll() is not None:
            pipe = subprocess.PIPE
            self._last.clear()
            self._process = subprocess.Popen(self._arguments, stdin=pipe, stdout=pipe, stderr=pipe, text=True)  # noqa: S603
            self._reader = threading.Thread(target=self._listen, args=[self._process.stderr], daemon=True)
            self._reader.start()
        return self._process

    def _listen(self, errors: IO[str]) -> None:
        """Passes its standard error on, and remembers the end of it."""
        for line in errors:
            sys.stderr.write(line)
            self._last.append(line.strip())

    def _ended(self, process: "subprocess.Popen[str]", is_late: bool) -> CommandFailed:
        process.kill()
        status = process.wait()
        if self._reader:
            self._reader.join(1)
        if is_late:
            return CommandFailed(f"the command did not answer within {self._timeout:g} s")
        said = " ".join(self._last)
        return CommandFailed(f"the command ended with {status}" + (f": {said}" if said else ""))

    def _read(self, line: str) -> dict[str, Any]:
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise CommandFailed(f"its answer {shown(line.strip())} is not a JSON object")
        return answer


def _exchange(process: "subprocess.Popen[str]", question: str) -> str:
    """The line that it answers; nothing where it has ended."""
    if process.stdin is None or process.stdout is None:
        return ""
    try:
        process.stdin.write(f"{question}\n")
        process.stdin.flush()
        return process.stdout.readline()
    except (OSError, ValueError):
        return ""


def _question(item: Item) -> dict[str, Any]:
    moment = iso_form(format_datetime(item.datetime))
    return {"id": item.id, "kind": item.kind, "device": item.device, "datetime": moment, "path": str(item.path)}
