"""Requests to a server: pooled, authenticated with a token, tried again when that can help."""

import random
import threading
import time
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from .. import __version__
from ..core.errors import APIError, NotAuthenticated, Unavailable, error_of
from ..types import Token
from .multipart import MultipartBody

_ATTEMPTS = 5
_LONGEST_WAIT = 60.0  # seconds, also where the server asks for more
_TIMEOUT = (10, 300)  # seconds to connect, and between two pieces of an answer
_RENEW_BEFORE = 300  # seconds before a token ends


class Http:
    """A server and who is asking.

    Args:
        url: `https://host:port`.
        username, password: sent once, for a token; then that stands for them.
        n_connections: kept open at most.
    """

    def __init__(self, url: str, username: str, password: str, n_connections: int) -> None:
        self._url = url
        self._credentials = (username, password)
        self._token: Token = {"token": "", "expiration": 0}
        self._renewal = threading.Lock()
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"sticky-pi-api/{__version__}"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=n_connections, pool_block=True))

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def get_token(self) -> Token:
        """A new token, by user name and password."""
        response = self.send("POST", f"{self._url}/get_token", auth=tuple(part.encode() for part in self._credentials))
        return _json(response)

    def call(self, operation: str, what: str | None, body: "str | MultipartBody") -> Any:
        """The JSON that an operation answers. Raises the error that the server answers."""
        path = f"{operation}/{quote(what, safe='')}" if what else operation
        is_json = isinstance(body, str)
        content_type = "application/json" if is_json else body.content_type  # type: ignore[union-attr]
        data = body.encode() if is_json else body  # type: ignore[union-attr]
        for last in (False, True):
            token = self._current_token()
            headers = {"Content-Type": content_type}
            try:
                return _json(self.send("POST", f"{self._url}/{path}", data=data, headers=headers, auth=_Bearer(token)))
            except NotAuthenticated:
                # Revoked, or our clock is wrong: worth one new token.
                if last:
                    raise
                self._forget(token)
        raise AssertionError("unreachable")

    def send(self, method: str, url: str, *, auth: Any = None, **options: Any) -> requests.Response:
        """One request to any address, tried again on connection errors, 429 and 5xx.

        Args:
            method, url, options: as `requests` takes them.
            auth: user name and password; by default none.

        Raises:
            APIError: the answer is an error, or there is none.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                response = self._session.request(method, url, auth=auth or _Bearer(None), timeout=_TIMEOUT, **options)
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
                failure: APIError = Unavailable(f"{_address(url)} cannot be reached: {_reason(error)}")
                wait = _backoff(attempt)
            else:
                if response.status_code < 400:
                    return response
                failure = _failure(response)
                if response.status_code != 429 and response.status_code < 500:
                    raise failure
                wait = _asked_wait(response) or _backoff(attempt)
            if attempt == _ATTEMPTS:
                raise failure
            time.sleep(min(wait, _LONGEST_WAIT))

    def _current_token(self) -> str:
        with self._renewal:
            if self._token["expiration"] < time.time() + _RENEW_BEFORE:
                self._token = self.get_token()
            return self._token["token"]

    def _forget(self, token: str) -> None:
        with self._renewal:
            if self._token["token"] == token:
                self._token = {"token": "", "expiration": 0}


class _Bearer(AuthBase):
    """A token, or nothing: with an `auth` of our own, requests adds none from a .netrc."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _backoff(attempt: int) -> float:
    """Seconds: half, one, two, ... with some chance, so that many clients do not come back at once."""
    return 0.5 * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311


def _asked_wait(response: requests.Response) -> float:
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else 0.0


def _failure(response: requests.Response) -> APIError:
    """The error in the server's own words."""
    try:
        body = response.json()
        return error_of(response.status_code, str(body["detail"]), items=body.get("items", ()), code=body.get("code"))
    except (ValueError, KeyError, TypeError, AttributeError):
        said = response.text[:200].strip() or response.reason
        return error_of(response.status_code, f"{_address(response.url)} answered {response.status_code}: {said}")


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise Unavailable(f"{_address(response.url)} is no Sticky Pi server: its answer is not JSON") from error


def _address(url: str) -> str:
    """Without the query, which may hold a signature."""
    return url.partition("?")[0]


def _reason(error: Exception) -> str:
    cause: Any = error.args[0] if error.args else error
    return str(getattr(cause, "reason", cause))
