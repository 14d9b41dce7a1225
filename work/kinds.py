"""The two kinds of work: images to annotate and tuboids to label, the same but for their tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Model, OuterRef, Q, QuerySet

from annotations.models import UIDAnnotation
from images.models import Image, is_in_ranges
from labels.models import ITCLabel
from sticky_pi_api.core.series import Range
from sticky_pi_api.core.work import IMAGES, TUBOIDS
from stickypi.db.index_scans import distinct
from tuboids.models import TiledTuboid, TuboidSeries
from work.models import ImageLease, Task, TuboidLease


@dataclass(frozen=True)
class Kind:
    """A kind of work.

    Attributes:
        items: what there is to do.
        leases: of the items.
        results: what an item has once it is done, `parent` being the column with its id.
        devices: those that have items.
        in_ranges: the condition that an item is in a range of its device.
    """

    name: str
    items: type[Model]
    leases: type[ImageLease] | type[TuboidLease]
    results: type[UIDAnnotation] | type[ITCLabel]
    parent: str
    devices: Callable[[], list[str]]
    in_ranges: Callable[[Mapping[str, list[Range]]], Q]

    def result(self, task: Task, item: str) -> QuerySet[Any]:
        """The result that an item, by the path to its id, has of a task."""
        return self.results._default_manager.filter(
            **{self.parent: OuterRef(item)}, algo_name=task.algo_name, algo_version=task.algo_version
        )


KINDS: Mapping[str, Kind] = {
    IMAGES: Kind(
        IMAGES, Image, ImageLease, UIDAnnotation, "parent_image", partial(distinct, Image, "device"), is_in_ranges
    ),
    TUBOIDS: Kind(
        TUBOIDS,
        TiledTuboid,
        TuboidLease,
        ITCLabel,
        "parent_tuboid",
        partial(distinct, TuboidSeries, "device"),
        partial(is_in_ranges, device="parent_series__device", moment="start_datetime"),
    ),
}


def kind_of(token: str) -> Kind | None:
    """What a lease with this token is of."""
    return KINDS.get(token.partition("-")[0])


def tasks_of(kind: str, algorithms: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Task]:
    """The tasks of these algorithms, by name and version, where there are any."""
    names, versions = {name for name, _ in algorithms}, {version for _, version in algorithms}
    found = Task.objects.filter(kind=kind, algo_name__in=names, algo_version__in=versions)
    wanted = set(algorithms)
    return {key: task for task in found if (key := (task.algo_name, task.algo_version)) in wanted}
