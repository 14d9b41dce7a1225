"""Operations on tuboids."""

from typing import Any

import orjson
from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request

from accounts.authentication import caller
from sticky_pi_api.core import info
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.jpeg import check_bytes
from sticky_pi_api.core.layout import TUBOID_FILES
from sticky_pi_api.core.tuboids import ParsedTuboid, parse_tuboid
from stickypi.http.operations import OperationViewSet, answer_rows, link_maker, read_info, read_what, stream_rows
from tuboids import queries, services


class TuboidOperations(OperationViewSet):
    """Section 4 of the contract, tiled tuboids."""

    def _put_tiled_tuboids(self, request: Request) -> HttpResponse:
        """Stores a tuboid."""
        stored = services.tuboid_put(tuboid=_read_tuboid(request), user=caller(request))
        return answer_rows(queries.tuboid_rows([stored]))

    def get_tiled_tuboid_series(self, request: Request, what: str = "") -> HttpResponseBase:
        """Tuboids of a series."""
        series = info.series(read_info(request))
        link = link_maker(request) if read_what(request) == "data" else None
        return stream_rows(queries.tuboid_series(series=series, link=link))

    def delete_tiled_tuboids(self, request: Request) -> HttpResponse:
        """Deletes tuboid series."""
        return answer_rows(services.series_delete(series=info.series(read_info(request))))


def _read_tuboid(request: Request) -> ParsedTuboid:
    """The tuboid of a multipart body: three files, and two parts that hold JSON."""
    contents = {name: _read_part(request, name) for name in ("tuboid_id", "series_info", *TUBOID_FILES)}
    tuboid_id, series_info = (_read_json(name, contents.pop(name)) for name in ("tuboid_id", "series_info"))
    return parse_tuboid(tuboid_id, series_info, contents)


def _read_part(request: Request, name: str) -> bytes:
    if name in request.FILES:
        file = request.FILES[name]
        check_bytes(name, file.size)
        return file.read()
    if name in request.POST:
        return request.POST[name].encode()
    raise InvalidInput(f"part {name!r} is missing: a tuboid takes tuboid_id, series_info, {', '.join(TUBOID_FILES)}")


def _read_json(name: str, data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"part {name!r} is not JSON: {error}", code="not_json") from error
