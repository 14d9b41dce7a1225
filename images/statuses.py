"""What devices say of themselves: the last status of each, and a history of bounded length."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from accounts.device_keys import check_devices
from accounts.models import Uploader
from images.models import DeviceStatus
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import parse_datetime, shown
from sticky_pi_api.core.info import field
from sticky_pi_api.core.values import text_parser
from stickypi.db.deadlocks import retry_on_deadlock
from stickypi.db.index_scans import last_ids

HISTORY = 500  # of each device
_MAX_ERRORS, _MAX_ERROR = 20, 500
_MAX_BYTES = 2**60
_CLOCKS = datetime(1970, 1, 1), datetime(2200, 1, 1)


@dataclass(frozen=True)
class NewStatus:
    """A status as it was sent: what is not known is None."""

    battery: int | None
    disk_free: int | None
    version: str | None
    clock: datetime | None
    errors: list[str]


def parse_status(fields: Mapping[str, Any]) -> NewStatus:
    """Raises InvalidInput, naming the field. Others than those of a status are passed over."""
    given = dict(fields)
    return NewStatus(
        battery=field(given, "battery", lambda value: _whole(value, 100, "percentage"), default=None),
        disk_free=field(given, "disk_free", lambda value: _whole(value, _MAX_BYTES, "number of bytes"), default=None),
        version=field(given, "version", text_parser(64), default=None),
        clock=field(given, "clock", _parse_clock, default=None),
        errors=field({"errors": [given.get("errors") or []]}, "errors", _parse_errors),
    )


def _whole(value: Any, most: int, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise InvalidInput(f"{shown(value)} is not a {what}: it takes a number from 0 to {most}")
    return round(value)


def _parse_clock(value: Any) -> datetime:
    clock = parse_datetime(value)
    if not _CLOCKS[0] <= clock < _CLOCKS[1]:
        raise InvalidInput(f"{shown(value)} is what no clock says: it takes 1970 to 2199")
    return clock.replace(tzinfo=UTC)


def _parse_errors(value: Any) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or len(texts) > _MAX_ERRORS or not all(isinstance(text, str) for text in texts):
        raise InvalidInput(f"{shown(value)} is not a list of at most {_MAX_ERRORS} texts")
    return ["".join(letter if letter.isprintable() else " " for letter in text[:_MAX_ERROR]) for text in texts]


def status_put(*, device: str, status: NewStatus, user: Uploader) -> DeviceStatus:
    """Stores a status, and forgets those beyond `HISTORY`. Raises PermissionDenied for a key of other devices."""
    check_devices(uploader=user, devices=[device])
    row = DeviceStatus(device=device, **vars(status), **user.signature)
    row.save(force_insert=True)
    _forget_old(device)
    return row


@retry_on_deadlock
def _forget_old(device: str) -> None:
    of_device = DeviceStatus.objects.filter(device=device)
    old = list(of_device.order_by("-pk").values_list("pk", flat=True)[HISTORY : HISTORY + 100])
    if old:
        DeviceStatus.objects.filter(pk__in=old).delete()


def history(device: str, *, most: int = HISTORY) -> list[DeviceStatus]:
    """The statuses of a device, latest first."""
    return list(DeviceStatus.objects.filter(device=device).order_by("-pk")[:most])


def last_statuses(devices: Collection[str] | None = None) -> dict[str, DeviceStatus]:
    """The last status of each device that has sent one; of these devices, or of all."""
    found = DeviceStatus.objects.filter(pk__in=last_ids(DeviceStatus, "device", "id"))
    return {row.device: row for row in (found if devices is None else found.filter(device__in=list(devices)))}
