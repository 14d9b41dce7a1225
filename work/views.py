"""Operations of workers."""

from django.http import HttpResponseBase
from rest_framework.request import Request

from accounts.authentication import caller
from images import queries
from sticky_pi_api.core.work import annotation_work
from stickypi.http.operations import OperationViewSet, link_maker, read_info, read_what, stream_rows
from work.holding import images_hold


class WorkOperations(OperationViewSet):
    """The second generation's operations of section 5 of the contract: images for detectors."""

    def get_images_to_annotate(self, request: Request, what: str = "") -> HttpResponseBase:
        what, work = read_what(request), annotation_work(read_info(request))
        keys = images_hold(work=work, user=caller(request)) if work else []
        return stream_rows(queries.images(keys=keys, what=what, link=link_maker(request)))
