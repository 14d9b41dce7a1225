"""What to try in the demo."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from desk.fleet.queries import Trap
from labels.models import LabelSource
from projects.models import Project

_LOW = 20  # %: a battery that soon fails
Step = tuple[str, str, str]  # title, link, what there is to see


def guide(traps: Sequence[Trap]) -> list[Step]:
    """The steps, each to where the data have something to show. Two queries."""
    return [*_fleet_steps(traps), *_season_steps(), *_quality_steps(), *_project_steps()]


def _fleet_steps(traps: Sequence[Trap]) -> list[Step]:
    steps: list[Step] = []
    if silent := next((trap.last.device for trap in traps if trap.status == "silent"), None):
        steps.append((f"A silent trap, {silent}", _page("device", silent), "since when, and how it was before"))
    if dying := next((trap.last.device for trap in traps if (trap.last.bat or 100) < _LOW), None):
        steps.append((f"A battery that dies, {dying}", _page("device", dying), "its charge over the last weeks"))
    if alive := next((trap for trap in traps if trap.status != "silent"), None):
        seen = "the card, what two detectors found, and a person who corrects them"
        steps.append(("The last image", _page("image", alive.last.pk), seen))
    return steps


def _season_steps() -> list[Step]:
    return [
        ("Catch", _page("catch"), "bars per night and taxon over a season, with the effort beneath"),
        ("Activity", _page("activity"), "who flies when: moths at night, bees at noon"),
    ]


def _quality_steps() -> list[Step]:
    versions = LabelSource.objects.exclude(version="").order_by("version").values_list("pk", flat=True)[:2]
    of_first = f"?{urlencode({'right': versions[0]})}" if versions else ""
    return [
        ("Detector", _page("detector"), "precision and recall by size of the insect, and the worst images"),
        (
            "Classifier",
            _page("classifier") + of_first,
            "the first version of a classifier, taxon by taxon, against people",
        ),
        ("Disputed tuboids", _page("tuboids") + "?status=disputed", "where people and versions disagree"),
        ("Label", _page("label"), "your own word on what has none of people yet"),
    ]


def _project_steps() -> list[Step]:
    project = Project.objects.order_by("pk").first()
    if project is None:
        return []
    seen = "two treatments, and where each trap stood"
    return [(f"The project {project.name}", _page("project", project.pk), seen)]


def _page(name: str, *arguments: Any) -> str:
    return reverse(f"desk:{name}", args=arguments)
