"""Files of deployments: what spreadsheets write is read as it is meant, and what we write is read as it was."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.cells import Habits, guess_day_first, guess_type, read_cells, read_moment
from projects.deployment_files import MAX_ROWS, read_sheet, write_sheet, write_template
from sticky_pi_api.core.errors import InvalidInput, TooLarge
from sticky_pi_api.core.project_columns import Column

HEADER = "device,start_datetime,end_datetime"
MOMENT = datetime(2022, 4, 3, 18, 5)

_MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
_VALUES = {
    "INTEGER": st.integers(-(2**63), 2**63 - 1),
    "REAL": st.floats(allow_nan=False, allow_infinity=False),
    "BOOLEAN": st.booleans(),
    "DATETIME": _MOMENTS,
    "TEXT": st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from(" \t\n'=,;\"+-@")),
}
_NAMES = st.text(st.characters(categories=("L", "N", "P", "S"), codec="utf-8"), min_size=1, max_size=12).filter(
    lambda name: name.lower() not in ("id", "project_id", "device", "start_datetime", "end_datetime")
)


@st.composite
def projects(draw) -> tuple[list[Column], list[dict]]:
    """Columns of a project, and deployments with values of them."""
    names = draw(st.lists(_NAMES, max_size=4, unique_by=str.lower))
    columns = [Column(name, draw(st.sampled_from(list(_VALUES))), number) for number, name in enumerate(names)]
    rows = []
    for number in range(draw(st.integers(0, 4))):
        times = sorted([draw(_MOMENTS), draw(_MOMENTS)])
        device = draw(st.text("0123456789abcdef", min_size=8, max_size=8))
        own = {column.name: draw(st.none() | _VALUES[column.sql_type]) for column in columns}
        rows.append({"id": number + 1, "device": device, "start_datetime": times[0], "end_datetime": times[1], **own})
    return columns, rows


@given(projects(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_is_written_is_read_as_it_was(project, encoding) -> None:
    columns, rows = project
    sheet = read_sheet(write_sheet(rows, columns).encode(encoding), columns)
    known = {column.name: column for column in columns}
    read = [read_cells(row.cells, known) for row in sheet.rows]
    assert [errors for _, errors in read] == [{}] * len(rows)
    for row, found, (values, _) in zip(rows, sheet.rows, read, strict=True):
        assert int(found.cells["id"]) == row["id"]
        for name, value in values.items():
            blank = isinstance(row[name], str) and not row[name].strip()
            assert value == (None if blank else row[name]), name


@pytest.mark.parametrize(
    "text",
    [
        *("2022-04-03 18:05", "2022-04-03T18:05:00Z", "2022-04-03_18-05-00", "2022-04-03 18:05 UTC"),
        *("2022/04/03 18:05", "2022-4-3 18:05", "03.04.2022 18:05", "3.4.2022, 18:05:00", "3-4-2022 6:05 PM"),
        *("2022-04-03T20:05:00+02:00", "2022-04-03 18:05:00 (UTC)"),
    ],
)
def test_common_forms_of_datetimes(text: str) -> None:
    assert read_moment(text) == MOMENT


@pytest.mark.parametrize(
    "text", ["soon", "2022-13-01", "32.1.2022", "3.4.22", "12", "2022-04-03 25:00", "3.4.2022 13:00 pm"]
)
def test_what_is_no_datetime_is_refused_with_what_would_be(text: str) -> None:
    with pytest.raises(InvalidInput, match="2024-06-01 18:30"):
        read_moment(text)


def test_dates_with_slashes_are_not_guessed_without_a_reason() -> None:
    with pytest.raises(InvalidInput, match="may be two dates"):
        read_moment("03/04/2022 18:05")
    assert read_moment("03/04/2022 18:05", Habits(day_first=True)) == MOMENT
    assert read_moment("04/03/2022 6:05 pm", Habits(day_first=False)) == MOMENT
    assert read_moment("25/04/2022").day == 25 == read_moment("4/25/2022").day
    assert guess_day_first(["03/04/2022", "25/04/2022 10:00"]) is True
    assert guess_day_first(["03/04/2022", "4/25/2022"]) is False
    assert guess_day_first(["03/04/2022"]) is None is guess_day_first(["25/04/2022", "4/25/2022"])


def test_a_file_of_excel_with_semicolons_and_decimal_commas() -> None:
    text = "\ufeffTrap;Start (UTC);END;Höhe;Bait;\r\n5C173FF2;03.04.2022 18:05;3.5.2022;1,5;Wein;\r\n;;;;;\r\n"
    columns = [Column("höhe", "REAL", 1)]
    for data in (text.encode(), text[1:].encode("cp1252")):
        sheet = read_sheet(data, columns)
        assert sheet.columns == ["device", "start_datetime", "end_datetime", "höhe", "Bait"] and len(sheet.rows) == 1
        values, errors = read_cells(sheet.rows[0].cells, {"höhe": columns[0]}, Habits(decimal_comma=True))
        assert not errors and values["device"] == "5c173ff2"
        assert values["start_datetime"] == MOMENT and values["höhe"] == 1.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("device,end\n", "no column start_datetime"),
        (f"{HEADER},Bait,bait\n", "more than one column"),
        (f"{HEADER}\n1,2,3,4\n", "line 2 has 4 cells"),
        (f"{HEADER},\n1,2,3,x\n", "line 2.*without a name"),
        (f'{HEADER}\n"a"b,2,3\n', "line 2"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_sheet(text.encode(), [])


def test_workbooks_and_what_is_too_large_are_refused() -> None:
    with pytest.raises(InvalidInput, match="not as a workbook"):
        read_sheet(b"PK\x03\x04\0\0\0", [])
    with pytest.raises(TooLarge, match="rows"):
        read_sheet((f"{HEADER}\n" + "1,2,3\n" * (MAX_ROWS + 1)).encode(), [])
    names = ",".join(f"column {number}" for number in range(150))
    with pytest.raises(TooLarge, match="459,153 cells"):
        read_sheet((f"{HEADER},{names}\n" + f"1,2,3{',' * 150}\n" * 3000).encode(), [])


def test_types_are_guessed_from_all_values() -> None:
    habits = Habits(decimal_comma=True)
    guesses = {
        "INTEGER": ["1", "", "-3"],
        "REAL": ["1", "2,5"],
        "BOOLEAN": ["yes", "no", ""],
        "DATETIME": ["2022-04-03", "3.4.2022 18:05"],
        "TEXT": ["1", "a", ""],
    }
    for sql_type, texts in guesses.items():
        assert guess_type(texts, habits) == sql_type
    assert guess_type(["", " "], habits) == "TEXT"


def test_the_template_has_the_columns_and_can_be_imported() -> None:
    sheet = read_sheet(write_template([Column("bait", "TEXT", 1)]).encode(), [Column("bait", "TEXT", 1)])
    assert sheet.columns == ["device", "start_datetime", "end_datetime", "bait"] and sheet.rows == []
