"""Lists, deletion, users and one's profile, in a browser on a live server."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from simulation.card import render
from simulation.fleet import Fleet
from sticky_pi_api.client import RemoteClient
from tests.desk.signing_in import signed_in
from tests.desk.test_browser_pages import keep
from tests.services.server import ADMIN, Server, backends

pytestmark = backends("sqlite-disk")


@pytest.fixture
def images(server: Server, tmp_path: Path) -> list[str]:
    """Names of four small images of two traps."""
    fleet, paths = Fleet(n_devices=2, days=0.2, size=(320, 240)), []
    for device in fleet.devices:
        for shot in islice(fleet.shots(device), 2):
            paths.append(tmp_path / shot.name)
            paths[-1].write_bytes(render(shot))
    with RemoteClient(tmp_path / "cache", "127.0.0.1", *ADMIN, protocol="http", port=server.port) as client:
        client.put_images(paths)
    return [path.name for path in paths]


@pytest.fixture
def desk(server: Server, page: Page) -> Iterator[Page]:
    """The list of images, logged in."""
    with signed_in(server, page, "/admin/images/image/"):
        yield page


def test_images_are_searched_exported_and_deleted(server: Server, images: list[str], desk: Page) -> None:
    desk.reload()
    rows = desk.locator("#result_list tbody tr")
    expect(rows).to_have_count(len(images))
    keep(desk, "list")
    desk.fill("[name=q]", f"{images[0][:3]}%")
    desk.press("[name=q]", "Enter")
    expect(rows).to_have_count(2)

    with desk.expect_download() as download:
        desk.get_by_role("link", name="CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) == 1 + 2 and all(line.split(",")[1] == images[0][:8] for line in lines[1:])

    desk.locator("#action-toggle").check()
    desk.locator("select[name=action]").select_option("delete_rows")
    desk.locator("button[name=index], button:has-text('Run')").first.click()
    expect(desk.locator("main, body").first).to_contain_text("This deletes for good")
    keep(desk, "deletion")
    desk.fill("#number", "3")
    desk.press("#number", "Enter")
    expect(desk.get_by_role("alert").first).to_contain_text("another number than 2")
    assert len(server.files()) == 3 * len(images)
    desk.fill("#number", "2")
    desk.press("#number", "Enter")
    expect(desk.locator("body")).to_contain_text("Deleted 2 images")
    assert len(server.files()) == 3 * 2 and len(server.select("SELECT id FROM images")) == 2


def test_a_curator_is_made_and_their_token_revoked(server: Server, desk: Page) -> None:
    desk.goto(f"{server.url}/admin/accounts/user/add/")
    desk.fill("[name=username]", "mary")
    for name in ("password1", "password2"):
        desk.fill(f"[name={name}]", "one long phrase, 7")
    keep(desk, "user")
    desk.locator("[name=_save]").first.click()
    expect(desk.locator("body")).to_contain_text(re.compile("mary.* was added"))

    desk.goto(f"{server.url}/admin/profile/")
    desk.get_by_role("button", name="Make a token").click()
    token = desk.get_by_label("Your new token").input_value()
    keep(desk, "profile")
    call = {"url": f"{server.url}/get_images", "json": [], "auth": (token, ""), "timeout": 30}
    assert requests.post(**call).status_code == 200
    desk.get_by_role("button", name="Revoke all tokens").click()
    expect(desk.locator("body")).to_contain_text("All your tokens have been revoked")
    assert requests.post(**call).status_code == 401
