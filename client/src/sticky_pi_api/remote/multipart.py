"""A multipart body that is read from its files while it is sent: any size, and again for a retry."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import InvalidInput
from ..core.formats import shown
from ..reading import reading

_CHUNK = 1 << 18


@dataclass(frozen=True)
class Part:
    """A form field, or a file if it has a `filename`; `content` is bytes, or the path of the file to send."""

    name: str
    content: bytes | Path
    filename: str | None = None
    content_type: str | None = None

    def head(self, boundary: str) -> bytes:
        """What stands before the content."""
        lines = [f"--{boundary}", f'Content-Disposition: form-data; name="{_quoted(self.name)}"']
        if self.filename is not None:
            lines[1] += f'; filename="{_quoted(self.filename)}"'
        if self.content_type is not None:
            lines.append(f"Content-Type: {self.content_type}")
        return "\r\n".join([*lines, "", ""]).encode(errors="replace")

    def __len__(self) -> int:
        if isinstance(self.content, bytes):
            return len(self.content)
        with reading(self.content):
            return self.content.stat().st_size

    def chunks(self, length: int) -> Iterator[bytes]:
        """The content. Raises InvalidInput if it is a file that has no longer the `length` that was announced."""
        if isinstance(self.content, bytes):
            yield self.content
            return
        with reading(self.content), self.content.open("rb") as file:
            while chunk := file.read(_CHUNK):
                length -= len(chunk)
                if length >= 0:
                    yield chunk
        if length:
            raise InvalidInput(f"{shown(str(self.content))} has changed while it was sent")


class MultipartBody:
    """An iterable of bytes with a length, as `requests` takes it for `data`."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._boundary = secrets.token_hex(16)
        self._parts = [(part, part.head(self._boundary), len(part)) for part in parts]
        self._end = f"--{self._boundary}--\r\n".encode()

    @property
    def content_type(self) -> str:
        """The header of the request."""
        return f"multipart/form-data; boundary={self._boundary}"

    def __len__(self) -> int:
        return sum(len(head) + length + 2 for _, head, length in self._parts) + len(self._end)

    def __iter__(self) -> Iterator[bytes]:
        for part, head, length in self._parts:
            yield head
            yield from part.chunks(length)
            yield b"\r\n"
        yield self._end


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
