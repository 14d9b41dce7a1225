"""Files of any size to and from the links that a server gives; they need no further authentication."""

from pathlib import Path
from typing import Any

import requests

from ..core.bundles import MAX_FILE
from ..core.errors import InvalidInput, Unavailable
from ..core.formats import shown
from .http import Http
from .multipart import MultipartBody, Part

_CHUNK = 1 << 18


def upload(http: Http, path: Path, link: Any) -> None:
    """Posts a file with the fields of an upload link, `{'url': ..., 'fields': {...}}`; the file is the last part."""
    url, fields = (link.get(name) for name in ("url", "fields")) if isinstance(link, dict) else (None, None)
    if not isinstance(url, str) or not isinstance(fields, dict):
        raise Unavailable(f"{path.name}: {shown(link)} is not a link to upload it")
    parts = [Part(name, str(value).encode(errors="replace")) for name, value in fields.items()]
    body = MultipartBody([*parts, Part("file", path, path.name, "application/octet-stream")])
    http.send("POST", url, data=body, headers={"Content-Type": body.content_type}, read=lambda response: None)


def download(http: Http, url: str, partial: Path) -> None:
    """Gets a file into `partial`, going on after what is there if the server can (206), else from the start."""
    try:
        _get(http, url, partial)
    except InvalidInput:
        if not _size(partial):
            raise
        partial.unlink()  # 416: there is nothing after what we have, so it is of no use
        _get(http, url, partial)


def _get(http: Http, url: str, partial: Path) -> None:
    def headers() -> dict[str, str]:
        have = _size(partial)
        return {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}

    http.send("GET", url, headers=headers, read=lambda response: _save(response, partial))


def _save(response: requests.Response, partial: Path) -> None:
    # The bytes as they are sent, not decoded: so their number is within Content-Length, where it is given.
    with partial.open("ab" if response.status_code == 206 else "wb") as file:
        for chunk in response.raw.stream(_CHUNK, decode_content=False):
            file.write(chunk)
            if file.tell() > MAX_FILE:
                raise Unavailable(f"{response.url.partition('?')[0]} goes on after {MAX_FILE / 1e9:.0f} GB")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
