"""Sensors from the EXIF block, in the two forms that traps write (contract, section 2)."""

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .exif import read_exif

MAX_BLOCK = 4096  # characters; what traps write has about 400
_CHARACTER_CODES = (b"ASCII\0\0\0", b"\0" * 8)
_NO_SENSOR_BLOCK = "the EXIF block has no sensor readings: they are stored as null"


@dataclass
class Sensors:
    """Readings by column name, null where there is none, and what could not be read."""

    values: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def read(self, column: str, raw: Any, parse: Callable[[Any], Any]) -> None:
        """Sets a column from what the file says, null with a warning if that cannot be read."""
        if raw is None or raw == "":
            return
        try:
            self.values[column] = parse(raw)
        except (ValueError, TypeError, ArithmeticError):
            self.warnings.append(f"{column}: {str(raw)[:40]!r} cannot be read: it is stored as null")


def read_sensors(jpeg: bytes) -> Sensors:
    """The sensors of a JPEG file. Never raises: what is absent or unreadable is null, with a warning."""
    try:
        make, comment = read_exif(jpeg)
        sensors = _generation_2(_decoded(comment)) if make == "StickyPi" else _generation_1(make)
    except Exception as error:  # noqa: BLE001  literals of Python fail in many ways, blocks in more
        return Sensors(warnings=[f"{_NO_SENSOR_BLOCK} ({type(error).__name__})"])
    return _without_sentinels(sensors)


def _generation_1(make: str) -> Sensors:
    if not make.startswith("{") or len(make) > MAX_BLOCK:
        return Sensors(warnings=[_NO_SENSOR_BLOCK])
    block = ast.literal_eval(make)
    sensors = Sensors()
    for column in ("alt", "temp", "hum"):
        sensors.read(column, block.get(column), _number)
    for column in ("lat", "lng"):
        sensors.read(column, block.get(column), _position)
    for column in ("no_flash_exposure_time", "no_flash_bv", "no_flash_shutter_speed"):
        sensors.read(column, block.get(column), _ratio)
    sensors.read("no_flash_iso", block.get("no_flash_iso"), _integer)
    return sensors


def _generation_2(comment: str) -> Sensors:
    header, _, row = comment.strip("\0\r\n ").partition("\n")
    if not row:
        return Sensors(warnings=[_NO_SENSOR_BLOCK])
    raw = dict(zip(header.strip().split(","), (cell.strip() for cell in row.strip().split(",")), strict=False))
    sensors = Sensors()
    sensors.read("device_version", raw.get("v"), _version)
    for column, key in {"temp": "T", "hum": "H", "lum": "L", "alt": "a"}.items():
        sensors.read(column, raw.get(key), _number)
    for column in ("lat", "lng"):
        sensors.read(column, raw.get(column), _position)
    sensors.read("bat", raw.get("B"), _battery)
    sensors.read("but", raw.get("b"), lambda text: bool(_integer(text)))
    return sensors


def _decoded(raw: bytes) -> str:
    prefix = next((code for code in _CHARACTER_CODES if raw.startswith(code)), b"")
    return raw[len(prefix) : len(prefix) + MAX_BLOCK].decode("ascii", errors="replace")


def _number(raw: Any) -> float | int:
    if isinstance(raw, str):
        raw = float(raw)
    if not isinstance(raw, int | float) or isinstance(raw, bool) or not math.isfinite(raw) or abs(raw) > 1e12:
        raise ValueError(raw)
    return raw


def _position(raw: Any) -> float:
    degrees = _number(raw)
    # Either may be up to 180: old traps have the two swapped, and the row says what the file says.
    if abs(degrees) > 180:
        raise ValueError(raw)
    return round(float(degrees), 6)


def _ratio(raw: Any) -> float:
    if isinstance(raw, tuple | list):
        numerator, denominator = raw
        return _number(numerator) / _number(denominator)
    return float(_number(raw))


def _integer(raw: Any) -> int:
    number = round(_number(raw))
    if not 0 <= number <= 2**31 - 1:
        raise ValueError(raw)
    return number


def _battery(raw: Any) -> int:
    level = _integer(raw)
    if level > 100:
        raise ValueError(raw)
    return level


def _version(raw: str) -> str:
    if len(raw) > 32 or not raw.isascii() or not raw.isprintable():
        raise ValueError(raw)
    return raw


def _without_sentinels(sensors: Sensors) -> Sensors:
    """Readings that mean "failed" or "no GPS" turned into null."""
    values = sensors.values
    if all(values.get(column) == 0 for column in ("lat", "lng", "alt")):
        values.update(lat=None, lng=None, alt=None)
    if values.get("temp") is not None and values["temp"] <= -300:
        values["temp"] = None
    if values.get("hum") is not None and values["hum"] < 0:
        values["hum"] = None
    return sensors
