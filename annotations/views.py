"""Operations on annotations."""

import msgspec
import orjson
from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request

from accounts.authentication import caller
from annotations import queries, services
from sticky_pi_api.core import info
from sticky_pi_api.core.annotations import read_annotations
from stickypi.http.operations import OperationViewSet, answer_rows, read_elements, read_info, read_what, stream_rows


class _Annotation(msgspec.Struct):
    metadata: msgspec.Raw
    annotations: msgspec.Raw


_SHAPE = msgspec.json.Decoder(list[_Annotation])


class AnnotationOperations(OperationViewSet):
    """Section 4 of the contract, UID annotations."""

    def put_uid_annotations(self, request: Request) -> HttpResponse:
        new = read_annotations(read_elements(request, _SHAPE), orjson.loads)
        return answer_rows(services.annotations_put(new_annotations=new, user=caller(request)))

    def get_uid_annotations(self, request: Request, what: str = "") -> HttpResponseBase:
        keys = info.image_keys(read_info(request))
        return stream_rows(queries.annotations(keys=keys, data=read_what(request) != "metadata"))

    def get_uid_annotations_series(self, request: Request, what: str = "") -> HttpResponseBase:
        series = info.series(read_info(request))
        return stream_rows(queries.annotation_series(series=series, data=read_what(request) != "metadata"))
