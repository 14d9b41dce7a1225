"""Labels of tuboids as `put_itc_labels` takes them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .errors import Conflict, InvalidInput
from .info import check_distinct, field, parse_each, refuse
from .records import TAXONOMY
from .tuboids import check_tuboid_id
from .values import (
    MAX_INTEGER,
    integer_parser,
    optional_text_parser,
    parse_algo_name,
    parse_algo_version,
    parse_token,
    text_parser,
)


@dataclass(frozen=True)
class NewLabel:
    """What a classifier, or a person, says a tuboid is."""

    tuboid_id: str
    algo_name: str
    algo_version: str
    label: int
    pattern: str
    type: str
    order: str | None
    family: str | None
    genus: str | None
    species: str | None
    lease: str | None = None

    def to_record(self) -> dict[str, Any]:
        """The columns, all but the tuboid."""
        return {column: value for column, value in asdict(self).items() if column not in ("tuboid_id", "lease")}


def new_labels(info: Any) -> list[NewLabel]:
    """The labels that `info` describes. Raises InvalidInput also where two are of the same tuboid and algorithm."""
    labels = parse_each(info, _new_label)
    keys = [(label.tuboid_id, label.algo_name, label.algo_version) for label in labels]
    check_distinct(keys, lambda key: f"the label of {key[0]} by {key[1]} {key[2]}")
    return labels


def _new_label(element: dict[str, Any]) -> NewLabel:
    return NewLabel(
        tuboid_id=field(element, "tuboid_id", check_tuboid_id),
        algo_name=field(element, "algo_name", parse_algo_name),
        algo_version=field(element, "algo_version", parse_algo_version),
        label=field(element, "label", integer_parser(-MAX_INTEGER)),
        pattern=field(element, "pattern", text_parser(128)),
        type=field(element, "type", text_parser(32)),
        **{rank: field(element, rank, optional_text_parser(64), default=None) for rank in TAXONOMY},
        lease=field(element, "lease", parse_token, default=None),
    )


def tuboid_ids(info: Any) -> list[str]:
    """The tuboids that `info` names, each once, in the order of answers."""
    return sorted(set(parse_each(info, lambda element: field(element, "tuboid_id", check_tuboid_id))))


def match_tuboids(labels: Sequence[NewLabel], stored: Mapping[str, int]) -> list[int]:
    """The id of the tuboid of each label, from tuboid_id -> id. Raises InvalidInput where it is not there."""
    items = [
        {"index": index, "detail": f"tuboid {label.tuboid_id} is not there"}
        for index, label in enumerate(labels)
        if label.tuboid_id not in stored
    ]
    refuse(InvalidInput, items, of=len(labels))
    return [stored[label.tuboid_id] for label in labels]


def refuse_stored(labels: Sequence[NewLabel], parents: Sequence[int], stored: Collection[tuple[int, str, str]]) -> None:
    """Raises Conflict where `stored` has (id of the tuboid, algo_name, algo_version) of a label already."""
    items = [
        {"index": index, "detail": f"{new.tuboid_id} already has a label by {new.algo_name} {new.algo_version}"}
        for index, (new, parent) in enumerate(zip(labels, parents, strict=True))
        if (parent, new.algo_name, new.algo_version) in stored
    ]
    refuse(Conflict, items, of=len(labels))
