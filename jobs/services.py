"""Writes of jobs: created, started, progress, finished, failed, cancelled, queued again."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from jobs import queries
from jobs.kinds import kind_of
from jobs.models import OPEN, Job, Status
from sticky_pi_api.core.errors import Conflict, PermissionDenied
from sticky_pi_api.core.layout import job_result_key
from stickypi.db.deadlocks import retry_on_deadlock
from stickypi.storage.pending_files import remove_on_commit, store_file

LOST_AFTER = timedelta(seconds=60)  # without a heartbeat
KEPT_FOR = timedelta(days=7)
FORGOTTEN_AFTER = timedelta(days=90)
MOST_OPEN = 5  # of a user
MOST_ATTEMPTS = 3
_PER_CLEANING = 100
_LONGEST_ERROR = 2000


class JobLost(Conflict):
    """The job is not this worker's any more."""


@retry_on_deadlock
def job_create(*, kind: object, options: Mapping[str, Any], user: User) -> Job:
    """Queues a job.

    Raises:
        InvalidInput: there is no such kind, or an option is wrong.
        PermissionDenied: it takes an administrator.
        Conflict: the user has many jobs open.
    """
    known = kind_of(kind)
    if known.takes_admin and not user.is_admin:
        raise PermissionDenied(f"a job of the kind {kind} takes the role: admin")
    checked = known.check(options)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # who asks twice at once is counted twice
        if queries.n_open(user) >= MOST_OPEN:
            raise Conflict(f"{MOST_OPEN} of your jobs are waiting or running: let one end, or cancel it")
        job = Job.objects.create(kind=str(kind), options=checked, **user.signature)
        _enqueue(job)
    return job


@retry_on_deadlock
def job_cancel(*, job_id: int, user: User) -> Job:
    """Cancels a job: at once if it waits, within seconds if it runs; one that has ended is left.

    Raises:
        NotFound: the user sees no such job.
    """
    job = queries.job_of(job_id, user)
    with transaction.atomic():
        waiting = Job.objects.filter(pk=job.pk, status=Status.QUEUED)
        waiting.update(status=Status.CANCELLED, finished=timezone.now())
        Job.objects.filter(pk=job.pk, status=Status.RUNNING).update(is_cancelling=True)
    job.refresh_from_db()
    return job


@retry_on_deadlock
def job_start(*, job_id: int, attempt: int) -> Job | None:
    """Takes a job that waits. None if it is another's, or waits no more."""
    now = timezone.now()
    waiting = Job.objects.filter(pk=job_id, attempt=attempt, status=Status.QUEUED)
    if not waiting.update(status=Status.RUNNING, started=now, heartbeat=now, n_done=0, n_total=0, note=""):
        return None
    return Job.objects.get(pk=job_id)


@retry_on_deadlock
def job_progress(*, job: Job, done: int, total: int, note: str) -> bool:
    """Records a heartbeat and the progress. Returns False if the job is to be stopped."""
    running = _running(job).filter(is_cancelling=False)
    return bool(running.update(heartbeat=timezone.now(), n_done=done, n_total=total, note=note[:200]))


def job_finish(*, job: Job, result: Path | None) -> None:
    """Marks a job as done and stores its result file, if it has one."""
    if result is None:
        _end(job, Status.DONE)
        return
    key = job_result_key(job.pk, job.attempt, result.name)
    size = result.stat().st_size
    kept = {"result_key": key, "result_bytes": size, "expires": timezone.now() + KEPT_FOR}
    store_file(key, result, lambda: _end(job, Status.DONE, **kept))


@retry_on_deadlock
def job_fail(*, job: Job, error: str) -> None:
    """Marks a job as failed, with the error; as cancelled, if that was asked for."""
    status = Status.CANCELLED if Job.objects.filter(pk=job.pk, is_cancelling=True).exists() else Status.FAILED
    _end(job, status, error="" if status is Status.CANCELLED else error[:_LONGEST_ERROR])


def job_fail_or_retry(*, job: Job, error: str) -> None:
    """Queues a job again after a temporary failure (database or storage unavailable), up to `MOST_ATTEMPTS`."""
    if job.attempt < MOST_ATTEMPTS:
        job_give_back(job=job)
    else:
        job_fail(job=job, error=error)


@retry_on_deadlock
def job_give_back(*, job: Job) -> None:
    """Queues a job again because its worker stops; a job that is being cancelled ends as cancelled."""
    if not _requeue(job):
        _end(job, Status.CANCELLED)


@retry_on_deadlock
def jobs_requeue_lost() -> int:
    """Queues jobs again whose worker sends no heartbeat; fails them after `MOST_ATTEMPTS`. Returns their number."""
    lost = Job.objects.filter(status=Status.RUNNING, heartbeat__lt=timezone.now() - LOST_AFTER)
    found = list(lost[:_PER_CLEANING])
    for job in found:
        with suppress(JobLost):  # another worker was quicker
            _take_from_lost(job)
    return len(found)


def _take_from_lost(job: Job) -> None:
    if job.is_cancelling:
        _end(job, Status.CANCELLED)
    elif job.attempt >= MOST_ATTEMPTS:
        _end(job, Status.FAILED, error=f"its worker was lost {MOST_ATTEMPTS} times")
    else:
        _requeue(job)


@retry_on_deadlock
def jobs_enqueue_forgotten() -> None:
    """Enqueues waiting jobs that have no task in the queue: a worker took it and was killed before it started the job.

    A job that is just starting may get a second task, which does nothing: only one can start an attempt.
    """
    waiting = list(Job.objects.filter(status=Status.QUEUED).order_by("pk")[:_PER_CLEANING])
    if not waiting:
        return
    ready = DBTaskResult.objects.filter(status=TaskResultStatus.READY).values_list("args_kwargs", flat=True)
    expected = {tuple(each["args"]) for each in ready}
    for job in waiting:
        if (job.pk, job.attempt) not in expected:
            _enqueue(job)


@retry_on_deadlock
def jobs_clean() -> None:
    """Removes results that have expired, and jobs of long ago."""
    now = timezone.now()
    with transaction.atomic():
        expired = Job.objects.filter(expires__lt=now)[:_PER_CLEANING]
        keys = {job.pk: job.result_key for job in expired}
        Job.objects.filter(pk__in=keys).update(result_key=None, expires=None)
        remove_on_commit(key for key in keys.values() if key)
    long_ago = now - FORGOTTEN_AFTER
    old = Job.objects.filter(finished__lt=long_ago, result_key=None).exclude(status__in=OPEN)
    old.filter(pk__in=list(old.values_list("pk", flat=True)[:_PER_CLEANING])).delete()
    DBTaskResult.objects.filter(enqueued_at__lt=long_ago).delete()


def _running(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, attempt=job.attempt, status=Status.RUNNING)


def _end(job: Job, status: Status, **columns: Any) -> None:
    """Raises JobLost."""
    columns |= {"is_cancelling": False}
    if not _running(job).update(status=status, finished=timezone.now(), **columns):
        raise JobLost(f"job {job.pk}, attempt {job.attempt} is not running any more")


@transaction.atomic
def _requeue(job: Job) -> bool:
    running = _running(job).filter(is_cancelling=False)
    is_ours = bool(running.update(status=Status.QUEUED, attempt=F("attempt") + 1, heartbeat=None))
    if is_ours:
        job.refresh_from_db()
        _enqueue(job)
    return is_ours


def _enqueue(job: Job) -> None:
    from jobs.tasks import run_job

    run_job.enqueue(job.pk, job.attempt)
