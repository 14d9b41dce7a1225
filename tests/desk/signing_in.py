"""The administrator at the desk, in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from tests.services.server import ADMIN, Server


@contextmanager
def faultless(server: Server, page: Page) -> Iterator[None]:
    """What goes wrong in a script of the page, or comes from elsewhere, fails the test."""
    faults: list[str] = []
    local = (server.url, "data:", "blob:")
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(local) else faults.append(asked.url))
    yield
    assert faults == []


@contextmanager
def signed_in(server: Server, page: Page, path: str) -> Iterator[Page]:
    """The page at `path`, logged in, and faultless."""
    with faultless(server, page):
        page.goto(f"{server.url}/admin/login/?next={path}")
        for name, value in zip(("username", "password"), ADMIN, strict=True):
            page.fill(f"[name={name}]", value)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"**{path}")
        yield page
