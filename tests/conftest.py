"""Fixtures: the real parts, started when first asked for and kept for the session."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import django
import pytest
from playwright.sync_api import Browser, Page

from tests.services import ROOT
from tests.services import browser as browser_part
from tests.services import mariadb as mariadb_part
from tests.services import object_store as object_store_part
from tests.services.mariadb import MariaDB
from tests.services.object_store import ObjectStore
from tests.services.server import BACKENDS, Server, environment_of

# What tests do with Django in this process stays in a folder that ends with it.
_FOLDER = tempfile.TemporaryDirectory(prefix="stickypi-")
_ENVIRONMENT = environment_of(Path(_FOLDER.name), {"DJANGO_SETTINGS_MODULE": "stickypi.settings"})
os.environ.clear()
os.environ.update(_ENVIRONMENT)
django.setup()


def require(part: ModuleType) -> None:
    """Skips the test where a real part is missing, saying how to get it; with CI=true, that is a failure."""
    if reason := part.missing():
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """A MariaDB server."""
    require(mariadb_part)
    with MariaDB() as running:
        yield running


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """An S3 object store."""
    require(object_store_part)
    with ObjectStore() as running:
        yield running


@pytest.fixture(scope="session")
def server_of(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Server]]:
    """The server of one of `BACKENDS`: started when first asked for, the same until the end."""
    with contextlib.ExitStack() as stack:
        servers: dict[str, Server] = {}

        def get(backend: str) -> Server:
            if backend not in servers:
                settings: dict[str, str] = {}
                if backend.startswith("mariadb"):
                    settings |= request.getfixturevalue("mariadb").create_database(backend.replace("-", "_"))
                if backend.endswith("s3"):
                    settings |= request.getfixturevalue("object_store").create_bucket(backend)
                servers[backend] = stack.enter_context(Server(tmp_path_factory.mktemp(backend), settings))
            return servers[backend]

        yield get


@pytest.fixture(params=BACKENDS)
def server(request: pytest.FixtureRequest, server_of: Callable[[str], Server]) -> Server:
    """An empty server, each backend in turn; `@backends("sqlite-disk")` on a test chooses."""
    running = server_of(request.param)
    running.reset()
    return running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser."""
    require(browser_part)
    with browser_part.start() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser that has seen nothing yet."""
    with browser_part.new_page(browser) as opened:
        yield opened


@pytest.fixture(scope="session")
def samples() -> Path:
    """A folder of files from real devices, beside the checkout."""
    path = ROOT.parent / "shared" / "samples"
    return path if path.is_dir() else pytest.skip(f"there are no samples in {path}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a browser, or the part of a server beside SQLite and a disk, is slow."""
    for item in items:
        if _needs_large_parts(item):
            item.add_marker("slow")


def _needs_large_parts(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    parameters = getattr(getattr(item, "callspec", None), "params", {}).values()
    backends = [*parameters, getattr(getattr(item, "cls", None), "kind", None)]
    return bool(fixtures & {"page", "mariadb", "object_store"}) or any(
        isinstance(backend, str) and backend.startswith("mariadb") for backend in backends
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Shows with a failure what the server logged."""
    report = yield
    fixtures = getattr(item, "funcargs", {}).values()
    for server in [getattr(fixture, "server", fixture) for fixture in fixtures]:
        if report.failed and isinstance(server, Server):
            report.sections.append(("server log", server.recent_log()))
    return report
