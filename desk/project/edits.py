"""What was edited in the table of deployments: cells as texts, turned into changes of deployments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from projects.cells import IDENTITY, read_cells, write_cell
from sticky_pi_api.core.deployments import DeploymentChange, deployment_changes
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import shown
from sticky_pi_api.core.project_columns import Column

_TITLES = {"device": "Device", "start_datetime": "Start, UTC", "end_datetime": "End, UTC"}
_KINDS = {"device": "device", "start_datetime": "datetime", "end_datetime": "datetime"}
MAX_ROWS = 2_000


@dataclass(frozen=True)
class Cell:
    """A cell of the table: its column, the kind of that, and what it shows."""

    name: str
    title: str
    kind: str
    text: str

    @property
    def has_lines(self) -> bool:
        return "\n" in self.text


@dataclass(frozen=True)
class Row:
    """A row of the table; without an id, a new one."""

    id: int | None
    cells: list[Cell]


def shown_row(row: Mapping[str, Any], columns: Sequence[Column]) -> Row:
    """A deployment as the table shows it."""
    fixed = [Cell(name, _TITLES[name], _KINDS[name], write_cell(row.get(name))) for name in IDENTITY]
    own = [Cell(column.name, column.name, column.kind, write_cell(row.get(column.name))) for column in columns]
    return Row(row.get("id"), [*fixed, *own])


def read_edits(
    body: Mapping[str, Any], project: int, columns: Sequence[Column]
) -> tuple[list[tuple[int, int]], list[DeploymentChange]]:
    """The deployments to be deleted, and the changes of others.

    Args:
        body: `deleted`, ids; `rows`, each with `id` (null for a new one) and `cells`: text by column, those that were
            changed.
        project: its id.
        columns: of the project.

    Raises:
        InvalidInput: its `items` say which `column` of which row is wrong.
    """
    deleted, rows = body.get("deleted", []), body.get("rows", [])
    if not (isinstance(deleted, list) and isinstance(rows, list) and len(rows) <= MAX_ROWS >= len(deleted)):
        raise InvalidInput(f"'rows' and 'deleted' take a list of at most {MAX_ROWS:,} each")
    known = {column.name: column for column in columns}
    elements, items = [], []
    for index, row in enumerate(rows):
        values, errors = _read_row(row, known)
        items += [{"index": index, "column": name, "detail": detail} for name, detail in errors.items()]
        elements.append({**values, "project_id": project, "id": row["id"]})
    if items:
        n = len(items)
        raise InvalidInput(f"{n} cell{'s' if n > 1 else ''} cannot be stored as written", items=items)
    return [(project, _row_id(identity)) for identity in deleted], deployment_changes(elements)


def _read_row(row: Any, columns: Mapping[str, Column]) -> tuple[dict[str, Any], dict[str, str]]:
    cells = row.get("cells") if isinstance(row, dict) and "id" in row else None
    if not isinstance(cells, dict) or not all(isinstance(text, str) for text in cells.values()):
        raise InvalidInput(f"{shown(row)} is not a row: it takes 'id' and 'cells'")
    values, errors = read_cells(cells, columns)
    needed = IDENTITY if row["id"] is None else [name for name in IDENTITY if name in cells]
    errors |= {name: "is missing" for name in needed if values.get(name) is None and name not in errors}
    errors |= dict.fromkeys(cells.keys() - columns.keys() - {*IDENTITY}, "is no column any more: load the page again")
    return values, errors


def _row_id(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**31:
        raise InvalidInput(f"{shown(value)} is not the id of a deployment")
    return value
