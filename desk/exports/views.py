"""The page: asks for exports, shows how far they are, and what has come of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from desk.common.projects import projects_to_choose
from desk.http import VIEW_IMAGES, page, render_page, user_of
from desk.project.access import sentence
from jobs import queries, services
from jobs.kinds import EXPORT, KINDS
from jobs.models import Job
from labels.agreement import sources
from sticky_pi_api.core import exports
from sticky_pi_api.core.errors import APIError, InvalidInput
from stickypi.storage import files

_SHOWN = 50
_SILENT = timedelta(seconds=20)  # that a job may wait before the page says that there may be no worker
_TITLES = {
    "camtrapdp": "Camtrap DP: for GBIF and camera-trap tools",
    "dwca": "Darwin Core Archive: events with effort, and zero catches",
    "coco": "COCO: contours, for training detectors",
    "parquet": "Parquet: every table, for Python, R and DuckDB",
    "csv": "CSV: every table, for spreadsheets",
}
_TEXTS = ("devices", "start", "end", "algorithm", "title", "licence")
_NUMBERS = ("project", "latitude", "longitude")


@dataclass(frozen=True)
class Row:
    """A job as the list shows it."""

    job: Job
    url: str | None

    @property
    def title(self) -> str:
        kind = KINDS.get(self.job.kind)
        what = self.job.options.get("kind")
        return what or (kind.title if kind else self.job.kind)

    @property
    def query(self) -> dict[str, Any]:
        return dict(self.job.options.get("options", {}))

    @property
    def is_stuck(self) -> bool:
        waited = timezone.now() - self.job.datetime_created
        return self.job.status == "queued" and self.job.attempt == 1 and waited > _SILENT


@require_http_methods(["GET", "POST"])
@page(VIEW_IMAGES)
def exports_page(request: HttpRequest) -> HttpResponse:
    """The form and the list; POST queues a job."""
    entered: Mapping[str, Any] = request.POST
    if request.method == "POST":
        try:
            services.job_create(**_read_job(request.POST), user=user_of(request))
        except APIError as error:
            messages.error(request, sentence(error))
        else:
            return redirect("desk:exports")
    context: dict[str, Any] = {
        "kinds": _TITLES,
        "licences": exports.LICENCES,
        "algorithms": [source for source in sources() if not source.is_person],
        "maintenance": {name: kind.title for name, kind in KINDS.items() if kind.takes_admin},
        "entered": entered or _defaults(),
        **projects_to_choose(request),
        **_list(request),
    }
    return render_page(request, "exports/exports.html", "Exports", context)


@page(VIEW_IMAGES)
def exports_list(request: HttpRequest) -> HttpResponse:
    """The list alone, which the page's script puts in its place while a job is open."""
    answer = render(request, "exports/list.html", _list(request))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
@page(VIEW_IMAGES)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancels a job, and shows the list again."""
    try:
        services.job_cancel(job_id=pk, user=user_of(request))
    except APIError as error:
        messages.error(request, sentence(error))
    return redirect("desk:exports")


def _list(request: HttpRequest) -> dict[str, Any]:
    link = files().link_maker("")
    jobs = queries.visible(user_of(request))[:_SHOWN]
    rows = [Row(job, link(job.result_key) if job.result_key else None) for job in jobs]
    return {"rows": rows, "is_active": any(row.job.is_open for row in rows), "shown": _SHOWN}


def _defaults() -> dict[str, str]:
    last = timezone.now().date()
    return {"start": str(last - timedelta(days=30)), "end": str(last + timedelta(days=1)), "people": "on"}


def _read_job(form: Mapping[str, Any]) -> dict[str, Any]:
    """What `job_create` takes, of the fields of the form that are filled in."""
    kind = form.get("job", EXPORT)
    if kind != EXPORT:
        return {"kind": kind, "options": {}}
    options: dict[str, Any] = {"kind": form.get("kind"), "people": "people" in form, "images": "images" in form}
    options |= {name: form[name].strip() for name in _TEXTS if form.get(name, "").strip()}
    options |= {name: _number(name, form[name]) for name in _NUMBERS if form.get(name, "").strip()}
    if names := [name.strip() for name in form.get("contributors", "").split(",") if name.strip()]:
        options["contributors"] = names
    return {"kind": EXPORT, "options": options}


def _number(name: str, text: str) -> float | int:
    try:
        return int(text) if name == "project" else float(text)
    except ValueError:
        raise InvalidInput(f"{name} is {text[:20]!r}: it takes a number") from None
