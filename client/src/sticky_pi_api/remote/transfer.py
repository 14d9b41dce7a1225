"""Files of any size to and from the links that a server gives; they need no further authentication."""

from pathlib import Path
from typing import Any

import requests

from ..core.errors import InvalidInput, Unavailable
from .http import Http
from .multipart import MultipartBody, Part

_ATTEMPTS = 5
_CHUNK = 1 << 18


def upload(http: Http, path: Path, link: dict[str, Any]) -> None:
    """Posts a file with the fields of an upload link, `{'url': ..., 'fields': {...}}`; the file is the last part."""
    fields = [Part(name, str(value).encode()) for name, value in link["fields"].items()]
    body = MultipartBody([*fields, Part("file", path, path.name, "application/octet-stream")])
    http.send("POST", link["url"], data=body, headers={"Content-Type": body.content_type})


def download(http: Http, url: str, partial: Path) -> None:
    """Gets a file into `partial`, going on after what is there if the server can (206), else from the start."""
    failure: Exception | None = None
    for _ in range(_ATTEMPTS):
        have = partial.stat().st_size if partial.exists() else 0
        try:
            _get(http, url, partial, have)
        except InvalidInput:  # 416: there is nothing after what we have, so it is of no use
            if not have:
                raise
            partial.unlink()
        except requests.RequestException as error:  # in the middle of the body
            failure = error
        else:
            return
    raise Unavailable(f"{url.partition('?')[0]} cannot be read to its end") from failure


def _get(http: Http, url: str, partial: Path, have: int) -> None:
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    with (
        http.send("GET", url, headers=headers, stream=True) as response,
        partial.open("ab" if response.status_code == 206 else "wb") as file,
    ):
        for chunk in response.iter_content(_CHUNK):
            file.write(chunk)
