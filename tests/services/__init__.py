"""The real parts that the tests run against: each on loopback, in a folder of its own, and ended with the tests."""

import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def free_port() -> int:
    """A port that nothing listens on, below those that the system hands out to outgoing connections."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def run(*command: str | Path, timeout: float = 60) -> str:
    """Runs a command to its end and returns its output. Raises RuntimeError with that output if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stdout}")
    return done.stdout


class Process:
    """A program that runs beside the tests, in a process group of its own, and never outlives them."""

    def __init__(self, command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=ROOT,
                env=environment,
                start_new_session=True,  # Ctrl-C is for pytest, which then stops us in order
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        self.pid = self._popen.pid
        self._killed = False

    def wait_until(self, ready: Callable[[], bool], seconds: float = 30) -> None:
        """Waits until it is ready. Raises RuntimeError with the end of its log if it ends or takes longer."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self._popen.poll() is not None or time.monotonic() > deadline:
                end = "ended" if self._popen.returncode is not None else f"was not ready after {seconds} s"
                self.kill()
                raise RuntimeError(f"{self._popen.args[0]} {end}:\n{self.log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.05)

    def stop(self, seconds: float = 10) -> None:
        """Asks it to end, and kills it if it does not."""
        self._popen.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(seconds)
        self.kill()

    @property
    def returncode(self) -> int | None:
        """The exit status; None while it runs."""
        return self._popen.poll()

    def kill(self) -> None:
        """Kills it and its children at once, as a power cut would."""
        if not self._killed:
            self._killed = True  # and its id may become another's
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._popen.wait(10)


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def listens(port: int) -> bool:
    """Whether something on this machine takes connections on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
