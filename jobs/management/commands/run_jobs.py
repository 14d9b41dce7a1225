"""A worker: runs the jobs that users ask for, one after the other; also takes over those of workers that are lost."""

import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections
from django_tasks_db.management.commands.db_worker import Worker

from jobs import runner, services
from sticky_pi_api.core.errors import APIError

_CLEANING = 10.0  # seconds between two looks for lost jobs and old results

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
        services.jobs_requeue_lost()
        with _cleaning():
            worker.run()


@contextmanager
def _cleaning() -> Iterator[None]:
    """Meanwhile lost jobs are queued anew, and old results removed."""
    ended = threading.Event()

    def clean() -> None:
        while not ended.wait(_CLEANING):
            try:
                close_old_connections()
                services.jobs_requeue_lost()
                services.jobs_clean()
            except (Error, APIError) as error:
                logger.warning("jobs are not cleaned up: %s", error)

    cleaner = threading.Thread(target=clean, daemon=True)
    cleaner.start()
    try:
        yield
    finally:
        ended.set()
        cleaner.join(30)
