"""Operations on users and tokens."""

import time

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from rest_framework.request import Request

from accounts import queries, services
from accounts.authentication import caller, key_of, token_of
from accounts.tokens import token_create
from sticky_pi_api.core import users
from stickypi.http.operations import OperationViewSet, answer_rows, read_info, stream_rows

_KEY_SECONDS = 24 * 3600  # until clients ask again


class UserOperations(OperationViewSet):
    """Section 4 of the contract, users."""

    def get_token(self, request: Request) -> HttpResponse:
        """A device key is its own token, for clients that sign in with one: it ends when the key is revoked."""
        if key := key_of(request):
            return JsonResponse({"token": key, "expiration": int(time.time()) + _KEY_SECONDS})
        return JsonResponse(token_create(user=caller(request), renewed=token_of(request)))

    def get_users(self, request: Request) -> HttpResponseBase:
        filters = users.user_filters(read_info(request))
        return stream_rows(queries.users(filters=filters, seen_by=caller(request)))

    def put_users(self, request: Request) -> HttpResponse:
        made = services.users_create(new_users=users.new_users(read_info(request)), user=caller(request))
        return answer_rows(queries.user_rows(made))

    def delete_users(self, request: Request) -> HttpResponse:
        """Keeps users that match from signing in."""
        filters = users.users_to_delete(read_info(request))
        return answer_rows(services.users_delete(filters=filters, user=caller(request)))
