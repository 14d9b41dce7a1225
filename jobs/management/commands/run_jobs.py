"""A worker: runs the jobs that users ask for, takes over those of workers that are lost, and sends webhooks."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, InterfaceError, OperationalError, close_old_connections
from django_tasks_db.management.commands.db_worker import Worker

from changes import webhooks
from jobs import runner, services
from sticky_pi_api.core.errors import APIError

_CLEANING = 10.0  # seconds between two looks for lost jobs and old results
_SENDING = 2.0  # seconds between two looks for changes that webhooks want
_PAUSE = 1.0  # seconds, at least, for which a database that is away is left alone

logger = logging.getLogger(__name__)


class JobWorker(Worker):
    """django-tasks' worker; told to end, it gives its job back at once."""

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        runner.stopping.set()
        super().shutdown(signum, frame)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-empty", action="store_true", help="end when no job waits")
        parser.add_argument("--interval", type=float, default=2.0, help="seconds between two looks; %(default)s")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = JobWorker(
            queue_names=["default"],
            interval=options["interval"],
            batch=options["until_empty"],
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=secrets.token_hex(8),
            excluded_queue_names=[],
        )
        worker.configure_signals()
        _clean()
        with _repeating(_clean, _CLEANING), _repeating(_send, _SENDING):
            _run(worker)


def _run(worker: JobWorker) -> None:
    """A database that goes away is waited for."""
    while True:
        try:
            worker.run()
            return
        except (OperationalError, InterfaceError) as error:
            if worker.batch:
                raise
            logger.warning("the database is away: %s", error)
            time.sleep(max(worker.interval, _PAUSE))


def _clean() -> None:
    services.jobs_requeue_lost()
    services.jobs_enqueue_forgotten()
    services.jobs_clean()
    runner.remove_leftovers()


def _send() -> None:
    while webhooks.webhooks_send():
        pass


@contextmanager
def _repeating(work: Callable[[], None], seconds: float) -> Iterator[None]:
    """Does something again and again meanwhile, in a thread."""
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(seconds):
            try:
                close_old_connections()
                work()
            except (Error, APIError, OSError) as error:
                logger.warning("%s: %s", work.__name__, error)

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(30)
