"""Keys of devices: what a harvester signs in with, in place of a person's password.

A key may upload images of the devices that its pattern matches, ask which of its files are stored, and send the status
of those devices. It reads nothing else, and signs in nowhere: views that do not name it refuse it.

`stickypi_<prefix>_<secret>`: the prefix finds the row, the secret has 256 random bits. Kept is a SHA-256 of it all: a
slow hash is for what people think up. Nothing is cached, so that a key is refused from the moment it is revoked.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import DeviceKey, Uploader, User
from sticky_pi_api.core.errors import Conflict, InvalidInput, NotAuthenticated, NotFound, PermissionDenied
from sticky_pi_api.core.formats import parse_datetime, shown
from sticky_pi_api.core.info import field, refuse
from sticky_pi_api.core.like import check_pattern

MAX_KEPT_HOURS = 720
_MARK = "stickypi_"
_KEY = re.compile(rf"{_MARK}([0-9a-f]{{12}})_[A-Za-z0-9_-]{{43}}", re.ASCII)
_LONGEST_USERNAME = 32
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,27}", re.ASCII)
_DEVICES = re.compile(r"[0-9a-f_%]{1,64}", re.ASCII)
_DEVICE_LENGTH = 8
_LONGEST = timedelta(days=10 * 365)
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class NewKey:
    """A key to be made."""

    name: str
    devices: str
    expires: datetime | None = None


def parse_new_key(fields: Mapping[str, Any]) -> NewKey:
    """What `fields` say of a key to be made: name, devices, perhaps expires. Raises InvalidInput."""
    given = {name: value for name, value in fields.items() if value != ""}
    return NewKey(
        field(given, "name", _parse_name),
        field(given, "devices", _parse_devices),
        field(given, "expires", _parse_expires, default=None),
    )


def _parse_name(value: Any) -> str:
    name = value.strip() if isinstance(value, str) else ""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{shown(value)} is not a name of a key: it takes 1 to 28 letters, digits, blanks and . _ @ + -, "
            "e.g. 'orchard phone'"
        )
    return name


def _parse_devices(value: Any) -> str:
    pattern = re.sub("%+", "%", check_pattern(value).strip())
    length = len(pattern.replace("%", ""))
    if not _DEVICES.fullmatch(pattern) or not (
        length == _DEVICE_LENGTH or ("%" in pattern and length < _DEVICE_LENGTH)
    ):
        raise InvalidInput(
            f"{shown(value)} matches no device: it takes 8 hexadecimal characters, or a pattern of them with % for any "
            "run and _ for one, e.g. '5c%'"
        )
    return pattern


def _parse_expires(value: Any) -> datetime:
    moment = parse_datetime(value).replace(tzinfo=UTC)
    if not timezone.now() < moment < timezone.now() + _LONGEST:
        raise InvalidInput(f"{shown(value)}: a key expires within the next {_LONGEST.days // 365} years, or never")
    return moment


def key_create(*, new: NewKey, user: User) -> tuple[DeviceKey, str]:
    """Makes a key. Returns its row, and the key itself, which is nowhere else."""
    prefix = secrets.token_hex(6)
    text = f"{_MARK}{prefix}_{secrets.token_urlsafe(32)}"
    row = DeviceKey(
        name=new.name,
        devices=new.devices,
        expires=new.expires,
        prefix=prefix,
        digest=_digest(text),
        **user.signature,
    )
    row.save(force_insert=True)
    return row, text


def key_rotate(*, pk: int, user: User, keep_hours: int = 0) -> tuple[DeviceKey, str]:
    """Makes a key that takes the place of another. Returns as `key_create`.

    Args:
        pk: of the other one.
        user: who does it.
        keep_hours: for how long the other one is still good; 0: it is revoked.

    Raises:
        NotFound: there is none.
        Conflict: the other one is not good any more.
        InvalidInput: hours below 0, or over `MAX_KEPT_HOURS`.
    """
    if not 0 <= keep_hours <= MAX_KEPT_HOURS:
        raise InvalidInput(f"'keep_hours': {shown(keep_hours)} is not a number from 0 to {MAX_KEPT_HOURS}")
    with transaction.atomic():
        old = _locked(pk)
        if old.state != "good":
            raise Conflict(f"the key {old} is {old.state}: make a new one")
        now = timezone.now()
        lasts = old.expires - old.datetime_created if old.expires else None
        made = key_create(new=NewKey(old.name, old.devices, now + lasts if lasts else None), user=user)
        if keep_hours:
            until = now + timedelta(hours=keep_hours)
            DeviceKey.objects.filter(pk=pk).update(expires=min(old.expires or until, until))
        else:
            _revoke(old, user)
    return made


def key_revoke(*, pk: int, user: User) -> DeviceKey:
    """Ends a key at once; one that has been revoked stays as it is. Raises NotFound."""
    with transaction.atomic():
        key = _locked(pk)
        if not key.revoked:
            _revoke(key, user)
    return key


def _locked(pk: int) -> DeviceKey:
    key = DeviceKey.objects.select_for_update().filter(pk=pk).first()
    if key is None:
        raise NotFound(f"there is no key {pk}")
    return key


def _revoke(key: DeviceKey, user: User) -> None:
    key.revoked, key.revoked_by = timezone.now(), user.username
    key.save(update_fields=["revoked", "revoked_by"])


def is_key(text: str) -> bool:
    """Whether a credential is meant to be a key: no name of a user is that long, no token begins so."""
    return text.startswith(_MARK) and len(text) > _LONGEST_USERNAME


def verify_key(*, key: str, address: str) -> DeviceKey:
    """The row of a key, whose use is noted. Raises NotAuthenticated if it is not ours, revoked or expired."""
    match = _KEY.fullmatch(key)
    row = DeviceKey.objects.filter(prefix=match[1]).first() if match else None
    if row is None or not constant_time_compare(row.digest, _digest(key)):
        raise NotAuthenticated("the device key is none of this server's: has all of it been copied?", code="bad_key")
    if row.state != "good":
        raise NotAuthenticated(f"the device key {row} is {row.state}: ask an administrator for another", code="bad_key")
    _note_use(row, address)
    return row


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _note_use(key: DeviceKey, address: str) -> None:
    now = timezone.now()
    before = now - _NOTED_EVERY
    if key.last_used is None or key.last_used <= before:
        due = DeviceKey.objects.filter(Q(last_used=None) | Q(last_used__lte=before), pk=key.pk)
        due.update(last_used=now, last_address=address)


def check_devices(*, uploader: Uploader, devices: Sequence[str]) -> None:
    """Raises PermissionDenied where a key is not for one of the devices; `items` says which. Users upload for all."""
    if isinstance(uploader, DeviceKey):
        items = [
            {"index": index, "detail": f"the key {uploader} is for the devices {uploader.devices}, not for {device}"}
            for index, device in enumerate(devices)
            if not uploader.admits(device)
        ]
        refuse(PermissionDenied, items, of=len(devices))
