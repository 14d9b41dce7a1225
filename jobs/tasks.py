"""What django-tasks' worker calls."""

from django_tasks import task

from jobs.runner import run


@task
def run_job(job_id: int, attempt: int) -> None:
    """Runs a job, if it still waits for this attempt."""
    run(job_id, attempt)
