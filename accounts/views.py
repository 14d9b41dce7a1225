"""Operations on users and tokens."""

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from rest_framework.request import Request

from accounts import queries, services
from accounts.authentication import caller
from sticky_pi_api.core import users
from stickypi.http.operations import OperationViewSet, answer_rows, read_info, stream_rows


class UserOperations(OperationViewSet):
    """Section 4 of the contract, users."""

    def get_token(self, request: Request) -> HttpResponse:
        """A token for the caller."""
        return JsonResponse(services.token_create(user=caller(request)))

    def get_users(self, request: Request) -> HttpResponseBase:
        """Users that match."""
        filters = users.user_filters(read_info(request))
        return stream_rows(queries.users(filters=filters, seen_by=caller(request)))

    def put_users(self, request: Request) -> HttpResponse:
        """Makes users."""
        made = services.users_create(new_users=users.new_users(read_info(request)), user=caller(request))
        return answer_rows(queries.user_rows(made))
