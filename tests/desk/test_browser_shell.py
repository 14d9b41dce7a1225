"""What all pages have in common: whether everybody can use them, what they may load and how fast they are there."""

import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from simulation.card import render
from simulation.fleet import Fleet
from simulation.tuboids import labels, tuboids, write
from sticky_pi_api.client import RemoteClient
from tests.desk.signing_in import signed_in
from tests.desk.test_browser_pages import NOW, VERSIONS, keep
from tests.services import ROOT
from tests.services import browser as browser_part
from tests.services.server import ADMIN, Server, ways

AXE = ROOT / "node_modules/axe-core/axe.min.js"
SIGNED_OUT = ["/admin/login/", "/admin/password/"]
MODELS = [
    "images/image",
    "annotations/uidannotation",
    "tuboids/tuboidseries",
    "tuboids/tiledtuboid",
    "labels/itclabel",
    "accounts/user",
    "stickypi/pendingfile",
]
PAGES = [
    "/admin/",
    "/admin/desk/",
    *(f"/admin/desk/{name}/" for name in ("tuboids", "label", "agreement", "taxonomy")),
    *(f"/admin/{model}/" for model in MODELS),
    *(f"/admin/{model}/?q=nothing-matches-this" for model in MODELS[:4]),
    "/admin/accounts/user/add/",
    "/admin/profile/",
    "/admin/password_change/",
    "/admin/nowhere/",
]
VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  violations.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`));
"""
RUN_AXE = """() => axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(
  ({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => node.target.join(" ") + "  " + node.html.slice(0, 140)) })))"""

pytestmark = ways("sqlite-disk")


@pytest.fixture
def client(server: Server, tmp_path: Path) -> Iterator[RemoteClient]:
    with RemoteClient(tmp_path / "cache", "127.0.0.1", *ADMIN, protocol="http", port=server.port) as client:
        yield client


@pytest.fixture
def filled(server: Server, client: RemoteClient, tmp_path: Path) -> Server:
    """A server with eight traps, and on one of them detections and tuboids with labels."""
    fleet = Fleet(n_devices=8, days=0.5, start=NOW - timedelta(hours=12.2), seed=4, size=(648, 486))
    files = []
    for device in fleet.devices:
        for shot in islice(fleet.shots(device), 3):
            files.append(tmp_path / shot.name)
            files[-1].write_bytes(render(shot))
    client.put_images(files)
    found = tuboids(fleet, fleet.devices[0], fleet.start, fleet.end, "matcher", VERSIONS[0])
    found = list(islice(found, 4))
    client.put_tiled_tuboids([write(each, tmp_path) for each in found], found[0].series_info)
    client.put_itc_labels([label for each in found for label in labels(each, "classifier", VERSIONS[0], 0.5)])
    return server


def pages_of(page: Page, server: Server) -> list[str]:
    """The paths of `PAGES`, and of a row of each list."""
    rows = []
    for path in ["/admin/desk/tuboids/", "/admin/", *(f"/admin/{model}/" for model in MODELS)]:
        page.goto(server.url + path)
        links = page.locator(".desk-thumbnail, a.desk-device, .desk-mosaic, #result_list th a, #result_list td a")
        found = links.evaluate_all("links => links.map(link => new URL(link.href).pathname)")
        kinds = {re.sub(r"/\d+/|/[0-9a-f]{8}/", "/*/", each): each for each in found if each != path}
        rows += kinds.values()
    return [*PAGES, *dict.fromkeys(rows)]


@pytest.fixture
def desk(filled: Server, page: Page) -> Iterator[Page]:
    with signed_in(filled, page, "/admin/"):
        yield page


def test_pages_keep_to_the_security_policy(desk: Page, filled: Server) -> None:
    broken: list[str] = []
    desk.add_init_script(VIOLATIONS)
    desk.on("console", lambda message: broken.append(f"{desk.url} {message.text}") if message.type == "error" else None)
    paths = pages_of(desk, filled)
    broken.clear()
    for path in [*paths, "/api/docs/"]:
        desk.goto(filled.url + path)
        desk.wait_for_timeout(300)
        broken += [f"{path} {each}" for each in desk.evaluate("violations")]
    broken = [each for each in broken if "status of 40" not in each]
    assert not broken, "\n".join(broken)


def axe() -> str:
    """The script of axe-core, as `npm ci` installs it."""
    if not AXE.is_file():
        reason = "axe-core is missing: npm ci"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return AXE.read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(desk: Page, browser: Browser, filled: Server, scheme: str) -> None:
    source, counts, serious = axe(), Counter[str](), []
    paths = pages_of(desk, filled)

    def check(page: Page, path: str) -> None:
        page.goto(filled.url + path)
        page.wait_for_timeout(150)  # for what fades in
        page.evaluate(source)
        found = page.evaluate(RUN_AXE)
        counts.update({each["impact"]: len(each["nodes"]) for each in found})
        for impact in ("critical", "serious", "moderate", "minor"):
            counts[impact] += 0
        of_page = Counter[str]()
        for each in found:
            of_page[each["impact"]] += len(each["nodes"])
            serious.append((each["impact"], path, each["id"], each["nodes"][:3]))
        print(f"{scheme:5} {path:60} " + ", ".join(f"{n} {impact}" for impact, n in sorted(of_page.items())))

    desk.emulate_media(color_scheme=scheme)
    for path in paths:
        check(desk, path)
    with browser_part.new_page(browser) as stranger:
        stranger.emulate_media(color_scheme=scheme)
        for path in SIGNED_OUT[:1]:
            check(stranger, path)
    bad = [each for each in serious if each[0] in ("critical", "serious")]
    n_moderate = sum(len(each[3]) for each in serious if each[0] == "moderate")
    assert not bad and n_moderate < 10, "\n".join(map(str, serious))
