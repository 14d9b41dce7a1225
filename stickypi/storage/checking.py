"""Whether the content of a stored file is what it should be."""

import hashlib
from collections.abc import Callable
from typing import Any

from sticky_pi_api.core.errors import APIError
from stickypi.storage import files
from stickypi.storage.owners import Expected


def damage_of(expected: Expected, check: Callable[[str, bytes], Any]) -> str | None:
    """What is wrong with a file of bounded size: it has another md5 or, where none is known, `check` refuses it."""
    data = files().read(expected.key)
    if data is None:
        return None  # gone in the meantime
    if expected.md5:
        found = hashlib.md5(data).hexdigest()
        return None if found == expected.md5 else f"its md5 is {found}, that of its row {expected.md5}"
    try:
        check(expected.key.rpartition("/")[2], data)
    except APIError as error:
        return error.detail
    return None
