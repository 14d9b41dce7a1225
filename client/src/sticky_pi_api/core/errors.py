"""The errors of the operations: one class per status, the same for client and server."""

from collections.abc import Iterable
from typing import Any


class APIError(Exception):
    """Base of all errors: `detail` for people, `code` for programs, `status` for HTTP.

    `items` lists what was wrong with which elements of the call's `info`, by their `index`.
    `rows` are what was stored all the same, where a call of a client is many requests (`put_images`).
    `retry_after` is after how many seconds the same call may succeed, where that is known.
    """

    status = 500
    code = "error"

    def __init__(
        self,
        detail: str,
        *,
        items: Iterable[dict[str, Any]] = (),
        code: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.items = list(items)
        self.rows: list[dict[str, Any]] = []
        self.code = code or self.code
        self.retry_after = retry_after

    def to_wire(self) -> dict[str, Any]:
        """The error as the JSON body of an answer."""
        body: dict[str, Any] = {"detail": self.detail, "code": self.code}
        return {**body, "items": self.items} if self.items else body


class InvalidInput(APIError):
    """The input is not what the operation takes."""

    status, code = 400, "invalid"


class NotAuthenticated(APIError):
    """No credentials, or wrong ones."""

    status, code = 401, "not_authenticated"


class PermissionDenied(APIError):
    """Known, but not allowed."""

    status, code = 403, "permission_denied"


class NotFound(APIError):
    """No such operation or file."""

    status, code = 404, "not_found"


class MethodNotAllowed(APIError):
    """The address exists, for another method."""

    status, code = 405, "method_not_allowed"


class Conflict(APIError):
    """What is to be stored is already there."""

    status, code = 409, "conflict"


class TooLarge(APIError):
    """Larger than the limits."""

    status, code = 413, "too_large"


class UnsupportedMedia(APIError):
    """A body of a type that the operation does not take."""

    status, code = 415, "unsupported_media_type"


class Throttled(APIError):
    """Too many requests."""

    status, code = 429, "throttled"


class Unavailable(APIError):
    """Database, storage or server away: the same call may succeed later."""

    status, code = 503, "unavailable"


_BY_STATUS = {error.status: error for error in APIError.__subclasses__()}


def error_of(status: int, detail: str, *, items: Iterable[dict[str, Any]] = (), code: str | None = None) -> APIError:
    """The error that an answer with this HTTP status stands for."""
    fallback = Unavailable if status >= 500 else InvalidInput if 400 <= status < 500 else APIError
    return _BY_STATUS.get(status, fallback)(detail, items=items, code=code)
