"""Folders as the existing tool's two generations leave them: the tables of `../shared/existing` in SQLite, and rows."""

import random
import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.services import ROOT

SCHEMAS = ROOT.parent / "shared" / "existing"
DEVICES = ("5c173ff2", "0a5bb6f4")
START = datetime(2020, 6, 20, 21, 33, 24)
PASSWORD = "$6$rounds=656000$9rPA9TEuQqvcbDjg$fO92wLZp2nEY4x.Vn6hZWusG0IOdPsmG1vMUM4KTFoZIgGe8cYioGJ.z4zMgHoaGSohThbSS7NVO7eb9Noynu0"  # noqa: E501
VERSION = "1598113346-ad2cd78dfaca12821046dfb8994724d5"

Rows = dict[str, list[dict[str, Any]]]  # table -> rows as they are in the database


def statements(generation: str) -> list[str]:
    """The tables of a generation, `first` or `second`, as SQLAlchemy makes them for SQLite."""
    sql = re.sub(r"--.*", "", (SCHEMAS / f"{generation}-generation.sql").read_text())
    sql = re.sub(r"\) ENGINE=[^;]*", ")", sql).replace("`", '"')
    sql = re.sub(r"\bid INT PRIMARY KEY AUTO_INCREMENT", "id INTEGER PRIMARY KEY AUTOINCREMENT", sql)
    sql = re.sub(r"\bint\(11\)|\bINT\b", "INTEGER", sql.replace(" AUTO_INCREMENT", ""))
    sql = re.sub(r"UNIQUE KEY (\S+)", r"CONSTRAINT \1 UNIQUE", sql)
    sql = re.sub(r",\s*KEY [^\n]*?\)(?=,?\n)", "", sql)
    return [statement for statement in sql.split(";") if "project_series" not in statement and statement.strip()]


def make(folder: Path, generation: str, seed: int = 0) -> Rows:
    """A folder's `database.db` with rows of a generation; what it holds."""
    choose = random.Random(seed)
    rows = _rows(choose, generation == "second")
    with closing(sqlite3.connect(folder / "database.db")) as db, db:
        for statement in statements(generation):
            db.execute(statement)
        if generation == "second":
            rows |= {f"project_series_{project}": _add_series(db, project) for project in _SERIES}
        for table, listed in rows.items():
            for row in listed:
                names = ", ".join('"{}"'.format(name.replace('"', '""')) for name in row)
                marks = ", ".join("?" * len(row))
                db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
    return rows


def text(moment: datetime) -> str:
    """A datetime as SQLAlchemy writes it."""
    return moment.isoformat(" ", "microseconds")


def _rows(choose: random.Random, is_second: bool) -> Rows:
    def stamp() -> dict[str, Any]:
        by = choose.choice([("ann", 1), ("bob", 2), (None, None)])
        made = START + timedelta(days=1, seconds=choose.randrange(10**6), microseconds=choose.randrange(10**6))
        written = {"datetime_created": text(made), "api_version": choose.choice(["1.0.0", "2.1.0", None])}
        return {**written, **({"api_user_id": by[1]} if is_second else {"api_user": by[0]})}

    def numbered(number: int, **columns: Any) -> dict[str, Any]:
        return {"id": number, **columns, **stamp()}

    def image(number: int) -> dict[str, Any]:
        taken = text(START + timedelta(minutes=20 * number))
        picture = {"md5": f"{number:032x}", "width": 2592, "height": 1944, "device_version": "1.0.0"}
        place = choose.choice([{"lat": 49.2442, "lng": -121.7552, "alt": 22}, {"lat": None, "lng": None, "alt": None}])
        sensed = {"temp": choose.choice([None, 10.25]), "hum": choose.choice([None, 97.6])}
        if is_second:
            own = {name: choose.choice([None, 1]) for name in ("bat", "but")} | {"lum": choose.choice([None, 0.5])}
        else:
            own = {"no_flash_shutter_speed": 3.0, "no_flash_exposure_time": 0.125, "no_flash_bv": 0.0}
            own["no_flash_iso"] = 400.0
        return numbered(number, device=DEVICES[number % 2], datetime=taken, **picture, **place, **sensed, **own)

    algorithm = {"algo_name": "matcher", "algo_version": VERSION}
    ends = {"start_datetime": text(START), "end_datetime": text(START + timedelta(days=1))}
    series = ".".join((DEVICES[0], *(moment[:19].replace(" ", "_").replace(":", "-") for moment in ends.values())))
    found = {"algo_name": "detector", "algo_version": VERSION, "json": '{"annotations": []}'}
    label = {"algo_name": "classifier", "algo_version": VERSION, "label": 3, "pattern": "Diptera.*", "type": "Insecta"}
    people = [("ann", 1, 1), ("bob", None, 0), ("eve", 0, None)]
    rows = {
        "users": [
            numbered(
                number + 1, username=name, email=None, password_hash=PASSWORD, is_admin=is_admin, can_write=can_write
            )
            for number, (name, is_admin, can_write) in enumerate(people)
        ],
        "images": [image(number) for number in range(1, 60)],
        "uid_annotations": [
            numbered(number, parent_image_id=number, n_objects=choose.randrange(9), **found) for number in range(5, 30)
        ],
        "tuboid_series": [numbered(7, device=DEVICES[0], n_images=72, n_tuboids=9, **ends, **algorithm)],
        "tiled_tuboids": [
            numbered(n, parent_series_id=7, tuboid_id=f"{series}.{n:04d}", id_in_series=n, n_shots=2, **ends)
            for n in range(1, 9)
        ],
        "itc_labels": [
            numbered(n, parent_tuboid_id=n, **label, order="Diptera", family=None, genus=None, species=None)
            for n in range(1, 6)
        ],
    }
    if is_second:
        rows |= {
            "projects": [
                numbered(number, name=f"study {number}", description=choose.choice([None, "vines"]), notes=None)
                for number in (1, 2)
            ],
            "project_permissions": [
                numbered(number, parent_project_id=number, parent_user_id=1, level=3) for number in (1, 2)
            ],
            "uid_intents": [numbered(1, parent_image_id=3)],
        }
    return rows


# The columns of projects, and their values in two rows each, which both begin with the id 1.
_SERIES: dict[int, dict[str, tuple[str, list[Any]]]] = {
    1: {"bait": ("VARCHAR(20)", ["wine", None]), 'a "quoted" name': ("FLOAT", [1.5, None])},
    2: {"checked": ("DATETIME", ["2022-05-17 18:46:57", "never"]), "n": ("SMALLINT", [3, 4])},
}


def _add_series(db: sqlite3.Connection, project: int) -> list[dict[str, Any]]:
    """Makes the table of a project's series. Returns the rows it should have."""
    columns = _SERIES[project]
    fixed = "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, device CHAR(8) NOT NULL, start_datetime DATETIME NOT NULL"
    declared = "".join(', "{}" {}'.format(name.replace('"', '""'), kind) for name, (kind, _) in columns.items())
    unique = "UNIQUE (device, start_datetime, end_datetime)"
    db.execute(f"CREATE TABLE project_series_{project} ({fixed}, end_datetime DATETIME NOT NULL{declared}, {unique})")
    return [
        {
            "id": number,
            "device": DEVICES[0],
            # In the forms in which users sent them.
            "start_datetime": "2022-05-17_18-46-57",
            "end_datetime": f"2022-06-0{number}T00:00:00Z",
            **{name: values[number - 1] for name, (_, values) in columns.items()},
        }
        for number in (1, 2)
    ]
