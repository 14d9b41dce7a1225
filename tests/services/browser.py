"""Chromium, driven by Playwright."""

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, Page, sync_playwright

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",  # as root, it starts without one only
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def missing() -> str | None:
    """What is missing here to run it, and how to get it; None if nothing is."""
    return None if _program() else "Chromium is missing: apt-get install chromium"


def _program() -> str | None:
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


@contextlib.contextmanager
def start() -> Iterator[Browser]:
    """A browser without a window."""
    # Playwright keeps an event loop in this thread, in which Django would refuse to use its database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_program(), headless=True, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def new_page(browser: Browser, *, java_script_enabled: bool = True) -> Iterator[Page]:
    """A page without cookies, that waits for nothing longer than ten seconds."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, java_script_enabled=java_script_enabled)
    context.set_default_timeout(10_000)
    try:
        yield context.new_page()
    finally:
        context.close()
