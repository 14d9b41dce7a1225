"""Requests to a server: pooled, authenticated with a token, tried again when that can help."""

import json
import logging
import random
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import BaseHTTPResponse, Retry
from urllib3.exceptions import HTTPError, InvalidHeader, MaxRetryError

from .. import __version__
from ..bundle_files import disk_faults
from ..core.errors import APIError, InvalidInput, NotAuthenticated, Unavailable, error_of
from ..core.formats import shown
from ..types import Token
from .multipart import MultipartBody

T = TypeVar("T")

MOST_JSON = 2 << 30  # bytes of an answer, which is in memory as a whole: some 4 million rows of images
MOST_ERROR = 32 << 20  # bytes of an error: it has an item for each of up to 100,000 elements
_CHUNK = 1 << 18
_LONGEST_WAIT = 60.0  # seconds, also where the server asks for more
_TIMEOUT = (10, 300)  # seconds to connect, and between two pieces of an answer
_RENEW_BEFORE = 300  # seconds before a token ends
_MOST_REDIRECTS = 5
_DEFAULT_PORTS = {"http": 80, "https": 443}

# The connection failed, or broke in the middle of an answer. All else that requests raises is about the request.
_BROKEN = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    HTTPError,
)
# What TLS calls an answer in plain HTTP, in several versions of OpenSSL.
_NOT_TLS = re.compile("wrong.version.number|record.layer.failure|packet.length.too.long|http.request", re.IGNORECASE)

logger = logging.getLogger(__name__)


class _Retries(Retry):
    """How often and after how long.

    urllib3's own wait is none at first, and it gives up at a Retry-After that it cannot read.
    """

    def get_backoff_time(self) -> float:
        """Half a second, one, two, ... with some chance, so that many clients do not come back at once."""
        return self.backoff_factor * 2.0 ** (len(self.history) - 1) * random.uniform(0.75, 1.25)  # noqa: S311

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """What the server asks for, in seconds."""
        try:
            return min(super().get_retry_after(response) or 0, _LONGEST_WAIT)
        except (InvalidHeader, ValueError, OverflowError):
            return None


