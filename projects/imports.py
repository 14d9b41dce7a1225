"""What a file of deployments would do to a project: planned and shown first, then done."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from projects import queries
from projects.cells import IDENTITY, Habits, guess_day_first, guess_type, read_cells, write_cell
from projects.deployment_files import Sheet, SheetRow
from sticky_pi_api.core.deployments import DeploymentKey, DeploymentRecord, deployment_row
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.project_columns import Column, parse_column_name

TYPES = ("TEXT", "INTEGER", "REAL", "BOOLEAN", "DATETIME")


@dataclass(frozen=True)
class NewColumn:
    """A column that the project does not have; it is left out where `sql_type` is empty, or where it cannot be made."""

    name: str
    sql_type: str
    guessed: str
    error: str = ""

    @property
    def is_made(self) -> bool:
        return bool(self.sql_type) and not self.error


@dataclass
class PlannedCell:
    """A cell of the file, what the project has in its place, and what is wrong with it."""

    text: str
    before: str = ""
    error: str = ""
    is_changed: bool = False


@dataclass
class PlannedRow:
    """A row of the file: `add`, `change`, `same` or `refuse`; `element` is that of `put_project_series`."""

    line: int
    action: str
    cells: dict[str, PlannedCell]
    element: dict[str, Any]
    error: str = ""


@dataclass
class Plan:
    """What a file would do."""

    columns: list[str]
    new_columns: list[NewColumn]
    rows: list[PlannedRow]
    habits: Habits
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def elements(self) -> list[dict[str, Any]]:
        """What is added and changed, for `put_project_series`."""
        return [row.element for row in self.rows if row.action in ("add", "change")]

    @property
    def digest(self) -> str:
        """Differs where another thing would be done."""
        made = [(column.name, column.sql_type) for column in self.new_columns if column.is_made]
        done = [[row.line, row.action, row.element] for row in self.rows]
        return hashlib.sha256(orjson.dumps([made, done])).hexdigest()


def plan(*, project: int, sheet: Sheet, types: Mapping[str, str] | None = None, day_first: bool | None = None) -> Plan:
    """What a file would do to a project.

    Args:
        project: its id.
        sheet: the file.
        types: of the new columns, where they are not to be those that their values suggest; empty to leave one out.
        day_first: whether dates such as 03/04/2022 begin with the day; None to conclude it from the others.
    """
    columns = queries.columns([project])[project]
    guessed = guess_day_first([text for name in sheet.columns for text in sheet.texts(name)])
    habits = Habits(sheet.delimiter == ";", guessed if day_first is None else day_first)
    known = {column.name: column for column in columns}
    new = [
        _new_column(name, guess_type(sheet.texts(name), habits), types or {})
        for name in sheet.columns
        if name != "id" and name not in IDENTITY and name not in known
    ]
    known |= {column.name: Column(column.name, column.sql_type) for column in new if column.is_made}
    stored = queries.records_of_project(project)
    planner = _Planner(
        project, known, {record.id: deployment_row(record, columns) for record in stored}, habits, stored
    )
    rows = [planner.plan(row) for row in sheet.rows]
    return Plan(sheet.columns, new, rows, habits, Counter(row.action for row in rows))


def _new_column(name: str, guessed: str, types: Mapping[str, str]) -> NewColumn:
    sql_type = types.get(name, guessed)
    try:
        parse_column_name(name)
    except InvalidInput as error:
        return NewColumn(name, sql_type, guessed, error.detail)
    return NewColumn(name, sql_type if sql_type in TYPES else "", guessed)


class _Planner:
    """Plans a row after the other: which of them mean the same deployment is remembered."""

    def __init__(
        self,
        project: int,
        columns: Mapping[str, Column],
        rows: Mapping[int | None, dict[str, Any]],
        habits: Habits,
        stored: Sequence[DeploymentRecord],
    ) -> None:
        self._project, self._columns, self._rows, self._habits = project, columns, rows, habits
        self._ids = {record.key: record.id for record in stored}
        self._lines: dict[Any, int] = {}

    def plan(self, row: SheetRow) -> PlannedRow:
        cells = {name: PlannedCell(text) for name, text in row.cells.items()}
        values, errors = read_cells(row.cells, self._columns, self._habits)
        identity, error = self._find(row, values, errors)
        before = self._rows.get(identity, {})
        element = {"project_id": self._project, **({"id": identity} if before else {})}
        for name, value in values.items():
            cell = cells[name]
            cell.before = write_cell(before.get(name))
            is_kept = value is None and name in IDENTITY
            cell.is_changed = not is_kept and value != before.get(name) and cell.text != cell.before
            if cell.is_changed:
                element[name] = value
        for name, detail in errors.items():
            cells[name].error = detail
        error = error or self._repeats(row.line, identity, {**before, **element}) if not errors else ""
        is_changed = any(cell.is_changed for cell in cells.values())
        action = "refuse" if errors or error else "same" if not is_changed else "change" if before else "add"
        return PlannedRow(row.line, action, cells, element, error)

    def _find(self, row: SheetRow, values: Mapping[str, Any], errors: dict[str, str]) -> tuple[int | None, str]:
        """The id of the deployment that a row means, None for a new one."""
        given = row.cells.get("id", "").strip()
        if given:
            identity = int(given) if given.isdecimal() and len(given) < 18 else 0
            if identity not in self._rows:
                errors["id"] = f"the project has no deployment {given}: leave it empty to add one"
            return identity, ""
        missing = [name for name in IDENTITY if values.get(name) is None and name not in errors]
        if missing and not set(missing) <= row.cells.keys():
            return None, f"a new deployment takes {', '.join(IDENTITY)}"
        errors |= dict.fromkeys(missing, "is missing")
        if errors.keys() & set(IDENTITY):
            return None, ""
        return self._ids.get(DeploymentKey(self._project, *(values[name] for name in IDENTITY))), ""

    def _repeats(self, line: int, identity: int | None, row: Mapping[str, Any]) -> str:
        """What is wrong where another row is of the same device and times."""
        key = DeploymentKey(self._project, *(row[name] for name in IDENTITY))
        if key.end_datetime < key.start_datetime:
            return "the end is before the start"
        if self._lines.setdefault(key, line) != line:
            return f"line {self._lines[key]} is of the same device and times"
        if identity and self._lines.setdefault(identity, line) != line:
            return f"line {self._lines[identity]} changes the same deployment"
        other = self._ids.get(key)
        return f"deployment {other} is of the same device and times" if other not in (None, identity) else ""
