"""Labels of tuboids that are at both places."""

from collections.abc import Mapping
from typing import Any

from ..core.chunks import chunker
from ..core.errors import Conflict, InvalidInput
from ..core.records import RANKS
from .parallel import put_sound
from .places import Place
from .tasks import Task

_TUBOIDS = 2000  # of a call
_COMPARED = ("label", "pattern", *RANKS)

_Key = tuple[str, str, str]


def copy_labels(task: Task, ours: Mapping[str, Mapping[str, Any]], theirs: Mapping[str, Mapping[str, Any]]) -> None:
    """Copies the labels that are absent; tuboids are given by their tuboid_id."""
    new, there = _labels(task.source, ours), _labels(task.target, theirs)
    wanted = []
    for key, label in new.items():
        if key[0] not in theirs and "tuboids" in task.what:
            continue  # what became of its tuboid is told already
        if key[0] not in theirs:
            task.report.problem("labels", _name(key), InvalidInput("its tuboid is not at the target, or another one"))
        elif key not in there:
            wanted.append(key)
        elif any(label[name] != there[key][name] for name in _COMPARED):
            task.report.problem("labels", _name(key), Conflict("it is already there and says something else"))
        else:
            task.report.there("labels", 1)
    for keys in chunker(wanted, _TUBOIDS):
        refused = put_sound(task.target.client.put_itc_labels, [new[key] for key in keys])
        for index, error in refused.items():
            task.report.problem("labels", _name(keys[index]), error)
        task.report.copied("labels", len(keys) - len(refused))


def _labels(place: Place, tuboids: Mapping[str, Mapping[str, Any]]) -> dict[_Key, dict[str, Any]]:
    tuboid_of = {row["id"]: tuboid_id for tuboid_id, row in tuboids.items()}
    found: dict[_Key, dict[str, Any]] = {}
    for chunk in chunker(tuboids, _TUBOIDS):
        for row in place.client._get_itc_labels([{"tuboid_id": tuboid_id} for tuboid_id in chunk]):
            tuboid_id = tuboid_of[row["parent_tuboid_id"]]
            found[tuboid_id, row["algo_name"], row["algo_version"]] = {**row, "tuboid_id": tuboid_id}
    return found


def _name(key: _Key) -> str:
    return f"{key[0]} by {key[1]} {key[2]}"
