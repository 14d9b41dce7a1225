"""Reads of jobs."""

from collections.abc import Collection, Iterator

from django.db.models import QuerySet

from accounts.models import User
from jobs.models import OPEN, Job, Status
from sticky_pi_api.core.errors import NotFound


def visible(user: User) -> QuerySet[Job]:
    """The jobs that a user sees, the latest first: their own; administrators see all."""
    jobs = Job.objects.order_by("-id")
    return jobs if user.is_admin else jobs.filter(api_user_id=user.pk)


def job_of(job_id: int, user: User) -> Job:
    """A job that the user sees. Raises NotFound."""
    job = visible(user).filter(pk=job_id).first()
    if job is None:
        raise NotFound(f"you have no job {job_id}")
    return job


def n_open(user: User) -> int:
    """How many jobs of a user are waiting or running."""
    return Job.objects.filter(api_user_id=user.pk, status__in=OPEN).count()


def running_attempts() -> list[tuple[int, int]]:
    """Id and attempt of each job that runs."""
    return list(Job.objects.filter(status=Status.RUNNING).values_list("pk", "attempt"))


def stored_results(keys: Collection[str]) -> set[str]:
    """Those of the keys that are results of jobs."""
    return {str(key) for key in Job.objects.filter(result_key__in=keys).values_list("result_key", flat=True)}


def results_after(key: str) -> Iterator[str]:
    """The keys of all results after this one, in order."""
    found = Job.objects.filter(result_key__gt=key).order_by("result_key").values_list("result_key", flat=True)
    yield from map(str, found.iterator(chunk_size=1000))


def result_bytes(key: str) -> int | None:
    """The size of a result."""
    return Job.objects.filter(result_key=key).values_list("result_bytes", flat=True).first()