_RETRIES = _Retries(total=4, backoff_factor=0.5, allowed_methods=None, status_forcelist={429, *range(500, 600)})


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
        self._session.trust_env = False  # see `_surroundings`
        self._settings: dict[tuple[str, tuple[str | None, int | None]], dict[str, Any]] = {}
        self._session.headers["User-Agent"] = f"sticky-pi-api/{__version__}"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=n_connections, pool_block=True))

    @property
    def url(self) -> str:
        """Of the server, `https://host:port`."""
        return self._url

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def get_token(self) -> Token:
        """A new token, by user name and password."""
        username, password = self._credentials
        auth = (username.encode(), password.encode())
        return _as_token(self.send("POST", f"{self._url}/get_token", read=_read_json, auth=auth))

    def call(self, operation: str, what: str | None, body: str | MultipartBody) -> Any:
        """The JSON that an operation answers. Raises the error that the server answers."""
        url = f"{self._url}/{operation}/{quote(what, safe='')}" if what else f"{self._url}/{operation}"
        content_type = body.content_type if isinstance(body, MultipartBody) else "application/json"
        data = body if isinstance(body, MultipartBody) else body.encode()

        return self._ask("POST", url, data=data, headers={"Content-Type": content_type})

    def get(self, path: str, query: dict[str, str]) -> Any:
        """The JSON of a resource. Raises the error that the server answers."""
        return self._ask("GET", f"{self._url}{path}?{urlencode(query)}", headers={"Accept": "application/json"})

    def get_file(self, path: str, query: dict[str, str], accept: str, target: Path, ending: bytes) -> None:
        """Writes what a resource answers into a file; an answer that breaks off is tried again from the beginning.

        Raises Unavailable where the answer is of another type than `accept`, or never whole.

        Args:
            ending: of an answer that is whole: one without a length ends where the connection does.
        """

        def save(response: requests.Response) -> None:
            if response.headers.get("Content-Type", "").partition(";")[0] != accept:
                raise Unavailable(f"{_address(response.url)} is no Sticky Pi server: its answer is not {accept}")
            tail = _save(response, target, len(ending))
            if tail != ending:
                raise requests.exceptions.ChunkedEncodingError("the answer breaks off in the middle")

        self._ask("GET", f"{self._url}{path}?{urlencode(query)}", save, headers={"Accept": accept})

    def post(self, path: str, body: str) -> Any:
        """The JSON that posting to a resource answers."""
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        return self._ask("POST", f"{self._url}{path}", data=body.encode(), headers=headers)

    def _ask(
        self, method: str, url: str, read: Callable[[requests.Response], Any] | None = None, **options: Any
    ) -> Any:
        """What the server answers to the user; JSON, unless `read` says otherwise."""

        def ask(token: str) -> Any:
            return self.send(method, url, read=read or _read_json, auth=_Bearer(token), **options)

        token = self._current_token()
        try:
            return ask(token)
        except NotAuthenticated:
            # Revoked, or our clock is wrong: worth one new token.
            self._forget(token)
            return ask(self._current_token())

    def send(
        self,
        method: str,
        url: str,
        *,
        read: Callable[[requests.Response], T],
        headers: dict[str, str] | Callable[[], dict[str, str]] | None = None,
        auth: Any = None,
        data: Any = None,
    ) -> T:
        """One request to any address, tried again on connection errors, 429 and 5xx.

        The loop is not urllib3's own, which ends where the body begins (answers that are cut in it are asked for
        again too), reads the bodies of errors to their end however long, and logs links with their signatures.

        Args:
            method, url, data: as `requests` takes them; `data` is read from its start at each attempt.
            read: makes the result of an answer whose status is no error.
            headers: of the request, or a function that makes those of an attempt.
            auth: user name and password, or a token; by default none.

        Raises:
            APIError: the answer is an error, or there is none.
        """
        retries = _RETRIES
        while True:
            asked_wait = None
            try:
                made = headers() if callable(headers) else headers
                with self._open(method, url, asked_headers=made, auth=auth, data=data) as response:
                    if response.status_code < 300:
                        return read(response)
                    failure = _failure(response)
                    asked_wait = retries.get_retry_after(response.raw)
                if not retries.is_retry(method, response.status_code):
                    raise failure
            except _BROKEN as error:
                failure = _unreachable(url, error)
            retries = _next_attempt(retries, failure)
            wait = asked_wait or retries.get_backoff_time()
            logger.warning("%s; trying again in %.1f s", failure.detail, wait)
            time.sleep(wait)

    def _open(
        self, method: str, url: str, *, auth: Any, data: Any, asked_headers: dict[str, str] | None
    ) -> requests.Response:
        """The answer after redirects, its body not yet read."""
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                headers = {**self._session.headers, **(asked_headers or {})}
                request = requests.Request(method, url, headers, data=data, auth=auth or _Bearer(None)).prepare()
                # The session's own way of sending adds cookies and hooks, which nobody has here, in as long a time.
                adapter = self._session.get_adapter(request.url or url)
                response = adapter.send(request, stream=True, timeout=_TIMEOUT, **self._surroundings(url))
                target = self._session.get_redirect_target(response)
                if target is None:
                    return response
                response.close()
                source, url = url, urljoin(url, target)
                _check_redirect(method, response.status_code, source, url)
            except _BROKEN:
                raise
            except (ValueError, OverflowError, OSError) as error:
                raise InvalidInput(f"{_address(url)} cannot be asked: {_reason(error)}") from error
        raise Unavailable(f"{_address(url)}: more than {_MOST_REDIRECTS} redirects, one after the other")

    def _surroundings(self, url: str) -> dict[str, Any]:
        """The proxies and certificates that the environment has for a server: looked up once, not at each request.

        That would be a quarter of the time of a request.
        """
        origin = _origin(url)
        if origin not in self._settings:
            found = requests.Session().merge_environment_settings(url, {}, None, None, None)
            self._settings[origin] = {name: found[name] for name in ("proxies", "verify", "cert")}
        return self._settings[origin]

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
    """A token, or nothing: with an `auth` of our own, requests adds none from a .netrc or a URL."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _check_redirect(method: str, status: int, source: str, target: str) -> None:
    """Raises Unavailable where following a redirect would tell others what is not for them.

    Only a POST carries credentials and a body: it is sent again to the same server only, and if it stays a POST.
    """
    (before, old), (after, new) = _origin(source), _origin(target)
    if after not in _DEFAULT_PORTS or (before == "https" and after == "http"):
        raise Unavailable(f"{_address(source)} redirects to {_address(target)}, which is not https: not followed")
    if method != "GET" and (status not in (307, 308) or (before, old) != (after, new)):
        raise Unavailable(f"{_address(source)} has moved to {_address(target)}: use that address")


def _origin(url: str) -> tuple[str, tuple[str | None, int | None]]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme))


def _next_attempt(retries: _Retries, failure: APIError) -> _Retries:
    """What is left of the attempts. Raises `failure` if there is none."""
    try:
        return retries.increment()
    except MaxRetryError:
        raise failure from failure.__cause__


def _unreachable(url: str, error: Exception) -> Unavailable:
    """The error of a connection that failed. Raises it where trying again cannot help."""
    reason = _reason(error)
    failure = Unavailable(f"{_address(url)} cannot be reached: {reason}")
    failure.__cause__ = error
    if isinstance(error, requests.exceptions.SSLError):
        if _NOT_TLS.search(reason):
            host = urlsplit(url).netloc
            raise Unavailable(f"{host} speaks http there, not https: its address is http://{host}") from error
        if "CERTIFICATE_VERIFY_FAILED" in reason:
            raise failure
    return failure


def _failure(response: requests.Response) -> APIError:
    """The error in the server's own words."""
    status, body = response.status_code, _beginning(response, MOST_ERROR)
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict) and isinstance(said.get("detail"), str):
        items, code = said.get("items"), said.get("code")
        sound = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else ()
        return error_of(status, said["detail"], items=sound, code=code if isinstance(code, str) else None)
    text = body[:1000].decode(errors="replace")[:200].strip() or response.reason
    return error_of(status, f"{_address(response.url)} answered {status}: {text}")


