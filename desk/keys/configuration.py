"""A key as harvesters take it: as the settings of the Python client, as a command, and as a QR code."""

import io
import json
from typing import Any

import segno
from django.utils.safestring import SafeString, mark_safe

from accounts.models import DeviceKey


def configuration(address: str, row: DeviceKey, key: str) -> dict[str, Any]:
    """What the template shows of a key that has just been made. `address` is the server's."""
    device = row.devices if "%" not in row.devices and "_" not in row.devices else "5c173ff2"
    return {
        "key": key,
        "settings_text": f"STICKYPI_HOST={address}\nSTICKYPI_USERNAME={key}\nSTICKYPI_PASSWORD=-\n",
        "command": (
            f'curl -H "Authorization: Bearer {key}" \\\n'
            f'     -F "file=@{device}.2026-06-20_21-33-24.jpg" {address}/api/images/\n'
        ),
        "qr": _qr(json.dumps({"url": address, "key": key, "devices": row.devices})),
    }


def _qr(text: str) -> SafeString:
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, scale=4, light="#fff", dark="#000", title="QR code of the key"
    )
    return mark_safe(drawn.getvalue().decode())  # noqa: S308  our own drawing: its text is squares
