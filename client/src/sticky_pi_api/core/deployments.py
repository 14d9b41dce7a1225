"""Deployments: which trap stood where and when, with what the project records of it; the contract's project series."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from .errors import Conflict, InvalidInput
from .formats import format_datetime, parse_datetime, parse_device, read_wire_datetime
from .info import check_distinct, field, parse_each, refuse
from .project_columns import Column
from .projects import parse_id, project_id

_WIRE_DATETIME = re.compile(r"\d{4}-\d\d-\d\d(?:_\d\d-\d\d-\d\d|T\d\d:\d\d:\d\dZ)", re.ASCII)


class DeploymentKey(NamedTuple):
    """What identifies a deployment."""

    project: int
    device: str
    start_datetime: datetime
    end_datetime: datetime


@dataclass(frozen=True)
class DeploymentRecord:
    """A deployment; `values` by the key of the column. Without an id, it is to be made."""

    key: DeploymentKey
    values: Mapping[str, Any]
    id: int | None = None


@dataclass(frozen=True)
class DeploymentChange:
    """A deployment to be made, or (`id`) what is to change of one; `fields` are as they were sent."""

    project: int
    id: int | None
    device: str | None
    start_datetime: datetime | None
    end_datetime: datetime | None
    fields: Mapping[str, Any]


def deployment_changes(info: Any) -> list[DeploymentChange]:
    """`put_project_series`. Raises InvalidInput also where two elements change the same row."""
    changes = parse_each(info, _change)
    # A new row has no id, and is like no other.
    keys = [index if change.id is None else (change.project, change.id) for index, change in enumerate(changes)]
    check_distinct(keys, lambda key: f"row {key[1]} of project {key[0]}")
    return changes


def _change(element: dict[str, Any]) -> DeploymentChange:
    identity = field(element, "id", parse_id, default=None)
    optional: dict[str, Any] = {} if identity is None else {"default": None}
    return DeploymentChange(
        project_id(element),
        identity,
        field(element, "device", parse_device, **optional),
        field(element, "start_datetime", _whole_seconds, **optional),
        field(element, "end_datetime", _whole_seconds, **optional),
        element,
    )


def _whole_seconds(value: Any) -> datetime:
    return parse_datetime(value).replace(microsecond=0)


def deployments_to_delete(info: Any) -> list[tuple[int, int]]:
    """`delete_project_series`: (project, id) of each element."""
    return parse_each(info, lambda element: (project_id(element), field(element, "id", parse_id)))


def apply_changes(
    changes: Sequence[DeploymentChange],
    columns: Mapping[int, Sequence[Column]],
    stored: Mapping[tuple[int, int], DeploymentRecord],
) -> list[DeploymentRecord]:
    """What each change makes of the row that it names, or the row that it makes.

    Args:
        changes: the elements of the call.
        columns: of each project.
        stored: by project and id, those of the rows that the changes name that are there.

    Raises:
        InvalidInput: a row is not there, a value is not of its column's type, a deployment would end before it starts,
            or two would be the same.
    """
    records, items = [], []
    for index, change in enumerate(changes):
        try:
            records.append(_apply(change, columns[change.project], stored))
        except InvalidInput as error:
            items.append({"index": index, "detail": error.detail})
    refuse(InvalidInput, items, of=len(changes))
    check_distinct([record.key for record in records], _name)
    return records


def _apply(
    change: DeploymentChange, columns: Sequence[Column], stored: Mapping[tuple[int, int], DeploymentRecord]
) -> DeploymentRecord:
    values = {each.key: each.parse(change.fields[each.name]) for each in columns if each.name in change.fields}
    if change.id is None:
        record = DeploymentRecord(
            DeploymentKey(change.project, change.device, change.start_datetime, change.end_datetime),  # type: ignore[arg-type]
            values,
        )
    else:
        before = stored.get((change.project, change.id))
        if before is None:
            raise InvalidInput(f"project {change.project} has no row {change.id}")
        given = {name: getattr(change, name) for name in ("device", "start_datetime", "end_datetime")}
        key = before.key._replace(**{name: value for name, value in given.items() if value is not None})
        record = replace(before, key=key, values={**before.values, **values})
    if record.key.end_datetime < record.key.start_datetime:
        raise InvalidInput(f"{_name(record.key)} would end before it starts")
    return record


def refuse_taken(records: Sequence[DeploymentRecord], stored: Mapping[DeploymentKey, int]) -> None:
    """Raises Conflict where another row, by its id in `stored`, is of the same device and times."""
    items = [
        {"index": index, "detail": f"{_name(record.key)} is already there", "id": stored[record.key]}
        for index, record in enumerate(records)
        if stored.get(record.key, record.id) != record.id
    ]
    refuse(Conflict, items, of=len(records))


def _name(key: DeploymentKey) -> str:
    return f"{key.device} from {format_datetime(key.start_datetime)} to {format_datetime(key.end_datetime)}"


def deployment_row(record: DeploymentRecord, columns: Iterable[Column]) -> dict[str, Any]:
    """A row of a project's series, its datetimes naive UTC."""
    own = {column.name: column.read(record.values.get(column.key)) for column in columns}
    return {
        "id": record.id,
        "device": record.key.device,
        "start_datetime": record.key.start_datetime,
        "end_datetime": record.key.end_datetime,
        **own,
    }


def from_wire(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of series as a server writes them; what has the form of its datetimes is one, whatever the column."""
    return [{column: _read(value) for column, value in row.items()} for row in rows]


def _read(value: Any) -> Any:
    if not (isinstance(value, str) and _WIRE_DATETIME.fullmatch(value)):
        return value
    try:
        return read_wire_datetime(value)
    except ValueError:  # 2022-99-99
        return value
