"""Runs a job: its program as a process of its own, which is watched, and ended when the job is given up."""

import ctypes
import json
import logging
import os
import select
import shutil
import signal
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from jobs import queries, services
from jobs.kinds import Kind, kind_of
from jobs.models import Job
from sticky_pi_api.core.errors import APIError, Unavailable

logger = logging.getLogger(__name__)

stopping = threading.Event()
"""Set when this worker is to end: it gives its job back."""

_BEAT = 2.0  # seconds between two heartbeats
_LONGEST = 12 * 3600  # seconds that a job may take
_MOST_OUTPUT = 1 << 16  # bytes of a line
_NOTHING = {"done": 0, "total": 0, "note": ""}
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


class _GivenUp(Exception):
    """The job was cancelled, or is another worker's, or this worker ends."""


def run(job_id: int, attempt: int) -> None:
    """Runs an attempt of a job to its end, unless it does not wait for it any more."""
    job = services.job_start(job_id=job_id, attempt=attempt)
    if job is None:
        return
    logger.info("job %s begins, attempt %d", job, job.attempt)
    try:
        _attempt(job)
    except services.JobLost as error:
        logger.warning("%s", error.detail)
    logger.info("job %s ends", job)


def _attempt(job: Job) -> None:
    try:
        with _folder(job) as folder:
            _run(job, kind_of(job.kind), folder)
    except _GivenUp:
        _give_up(job)
    except services.JobLost:
        raise
    except APIError as error:
        services.job_fail(job=job, error=error.detail)
    except OSError as error:
        services.job_fail(job=job, error=f"the worker's disk cannot be used: {error.strerror or error}")


def _run(job: Job, kind: Kind, folder: Path) -> None:
    made, watch = folder / "made", _Watch(job)
    asked = {**job.options, "username": job.api_user, "folder": str(made)}
    with (folder / "errors").open("w+b") as errors:
        with _process(kind, asked, errors) as process:
            watch.follow(process)
        errors.seek(max(0, errors.tell() - _MOST_OUTPUT))
        log = errors.read().decode(errors="replace").strip()
    if log:
        logger.info("job %s wrote:\n%s", job, log)
    if process.returncode:
        error = watch.said.get("error") or _last_line(log) or "it broke off without a word"
        end = services.job_fail_or_retry if process.returncode == os.EX_TEMPFAIL else services.job_fail
        end(job=job, error=error)
    else:
        with _beating(watch):
            services.job_finish(job=job, result=_zip(watch, made) if kind.has_result else None)


class _Watch:
    """What a job's program says, passed on at every heartbeat. `said`: the latest of each."""

    def __init__(self, job: Job) -> None:
        self.job, self.said = job, dict[str, Any]()
        self._deadline, self._next = time.monotonic() + _LONGEST, 0.0

    def follow(self, process: subprocess.Popen[bytes]) -> None:
        """Follows the program to its end."""
        for line in _lines(process):
            self.said |= _read(line)
            self.tick()
        process.wait()
        self.beat()

    def tick(self) -> None:
        """Beats, if it is time. Raises _GivenUp where the job is to be given up."""
        now = time.monotonic()
        if now > self._deadline:
            raise Unavailable(f"it took longer than {_LONGEST // 3600} hours")
        if now >= self._next:
            self.beat()
            self._next = now + _BEAT

    def beat(self) -> None:
        """Says that the job is alive, and how far. Raises _GivenUp where it is to be given up."""
        if stopping.is_set():
            raise _GivenUp
        said, note = self.said, str(self.said.get("note", ""))
        try:
            close_old_connections()
            goes_on = services.job_progress(
                job=self.job, done=said.get("done", 0), total=said.get("total", 0), note=note
            )
        except (OperationalError, InterfaceError) as error:  # it is waited for
            logger.warning("job %s: the database is away (%s)", self.job, error)
            return
        if not goes_on:
            raise _GivenUp


@contextmanager
def _beating(watch: _Watch) -> Iterator[None]:
    """Meanwhile the job is said to be alive: a large result takes minutes to be packed and stored."""
    ended = threading.Event()

    def beat() -> None:
        try:
            while not ended.wait(_BEAT):
                watch.beat()
        except _GivenUp:
            pass  # who packs sees it as well; what is being stored is stored
        finally:
            connection.close()

    beater = threading.Thread(target=beat, daemon=True)
    beater.start()
    try:
        yield
    finally:
        ended.set()
        beater.join(30)


@contextmanager
def _process(kind: Kind, asked: dict[str, Any], errors: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The program of the job: it does not outlive the block, nor the worker."""
    process = subprocess.Popen(  # noqa: S603  the kinds are ours, what users give is its input
        kind.command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        cwd=settings.BASE_DIR,
        start_new_session=True,
        preexec_fn=lambda: _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),
    )
    try:
        with suppress(BrokenPipeError), process.stdin as given:  # type: ignore[union-attr]
            given.write(json.dumps(asked).encode())  # one that ends before it has read says why by itself
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _lines(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """The lines that a program writes, and empty ones while it writes none."""
    output = process.stdout
    assert output is not None  # noqa: S101  it is a pipe
    rest = b""
    while True:
        ready, _, _ = select.select([output], [], [], _BEAT / 2)
        if not ready:
            yield b""
            continue
        read = os.read(output.fileno(), _MOST_OUTPUT)
        if not read:
            yield rest
            return
        *lines, rest = (rest + read)[-_MOST_OUTPUT:].split(b"\n")
        yield from lines


def _read(line: bytes) -> dict[str, Any]:
    """What a line says: JSON, or a text for people."""
    try:
        said = json.loads(line)
    except ValueError:
        text = line.decode(errors="replace").strip()
        return {"note": text} if text else {}
    return said if isinstance(said, dict) else {}


def _give_up(job: Job) -> None:
    if stopping.is_set():
        services.job_give_back(job=job)
    else:
        services.job_fail(job=job, error="it was given up")


def _zip(watch: _Watch, folder: Path) -> Path:
    job = watch.job
    path = folder.parent / f"sticky-pi-{job.options.get('kind', job.kind)}-{job.pk}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            packed = zipfile.ZIP_STORED if file.suffix in (".jpg", ".parquet") else zipfile.ZIP_DEFLATED
            archive.write(file, file.relative_to(folder), packed)
            watch.tick()
    return path


def remove_leftovers() -> None:
    """Removes the folders that killed workers of this machine have left."""
    found = list(_folders().glob("*"))
    in_use = {_folder_name(*each) for each in queries.running_attempts()}
    for folder in found:
        if folder.name not in in_use:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _folder(job: Job) -> Iterator[Path]:
    """A folder of its own: an attempt that is lost, though its worker lives, takes nothing from the next one."""
    folder = _folders() / _folder_name(job.pk, job.attempt)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folders() -> Path:
    return Path(settings.CONFIGURATION.data_dir / "jobs")


def _folder_name(job_id: int, attempt: int) -> str:
    return f"{job_id}-{attempt}"


def _last_line(log: str) -> str:
    return log.splitlines()[-1].strip() if log else ""