def _read_json(response: requests.Response) -> Any:
    body = _beginning(response, MOST_JSON)
    if len(body) > MOST_JSON:
        limit = MOST_JSON / 1e9
        raise Unavailable(f"{_address(response.url)} answered more than {limit:.3g} GB: ask for less at a time")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unavailable(f"{_address(response.url)} is no Sticky Pi server: its answer is not JSON") from error


def _save(response: requests.Response, target: Path, n_last: int) -> bytes:
    """Writes the body into a file; its last bytes. What the network does is no fault of the disk: both are OSError."""
    tail = b""
    with disk_faults(target.parent):
        file = target.open("wb")
    with file:
        for chunk in response.iter_content(_CHUNK):
            with disk_faults(target.parent):
                file.write(chunk)
            tail = (tail + chunk)[-n_last:]
    return tail


def _beginning(response: requests.Response, most: int) -> bytearray:
    """The body; of one that is longer, somewhat more than `most` bytes."""
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > most:
            break
    return body


def _as_token(answer: Any) -> Token:
    token, expiration = (answer.get(name) for name in ("token", "expiration")) if isinstance(answer, dict) else ("", 0)
    is_text = isinstance(token, str) and token.isascii() and token.isprintable()
    if not is_text or not token or not isinstance(expiration, int | float):
        raise Unavailable(f"the answer to get_token is not a Sticky Pi server's: {shown(type(answer).__name__)}")
    return {"token": token, "expiration": int(expiration)}


def _address(url: str) -> str:
    """Without the query, which may hold a signature."""
    return url.partition("?")[0]


def _reason(error: Exception) -> str:
    cause: Any = error.args[0] if error.args else error
    return re.sub(r"\?\S*", "", str(getattr(cause, "reason", cause)))
