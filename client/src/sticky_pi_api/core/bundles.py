"""ML bundles: names and keys of their files, md5s, and what is to be transferred."""

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO

from .errors import InvalidInput, TooLarge
from .formats import shown
from .info import check_distinct, field, parse_each
from .layout import check_what
from .limits import BUNDLES

SUFFIXES = (".yaml", ".yml", ".svg", ".jpeg", ".jpg", ".txt", ".db")
MODEL = "model_final.pth"
FOLDERS = {"all": ("",), "data": ("data/", "config/"), "model": ("output/", "config/")}
WHATS = tuple(FOLDERS)
MIB = 1 << 20
PART_SIZE = 8 * MIB
# Clients of another generation used parts of 15 MiB.
PART_SIZES = (PART_SIZE, 15 * MIB)
MAX_FILE = 5_000_000_000  # bytes: about what S3 takes in one POST
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,99}", re.ASCII)
_MD5 = re.compile(r"[0-9a-f]{32}(?:-([1-9]\d{0,4}))?", re.ASCII)
_MAX_KEY = 255
_READ = MIB


@dataclass(frozen=True)
class BundleUpload:
    """A file that a client has; `mtime` in unix seconds."""

    bundle_name: str
    key: str
    md5: str
    mtime: float


def parse_bundle_name(value: Any) -> str:
    """A bundle's name: one folder's name."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise InvalidInput(
            f"{shown(value)} is not the name of a bundle: it takes 1 to 100 letters, digits and . _ + -, "
            "and starts with a letter, a digit or _"
        )
    return value


def is_bundle_name(name: str) -> bool:
    """Whether a folder of this name is a bundle."""
    return _NAME.fullmatch(name) is not None


def parse_bundle_key(value: Any) -> str:
    """A file of a bundle, a relative path with `/`. Raises InvalidInput for one that would leave the bundle."""
    if (
        not isinstance(value, str)
        or not value.isprintable()
        or not 0 < len(value.encode()) <= _MAX_KEY
        or "\\" in value
    ):
        raise InvalidInput(f"{shown(value)} is not a path of 1 to {_MAX_KEY} printable bytes, with / between folders")
    parts = value.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise InvalidInput(f"{shown(value)} is not a path within the bundle: it must not have empty parts, . or ..")
    if not is_bundle_file(value):
        raise InvalidInput(f"{shown(value)}: files of a bundle end in {' '.join(SUFFIXES)} or are {MODEL}")
    return value


def is_bundle_file(key: str) -> bool:
    """Whether a bundle takes files of this name."""
    name = key.rpartition("/")[2]
    return name.endswith(SUFFIXES) or name == MODEL


def is_in(key: str, what: str) -> bool:
    """Whether `what` (all, data, model) covers the file."""
    return key.startswith(FOLDERS[check_what(what, WHATS)])


def bundle_uploads(info: Any) -> list[BundleUpload]:
    """The files that `info` offers. Raises InvalidInput also where two are the same file."""
    uploads = parse_each(
        info,
        lambda element: BundleUpload(
            bundle_name=field(element, "bundle_name", parse_bundle_name),
            key=field(element, "key", parse_bundle_key),
            md5=field(element, "md5", _parse_md5),
            mtime=field(element, "mtime", _parse_mtime),
        ),
    )
    check_distinct([(upload.bundle_name, upload.key) for upload in uploads], lambda key: f"{key[1]} of {key[0]}")
    if (number := len({upload.bundle_name for upload in uploads})) > BUNDLES:
        raise TooLarge(f"info has files of {number:,} bundles: this call takes at most {BUNDLES}, send it in several")
    return uploads


def check_listed(file: Mapping[str, Any]) -> None:
    """Raises InvalidInput if a file of a bundle's list has a key that leaves the bundle, or no md5 or time."""
    parse_bundle_key(file["key"])
    _parse_md5(file["md5"])
    _parse_mtime(file["mtime"])


def _parse_md5(value: Any) -> str:
    md5 = value.lower() if isinstance(value, str) else ""
    if not _MD5.fullmatch(md5):
        raise InvalidInput(
            f"{shown(value)} is not an md5: it takes 32 hexadecimal characters, then maybe -<number of parts>"
        )
    return md5


def _parse_mtime(value: Any) -> float:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    except OverflowError:  # a whole number beyond all floats
        pass
    raise InvalidInput(f"{shown(value)} is not a time in unix seconds")


def needs_upload(offered: BundleUpload, *, same: bool, mtime: float) -> bool:
    """Whether an offered file replaces a stored one: another md5, and newer than the stored file's `mtime`."""
    return not same and offered.mtime > mtime


def needs_download(*, same: bool, mtime: float, local_mtime: float) -> bool:
    """Whether a stored file replaces a local one: another md5, and newer."""
    return not same and mtime > local_mtime


def multipart_md5(file: BinaryIO, size: int, part_size: int = PART_SIZE) -> str:
    """The md5 of a file as S3 gives it: plain up to one part, else the md5 of the parts' md5s, `-`, their number."""
    digests = []
    for _ in range(max(1, math.ceil(size / part_size))):
        digest = hashlib.md5(usedforsecurity=False)
        left = part_size
        while left and (chunk := file.read(min(left, _READ))):
            digest.update(chunk)
            left -= len(chunk)
        digests.append(digest)
    if len(digests) == 1:
        return digests[0].hexdigest()
    whole = hashlib.md5(b"".join(digest.digest() for digest in digests), usedforsecurity=False)
    return f"{whole.hexdigest()}-{len(digests)}"


def part_sizes(md5: str, size: int) -> list[int]:
    """The part sizes that this md5 of a file of `size` bytes may have been made with; none if it is of another size."""
    match = _MD5.fullmatch(md5)
    parts = int(match[1] or 1) if match else 0
    if match and match[1] is None:
        return [max(size, 1)]
    # One part alone has, in this form, the md5 of an md5: nobody here writes that.
    return [part_size for part_size in PART_SIZES if math.ceil(size / part_size) == parts > 1]


def is_bundle_md5(etag: str, size: int) -> bool:
    """Whether a bucket's ETag is the md5 that clients have: not of a large file that was put in one piece."""
    return bool(etag) and (size <= PART_SIZE or "-" in etag)


def has_md5(md5: str, size: int, open_file: Callable[[], AbstractContextManager[BinaryIO]]) -> bool:
    """Whether a file has this md5, in whichever form it is written. Reads the file at most once per form."""
    for part_size in part_sizes(md5, size):
        with open_file() as file:
            if multipart_md5(file, size, part_size) == md5:
                return True
    return False
