"""Operations on labels."""

from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request

from accounts.authentication import caller
from labels import queries, services
from sticky_pi_api.core.labels import new_labels, tuboid_ids
from stickypi.http.operations import OperationViewSet, answer_rows, read_info, stream_rows


class LabelOperations(OperationViewSet):
    """Section 4 of the contract, ITC labels."""

    def put_itc_labels(self, request: Request) -> HttpResponse:
        """Labels tuboids."""
        made = services.labels_put(new_labels=new_labels(read_info(request)), user=caller(request))
        return answer_rows(queries.label_rows(made))

    def _get_itc_labels(self, request: Request) -> HttpResponseBase:
        """Labels of tuboids."""
        return stream_rows(queries.labels(tuboid_ids=tuboid_ids(read_info(request))))
