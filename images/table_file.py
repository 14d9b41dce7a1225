"""Tables of images without their files, as an archive publishes them: CSV with a header."""

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import parse_datetime, parse_device
from sticky_pi_api.core.values import parse_md5

_REQUIRED = ("device", "datetime", "md5", "width", "height")
_Degrees = Annotated[float, Field(ge=-180, le=180)]  # old traps swap the two
_Pixels = Annotated[int, Field(gt=0, le=65_500)]


def _check(parse: Any) -> BeforeValidator:
    def validate(value: Any) -> Any:
        try:
            return parse(value)
        except InvalidInput as error:
            raise ValueError(error.detail) from error

    return BeforeValidator(validate)


class ImageRecord(BaseModel):
    """The columns of an image that a table may have."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    device: Annotated[str, _check(parse_device)]
    datetime: Annotated[dt.datetime, _check(parse_datetime)]
    md5: Annotated[str, _check(parse_md5)]
    width: _Pixels
    height: _Pixels
    device_version: Annotated[str, Field(max_length=32)] | None = None
    alt: float | None = None
    lat: _Degrees | None = None
    lng: _Degrees | None = None
    temp: float | None = None
    hum: float | None = None
    no_flash_shutter_speed: float | None = None
    no_flash_exposure_time: float | None = None
    no_flash_bv: float | None = None
    no_flash_iso: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    lum: float | None = None
    bat: Annotated[int, Field(ge=0, le=100)] | None = None
    but: bool | None = None


def read_images(path: Path) -> Iterator[ImageRecord]:
    """The rows of a table; columns that images do not have are passed over.

    Raises:
        InvalidInput: it is no such table, or a row is wrong: it says which.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file, strict=True)
        try:
            if missing := [name for name in _REQUIRED if name not in (table.fieldnames or ())]:
                raise InvalidInput(f"the table has no column {', '.join(missing)}")
            for row in table:
                yield _read(row, table.line_num)
        except (csv.Error, UnicodeDecodeError) as error:
            raise InvalidInput(f"line {table.line_num} is not CSV in UTF-8: {error}") from error


def _read(row: dict[str, Any], line: int) -> ImageRecord:
    try:
        return ImageRecord.model_validate(
            {name: value for name, value in row.items() if name and value not in ("", None)}
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(f"line {line}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
