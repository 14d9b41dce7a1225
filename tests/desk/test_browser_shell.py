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
from sticky_pi_api.core.work import Held
from tests.desk.signing_in import signed_in
from tests.desk.test_browser_pages import NOW, VERSIONS, keep
from tests.services import ROOT
from tests.services import browser as browser_part
from tests.services.server import ADMIN, Server, backends

AXE = ROOT / "node_modules/axe-core/axe.min.js"
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
    *(
        f"/admin/desk/{name}/"
        for name in ("tuboids", "label", "classifier", "detector", "work", "taxonomy", "projects", "keys")
    ),
    *(f"/admin/desk/{name}/" for name in ("catch", "activity", "exports")),
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
  violations.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sourceFile} ${event.sample}`));
"""
RUN_AXE = """() => axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(
  ({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => node.html.slice(0, 140)) })))"""

pytestmark = backends("sqlite-disk")


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
    tasks = [client.work(name, "1", what=what, n=2) for name, what in (("uid", "images"), ("itc", "tuboids"))]
    for task in tasks:  # some held, some failed
        source, asked = client._work, task._asked
        for _ in range(3):
            source.fail(Held(source.take(task._kind, asked).token, None, 60, "no light"))
        source.take(task._kind, asked)
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
    source, counts, found = axe(), Counter[str](), []

    def check(page: Page, path: str) -> None:
        page.goto(filled.url + path)
        page.wait_for_timeout(150)  # for what fades in
        page.evaluate(source)
        for each in page.evaluate(RUN_AXE):
            counts[each["impact"]] += len(each["nodes"])
            found.append(f"{path}: {each['impact']} {each['id']}: {each['nodes'][:3]}")

    desk.emulate_media(color_scheme=scheme)
    for path in pages_of(desk, filled):
        check(desk, path)
    with browser_part.new_page(browser) as stranger:
        stranger.emulate_media(color_scheme=scheme)
        check(stranger, "/admin/login/")
    assert not counts["critical"] and not counts["serious"] and counts["moderate"] < 10, "\n".join(found)


def test_the_keyboard_skips_to_the_content(desk: Page) -> None:
    desk.keyboard.press("Tab")
    expect(desk.locator(":focus")).to_have_text("Skip to the content")
    desk.keyboard.press("Enter")
    expect(desk.locator("main:focus")).to_be_visible()


def test_a_page_says_that_a_script_did_not_load(filled: Server, page: Page) -> None:
    page.route("**/fleet*.js", lambda route: route.abort())
    with signed_in(filled, page, "/admin/"):
        expect(page.locator("#script-failure")).to_be_visible()
        page.unroute("**/fleet*.js")
        page.get_by_role("link", name="Load it again").click()
        expect(page.locator("#script-failure")).to_be_hidden()


def test_without_javascript_lists_and_forms_are_there(filled: Server, browser: Browser) -> None:
    with browser_part.new_page(browser, java_script_enabled=False) as page, signed_in(filled, page, "/admin/"):
        expect(page.locator("noscript p")).to_be_visible()
        expect(page.locator(".desk-table tbody tr")).to_have_count(8)
        page.goto(f"{filled.url}/admin/images/image/")
        expect(page.locator("#result_list tbody tr").first).to_be_visible()
        expect(page.locator("#changelist-filter")).to_be_hidden()


def test_the_fleet_is_there_in_six_seconds_on_a_slow_line(desk: Page, filled: Server) -> None:
    """400 kbit/s, 300 ms, nothing in the cache: rows and their icons are seen, and a row opens its device."""
    session = desk.context.new_cdp_session(desk)
    desk.goto("about:blank")
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    line = {"offline": False, "latency": 300, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    session.send("Network.emulateNetworkConditions", line)
    start = time.monotonic()
    desk.goto(f"{filled.url}/admin/", wait_until="domcontentloaded")  # its scripts have run
    row = desk.locator(".desk-table tbody .desk-status").first
    row.wait_for()
    desk.wait_for_function("document.fonts.check('18px \"Material Symbols Outlined\"')")
    seconds = time.monotonic() - start
    assert seconds < 6
    row.click(no_wait_after=True)
    desk.wait_for_url("**/devices/*/", wait_until="commit")


def test_the_map_zooms_and_moves(desk: Page) -> None:
    frame, point = desk.locator("#map"), desk.locator(".desk-point").first
    frame.scroll_into_view_if_needed()
    expect(frame).to_have_attribute("data-ground", "drawn")
    scale = desk.locator("#map-scale text")
    before = scale.text_content() or ""
    keep(desk, "map")

    def x() -> float:
        return float(point.locator("circle").get_attribute("cx") or "nan")

    box = frame.bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + 190)
    desk.mouse.move(*middle)
    desk.mouse.wheel(0, 2400)
    expect(scale).not_to_have_text(before)
    keep(desk, "map-far")
    desk.get_by_role("button", name="All traps").click()
    expect(scale).to_have_text(before)
    at = x()
    desk.mouse.move(middle[0] + 60, middle[1] + 130)
    desk.mouse.down()
    desk.mouse.move(middle[0] - 40, middle[1] + 100, steps=5)
    desk.mouse.up()
    deadline = time.monotonic() + 10  # the browser draws when it has the time
    while x() == at and time.monotonic() < deadline:
        desk.wait_for_timeout(50)
    desk.wait_for_timeout(100)
    assert x() == pytest.approx(at - 100, abs=1) and desk.url.endswith("/admin/")
    desk.get_by_role("button", name="Zoom in").focus()
    desk.keyboard.press("Enter")
    desk.keyboard.press("+")
    expect(scale).not_to_have_text(before)


def test_tables_show_that_they_go_on(desk: Page, filled: Server) -> None:
    for path, selector in (("/admin/", ".desk-scroll"), ("/admin/images/image/", "#changelist-form div:has(> table)")):
        desk.goto(filled.url + path)
        style = desk.locator(selector).first.evaluate("element => getComputedStyle(element).backgroundAttachment")
        assert style.startswith("local, local, scroll, scroll")


def test_on_phones_the_picker_is_at_the_bottom(desk: Page, filled: Server) -> None:
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.goto(f"{filled.url}/admin/desk/label/")
    desk.locator("#choices li").first.wait_for()
    for _ in range(2):
        box = desk.locator(".desk-picker").bounding_box()
        assert box and box["y"] + box["height"] == pytest.approx(844, abs=2) and box["height"] <= 844 * 0.55 + 1
        desk.mouse.wheel(0, 150)
        desk.wait_for_timeout(100)
    keep(desk, "labelling-phone")
