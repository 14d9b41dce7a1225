"""The operations: the URLs of the server, the methods of both clients, the docs and the tests are of one table."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.urls import URLPattern, URLResolver, get_resolver

from sticky_pi_api.client import LocalClient, RemoteClient
from sticky_pi_api.core.operations import OPERATIONS, Operation, Role
from sticky_pi_api.specifications import BaseAPISpec, LocalAPI, RemoteAPI
from stickypi.http.operations import OperationViewSet
from tests.contract import test_backends
from tests.contract.backends import remote_client
from tests.services import ROOT
from tests.services.server import Server, backends

BACKENDS = {
    "local": test_backends.TestLocal,
    "in process": test_backends.TestInProcess,
    "SQLite + disk": test_backends.TestSQLiteDisk,
    "MariaDB + disk": test_backends.TestMariaDBDisk,
    "MariaDB + S3": test_backends.TestMariaDBS3,
}


def views(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All addresses with their views."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback


def test_every_address_is_an_operation() -> None:
    found = {
        path: view
        for path, view in views(get_resolver().url_patterns)
        if issubclass(getattr(view, "cls", object), OperationViewSet)
    }
    with_what = {f"{name}/<str:what>" for name, operation in OPERATIONS.items() if operation.whats}
    assert found.keys() == OPERATIONS.keys() | with_what
    assert {path: view.actions for path, view in found.items()} == {
        path: {"post": path.partition("/")[0]} for path in found
    }


@pytest.mark.parametrize("client", [LocalAPI, LocalClient, RemoteAPI, RemoteClient])
def test_every_operation_is_a_method(client: type[BaseAPISpec]) -> None:
    assert BaseAPISpec.__abstractmethods__ == OPERATIONS.keys() and not client.__abstractmethods__
    for name, operation in OPERATIONS.items():
        ours, specified = inspect.signature(getattr(client, name)), inspect.signature(getattr(BaseAPISpec, name))
        assert [str(each) for each in ours.parameters.values()] == [str(each) for each in specified.parameters.values()]
        what = ours.parameters.get("what")
        assert (what.default if what else None) == (operation.whats[0] if operation.whats else None), name
        assert getattr(BaseAPISpec, name).__doc__, name


@backends("sqlite-disk")
def test_who_may_call_what(server: Server, tmp_path: Path) -> None:
    users = {"reader": {"can_write": False}, "writer": {}, "chief": {"is_admin": True, "can_write": False}}
    with remote_client(server, tmp_path) as client:
        client.put_users([{"username": name, "password": "a password", **flags} for name, flags in users.items()])
    allowed = {
        "reader": {Role.LOGIN, Role.ANY},
        "writer": {Role.LOGIN, Role.ANY, Role.WRITE},
        "chief": set(Role),
    }
    for name, operation in OPERATIONS.items():
        # What is nonsense is refused for that only where the caller may call.
        url, body = f"{server.url}/{name}", {"data": "nonsense", "timeout": 30}
        assert requests.post(url, **body).status_code == 401, name
        for username, roles in allowed.items():
            status = requests.post(url, auth=(username, "a password"), **body).status_code
            expected = {403} if operation.role not in roles else {200} if operation.role is Role.LOGIN else {400, 415}
            assert status in expected, (name, username)


def test_the_docs_have_the_table() -> None:
    documented = (ROOT / "docs" / "operations.md").read_text()
    table = "\n".join(table_of_operations())
    assert table in documented, f"docs/operations.md should have:\n\n{table}"


def test_the_docs_have_the_limits() -> None:
    documented = (ROOT / "docs" / "limits.md").read_text()
    for operation in OPERATIONS.values():
        lines = [line for line in documented.splitlines() if f"`{operation.name}`" in line]
        assert not operation.most or any(f"| {operation.most:,} |" in line for line in lines), operation.name


def test_every_operation_is_tested_on_every_way() -> None:
    for name in OPERATIONS:
        assert all(backend in calls_of(name) for backend in BACKENDS), name


def test_no_case_hides_another() -> None:
    """Cases of all kinds meet in one class, where a second of a name would silently take the place of the first."""
    for backend in BACKENDS.values():
        names = [name for base in backend.__mro__ for name in vars(base) if not name.startswith("_")]
        names = [name for name in names if name not in ("backend", "kind", "pytestmark")]
        assert sorted(names) == sorted(set(names))


def table_of_operations() -> Iterator[str]:
    """The lines of the table in the docs."""
    yield "| operation | what | role | summary | tests | " + " | ".join(BACKENDS) + " |"
    yield "|---|---|---|---|---|" + "---|" * len(BACKENDS)
    for operation in OPERATIONS.values():
        yield _line(operation)


def _line(operation: Operation) -> str:
    found = calls_of(operation.name)
    files = sorted({path for paths in found.values() for path in paths})
    links = ", ".join(f"[{path.stem}](../{path.relative_to(ROOT)})" for path in files)
    whats = ", ".join(f"`{what}`" for what in operation.whats)
    cells = [f"`{operation.name}`", whats, operation.role.value, operation.summary, links]
    return "| " + " | ".join([*cells, *("✓" if backend in found else "" for backend in BACKENDS)]) + " |"


def calls_of(name: str) -> dict[str, list[Path]]:
    """Way -> files of the cases that call this operation there."""
    found: dict[str, list[Path]] = {}
    for backend, case in BACKENDS.items():
        files = {Path(inspect.getfile(base)) for base in case.__mro__ if base is not object}
        callers = [path for path in files if re.search(rf"client\.{name}\b", path.read_text())]
        if callers:
            found[backend] = callers
    return found
