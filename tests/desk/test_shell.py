"""What all pages share: the pages of errors, the security policy, and the subset of the icons."""

import runpy

import pytest
from django.test import Client

from tests.services import ROOT


def test_pages_of_errors_are_of_this_site(admin: Client, client_of) -> None:
    missing = admin.get("/admin/nowhere/")
    forbidden = client_of("Viewers").get("/admin/accounts/user/")
    for response, status, words in (
        (missing, 404, "There is nothing here"),
        (forbidden, 403, "You may not see this page"),
    ):
        assert response.status_code == status
        text = response.content.decode()
        assert words in text and "stickypi/error.css" in text and "<main>" in text and "To the fleet" in text


def test_a_bug_is_a_page_without_a_traceback(admin: Client, monkeypatch) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError("a secret of the server")

    monkeypatch.setattr("desk.fleet.views.list_traps", fail)
    admin.raise_request_exception = False
    response = admin.get("/admin/desk/")
    assert response.status_code == 500
    text = response.content.decode()
    assert "An error of the server" in text and "stickypi/error.css" in text and "secret" not in text


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/nowhere/", "/api/docs/", "/api/images/"])
def test_every_answer_has_a_strict_policy(admin: Client, path: str) -> None:
    policy = dict(each.strip().split(" ", 1) for each in admin.get(path).headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'"
    assert not any("unsafe" in value or "*" in value for value in policy.values())


def test_every_icon_that_is_named_is_in_the_subset() -> None:
    fonts = runpy.run_path(str(ROOT / "bin/fonts.py"))
    all_icons, ours = fonts["icon_glyphs"](fonts["ICONS"]), fonts["icon_glyphs"](fonts["TARGET"] / "icons.woff2")
    missing = fonts["named_icons"](set(all_icons)) - set(ours)
    assert not missing, f"run bin/fonts.py: {missing}"
    assert {"sensors", "bug_report", "arrow_upward", "person", "skip_next", "dock_to_right"} <= set(ours)
