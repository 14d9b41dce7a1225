"""The operations over HTTP: `POST /<operation>` or `POST /<operation>/<what>`, JSON in, JSON out."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec
import orjson
from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import URLPattern, path
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from sticky_pi_api.core.errors import InvalidInput, TooLarge, UnsupportedMedia
from sticky_pi_api.core.formats import format_datetime, iso_form
from sticky_pi_api.core.layout import check_what
from sticky_pi_api.core.operations import OPERATIONS
from sticky_pi_api.core.records import is_datetime
from stickypi.storage import files
from stickypi.storage.links import LinkMaker, UploadLinkMaker

Rows = Sequence[Mapping[str, Any]]
_MAX_VALUES = 4_000_000  # in the JSON of a body: 100,000 rows with all their columns have 2.5 million
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])


class OperationViewSet(ViewSet):
    """Has a method for each operation, of the same name; the table of operations says which role may call it."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuses other HTTP methods, and a body that is too large before any of it is read."""
        if self.action not in OPERATIONS:
            raise MethodNotAllowed(str(request.method))
        refuse_large(request)
        _refuse_packed(request)
        super().initial(request, *args, **kwargs)


def refuse_large(request: Request) -> None:
    """Raises TooLarge if the body is announced to be larger than a request may be."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_BODY:
        raise TooLarge(f"the body is larger than the {settings.MAX_BODY / 1e6:.0f} MB that one request may have")


def _refuse_packed(request: Request) -> None:
    if (encoding := request.META.get("HTTP_CONTENT_ENCODING", "identity").strip()) not in ("", "identity"):
        raise UnsupportedMedia(f"a body that is encoded ({encoding}) is not taken: send it as it is")


def operation_urls(viewset: type[OperationViewSet]) -> list[URLPattern]:
    """The URLs of a viewset's operations."""
    urls = []
    for name in OPERATIONS.keys() & vars(viewset).keys():
        view = viewset.as_view({"post": name})
        urls.append(path(name, view))
        if OPERATIONS[name].whats:
            urls.append(path(f"{name}/<str:what>", view))
    return urls


def read_info(request: Request) -> Any:
    """The body as JSON, whatever its content type says; None if it is empty."""
    if request.content_type.startswith("multipart/"):
        raise UnsupportedMedia("multipart/form-data is not taken here: send JSON")
    body = request._request.body
    if not body.strip():
        return None
    _refuse_many_values(body)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the body is not JSON: {error}", code="not_json") from error


def _refuse_many_values(body: bytes) -> None:
    """Raises TooLarge where the JSON would take far more memory than it has bytes: `{}` takes 64."""
    if _count_values(body) <= _MAX_VALUES:
        return
    # Long texts may have commas (annotations do); of short ones there would be too many to leave out.
    if body.count(b'"') > _MAX_VALUES or _count_values(_TEXT.sub(b"", body)) > _MAX_VALUES:
        raise TooLarge(f"the body has more than {_MAX_VALUES:,} values: send it in several calls")


def _count_values(body: bytes) -> int:
    """At least how many lists, dictionaries and other values there are."""
    return sum(map(body.count, (b",", b"[", b"{")))


def read_elements(request: Request, shape: msgspec.json.Decoder[Any]) -> Any:
    """The elements of the body's JSON list, each still as it was sent; whatever else the body holds as `read_info`.

    `shape` decodes nothing but lists whose elements have the fields they must have: of others, there may be so many
    that they are not for the memory.
    """
    try:
        shape.decode(request._request.body)
    except (msgspec.MsgspecError, RecursionError):
        _refuse_many_values(request._request.body)
    try:
        return [bytes(element) for element in _ELEMENTS.decode(request._request.body)]
    except (msgspec.MsgspecError, RecursionError) as error:
        if isinstance(other := read_info(request), list):
            raise InvalidInput(f"the body is not JSON: {error}", code="not_json") from error
        return other


def read_what(request: Request) -> str:
    """The `what` of the URL in its canonical spelling, by default the operation's first."""
    operation = OPERATIONS[request.path.split("/")[1]]
    what = request.parser_context["kwargs"].get("what")
    return check_what(what, operation.whats) if what else operation.whats[0]


def link_maker(request: Request) -> LinkMaker:
    return files().link_maker(request.build_absolute_uri("/")[:-1])


def upload_link_maker(request: Request) -> UploadLinkMaker:
    return files().upload_link_maker(request.build_absolute_uri("/")[:-1])


def answer_rows(rows: Rows, *, typed: bool = False) -> HttpResponse:
    """A JSON list; the datetimes of `typed` rows are `datetime` objects, those of others are texts already."""
    return HttpResponse(_encode(rows, typed), content_type="application/json")


def _encode(rows: Rows, typed: bool) -> bytes:
    if typed:
        return orjson.dumps(rows, default=_wire_form, option=orjson.OPT_PASSTHROUGH_DATETIME)
    return orjson.dumps(_in_iso_form(rows) if settings.ISO_DATETIMES else rows)


def _wire_form(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} has no form on the wire")
    text = format_datetime(value)
    return iso_form(text) if settings.ISO_DATETIMES else text


def _in_iso_form(rows: Rows) -> Rows:
    datetimes = [column for column in (rows[0] if rows else ()) if is_datetime(column)]
    return [{**row, **{column: iso_form(row[column]) for column in datetimes if row[column]}} for row in rows]


def stream_rows(chunks: Iterable[Rows], *, typed: bool = False) -> HttpResponseBase:
    """A JSON list of any length in bounded memory, of rows as `answer_rows` takes them.

    The first chunk is read before the status is sent, so that an error there is answered with its own status. A later
    one breaks the connection: no client can take half a list for a whole one.
    """
    return stream_parts(_encode_list(chunks, typed), "application/json")


def stream_parts(parts: Iterator[bytes], content_type: str) -> HttpResponseBase:
    """An answer of any length, whose first part is made before the status is sent."""
    first = next(parts, b"")
    return StreamingHttpResponse(chain((first,), parts), content_type=content_type)


def _encode_list(chunks: Iterable[Rows], typed: bool) -> Iterator[bytes]:
    before = b"["
    for rows in chunks:
        if rows:
            yield before + _encode(rows, typed)[1:-1]
            before = b","
    yield b"]" if before == b"," else b"[]"
