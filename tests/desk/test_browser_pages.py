"""The fleet, the devices and the images as a curator works with them, in a browser on a live server."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from simulation.card import render
from simulation.detections import annotation
from simulation.fleet import Fleet
from tests.desk.conftest import jpeg
from tests.desk.signing_in import signed_in
from tests.services import ROOT
from tests.services.server import ADMIN, Server, backends

VERSIONS = ("1606980656-" + "9" * 32, "1637000000-" + "0" * 32)
OUTPUT = ROOT / "output"
NOW = datetime.now(UTC).replace(tzinfo=None, microsecond=0)

LOADED = "image => image.decode().then(() => image.naturalWidth)"

pytestmark = backends("sqlite-disk", "mariadb-disk")


def post(server: Server, operation: str, **body) -> list[dict]:
    answer = requests.post(f"{server.url}/{operation}", auth=ADMIN, timeout=60, **body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def shots(server: Server) -> list:
    """Two traps of the last five hours; what two versions found on the first one's cards."""
    fleet = Fleet(n_devices=2, days=5 / 24, start=NOW - timedelta(hours=5, minutes=20), seed=4, size=(1296, 972))
    taken = list(fleet.shots())
    files = {shot.name: (shot.name, render(shot), "image/jpeg") for shot in taken}
    post(server, "_put_new_images", files=files)
    first = [shot for shot in taken if shot.device == fleet.devices[0]]
    found = [
        annotation(shot, "detector", version, hashlib.md5(files[shot.name][1]).hexdigest(), quality=quality)
        for shot in first
        for version, quality in zip(VERSIONS, (0.8, 0.95), strict=True)
    ]
    post(server, "put_uid_annotations", json=found)
    return taken


@pytest.fixture
def desk(server: Server, shots: list, page: Page) -> Iterator[Page]:
    """The home of the admin, logged in."""
    with signed_in(server, page, "/admin/"):
        yield page


def keep(page: Page, name: str) -> None:
    """A screenshot to look at."""
    OUTPUT.mkdir(exist_ok=True)
    page.screenshot(path=OUTPUT / f"{name}.png", full_page=True)


def open_image(page: Page, server: Server, shot) -> None:
    page.goto(f"{server.url}/admin/desk/images/named/{shot.name}")
    expect(page.locator("#viewer canvas").first).to_be_attached()


def test_a_row_of_the_fleet_opens_its_device(desk, shots):
    rows = desk.locator(".desk-table tbody tr")
    expect(rows).to_have_count(2)
    assert desk.locator(".desk-thumbnail img").first.evaluate(LOADED) == 128
    keep(desk, "fleet")
    desk.fill("[name=q]", shots[-1].device.id[:4] + "%")
    desk.press("[name=q]", "Enter")
    expect(rows).to_have_count(1)
    rows.first.locator(".desk-status").click()
    expect(desk).to_have_url(re.compile(f"/devices/{shots[-1].device.id}/"))


def test_the_map_is_read_in_the_light_and_in_the_dark(desk, shots):
    """All degrees are within it, and its lines differ from its ground."""
    outside = """map => {
      const { top, bottom, left } = map.getBoundingClientRect();
      const boxes = [...map.querySelectorAll(".desk-degrees")].map((text) => text.getBoundingClientRect());
      const isOutside = (box) => box.top < top || box.bottom > bottom + 1 || box.left < left;
      return [boxes.length > 0, boxes.filter(isOutside).length];
    }"""
    colours = (
        """map => [getComputedStyle(map.querySelector(".desk-grid")).stroke, getComputedStyle(map).backgroundColor]"""
    )
    card = desk.locator(".desk-map")
    for theme in ("light", "dark"):
        desk.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", theme == "dark")
        assert card.evaluate(outside) == [True, 0]
        line, ground = card.evaluate(colours)
        assert line != ground
        keep(desk, f"fleet_{theme}")


def test_plots_zoom_show_moments_and_open_images(desk, server, shots):
    desk.goto(f"{server.url}/admin/desk/devices/{shots[0].device.id}/")
    status = desk.locator("#plots-status")
    n_shots = sum(shot.device == shots[0].device for shot in shots)
    expect(status).to_have_text(f"{n_shots} images in {n_shots} points")
    area = desk.locator("#plots .u-over").first
    box = area.bounding_box()
    area.hover(position={"x": box["width"] - 100, "y": 20})
    expect(desk.locator("#tip")).to_contain_text("insects")
    assert desk.locator("#tip img").evaluate(LOADED) == 128
    keep(desk, "device")

    before = desk.locator("#range-text").inner_text()
    desk.keyboard.down("Control")
    desk.mouse.wheel(0, -300)
    desk.keyboard.up("Control")
    expect(desk.locator("#range-text")).not_to_have_text(before)
    assert "start=" in desk.url
    desk.get_by_role("button", name="All").click()
    expect(status).to_have_text(f"{n_shots} images in {n_shots} points")
    area.click(position={"x": box["width"] - 100, "y": 20})
    expect(desk).to_have_url(re.compile(r"/images/\d+/"))


def test_the_film_steps_and_plays(desk, server, shots):
    of_device = [shot for shot in shots if shot.device == shots[0].device]
    desk.goto(f"{server.url}/admin/desk/devices/{shots[0].device.id}/")
    time = desk.locator("#film-time")
    shown = [f"{shot.datetime:%Y-%m-%d %H:%M:%S} UTC" for shot in of_device]
    expect(time).to_have_text(shown[-1])
    for index in (-2, -3):
        desk.keyboard.press("ArrowLeft")
        expect(time).to_have_text(shown[index])
    desk.keyboard.press("ArrowRight")
    expect(time).to_have_text(shown[-2])
    desk.locator("#film-position").evaluate(
        "slider => { slider.value = 0; slider.dispatchEvent(new Event('change')); }"
    )
    expect(time).to_have_text(shown[0])
    desk.locator("#film-position").evaluate("slider => slider.blur()")
    desk.keyboard.press(" ")
    expect(time).to_have_text(shown[-1], timeout=15_000)
    expect(desk.locator("#film-message")).to_have_text("This is the last image.")
    expect(desk.get_by_role("button", name="Play")).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(r"/images/\d+/"))


def test_a_film_plays_from_the_beginning_where_it_stands_at_the_end(desk, server, shots):
    of_device = [shot for shot in shots if shot.device == shots[0].device]
    desk.goto(f"{server.url}/admin/desk/devices/{shots[0].device.id}/")
    shown = [f"{shot.datetime:%Y-%m-%d %H:%M:%S} UTC" for shot in of_device]
    expect(desk.locator("#film-time")).to_have_text(shown[-1])
    seen = desk.evaluate_handle(
        """() => {
          const [seen, time] = [[], document.getElementById("film-time")];
          new MutationObserver(() => seen.push(time.textContent)).observe(time, { childList: true });
          return seen;
        }"""
    )
    desk.get_by_role("button", name="Play").click()
    expect(desk.get_by_role("button", name="Pause")).to_be_visible()
    expect(desk.get_by_role("button", name="Play")).to_be_visible(timeout=15_000)
    assert list(dict.fromkeys(seen.json_value())) == shown


def test_the_range_that_was_chosen_is_lit_and_counts_what_it_shows(desk, server, shots):
    device, last = shots[0].device.id, max(shot.datetime for shot in shots if shot.device == shots[0].device)
    url = f"{server.url}/admin/desk/devices/{device}/"
    lit, status = desk.locator("#presets [aria-pressed=true]"), desk.locator("#plots-status")
    desk.goto(url)
    expect(lit).to_have_text("Day")  # the record is of some hours
    for name in ("Week", "Month", "All", "Day"):
        desk.get_by_role("button", name=name, exact=True).click()
        expect(lit).to_have_text(name)
        assert "start=" in desk.url
    before = [last - timedelta(minutes=20 * number) for number in range(20, 120)]
    names = [f"{device}.{moment:%Y-%m-%d_%H-%M-%S}.jpg" for moment in before]
    for chunk in (names[:50], names[50:]):
        post(server, "_put_new_images", files={name: (name, jpeg(), "image/jpeg") for name in chunk})
    desk.goto(url)
    expect(lit).to_have_text("Week")
    n_of_device = sum(shot.device == shots[0].device for shot in shots)
    expect(status).to_have_text(re.compile(f"^{n_of_device + len(names)} images"))
    desk.get_by_role("button", name="Day", exact=True).click()
    day = last - timedelta(hours=23, minutes=50)
    taken = [*before, *(shot.datetime for shot in shots if shot.device == shots[0].device)]
    expect(status).to_have_text(re.compile(f"^{sum(moment >= day for moment in taken)} images"))
    expect(lit).to_have_text("Day")


def test_an_image_is_loaded_as_far_as_it_is_looked_at(desk, server, shots):
    urls: list[str] = []
    desk.on("request", lambda asked: urls.append(asked.url))
    open_image(desk, server, shots[20])
    expect(desk.locator("#viewer .desk-wait")).to_be_hidden()
    assert any(f"/thumbnail/{shots[20].name}" in url for url in urls)
    assert sum("/tiles/" in url for url in urls) == 2 == sum("/tiles/1/" in url for url in urls)  # half the size
    desk.keyboard.press("1")
    expect(desk.locator("#zoom-text")).to_have_text("100 %")
    expect(desk.locator("#viewer .desk-wait")).to_be_hidden()
    assert any("/tiles/0/" in url for url in urls)
    assert not any("/pictures/image/" in url for url in urls)


def test_detections_are_switched_and_compared(desk, server, shots):
    open_image(desk, server, shots[5])
    groups = desk.locator("#viewer .desk-contours g")
    boxes = desk.locator("#versions input")
    expect(groups).to_have_count(1)
    boxes.nth(1).check()
    expect(groups).to_have_count(2)
    counts = [int(text) for text in desk.locator("#versions b").all_inner_texts()]
    assert [groups.nth(index).locator("path").count() for index in (0, 1)] == counts
    desk.locator("#after").click()
    expect(groups).to_have_count(2)  # what is shown stays so from image to image
    desk.keyboard.press("ArrowLeft")
    expect(desk.locator("nav time")).to_have_text(f"{shots[5].datetime:%Y-%m-%d %H:%M:%S} UTC")
    desk.locator("#compare").click()
    expect(desk.locator(".desk-verdict").first).to_contain_text(f"{counts[0]} detections")
    expect(desk.locator(".desk-verdict").nth(1)).to_contain_text(f"{counts[1]} detections")
    desk.locator("#second-viewer").hover()
    before = desk.locator("#zoom-text").inner_text()
    desk.mouse.wheel(0, -200)
    expect(desk.locator("#zoom-text")).not_to_have_text(before)
    left, right = (desk.locator(f"{name} svg > g") for name in ("#viewer", "#second-viewer"))
    expect(left).to_have_attribute("transform", right.get_attribute("transform"))
    keep(desk, "image-compared")


def test_detections_are_corrected_by_hand(desk, server, shots):
    shot = shots[5]
    open_image(desk, server, shot)
    n_before = int(desk.locator("#versions b").first.inner_text())
    desk.locator("#correct").click()
    drafts = desk.locator(".desk-drafts path")
    expect(drafts).to_have_count(n_before)

    desk.locator("#editor-draw").click()
    box = desk.locator("#viewer").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for x, y in ((0, 0), (60, 0), (60, 50), (0, 50)):
        desk.mouse.click(middle[0] + x, middle[1] + y)
    desk.keyboard.press("Enter")
    expect(drafts).to_have_count(n_before + 1)
    keep(desk, "image-corrected")

    outline = desk.locator(".desk-drafts path.desk-chosen")
    drawn = outline.get_attribute("d")
    picture = desk.locator("#viewer svg > g")
    place = picture.get_attribute("transform")
    desk.mouse.move(*middle)
    desk.mouse.down()
    desk.mouse.move(middle[0] - 40, middle[1] - 30, steps=4)
    desk.mouse.up()
    expect(outline).not_to_have_attribute("d", drawn)
    expect(picture).to_have_attribute("transform", place)  # the contour was moved, not the picture
    edge = (box["x"] + 20, middle[1])
    desk.mouse.move(*edge)
    desk.mouse.down()
    desk.mouse.move(edge[0] + 30, edge[1], steps=4)
    desk.mouse.up()
    expect(picture).not_to_have_attribute("transform", place)
    desk.keyboard.press("0")
    expect(picture).to_have_attribute("transform", place)
    desk.keyboard.press("Control+z")
    expect(drafts).to_have_count(n_before + 1)
    desk.keyboard.press("Control+z")
    expect(drafts).to_have_count(n_before)
    desk.keyboard.press("Control+Shift+Z")
    expect(drafts).to_have_count(n_before + 1)
    desk.keyboard.press("[")
    desk.keyboard.press("Delete")
    expect(drafts).to_have_count(n_before)
    desk.locator("#editor-save").click()
    expect(desk.locator("#message")).to_contain_text(re.compile(rf"Saved {n_before} contours? as human:{ADMIN[0]}"))
    expect(desk.locator("#versions li")).to_have_count(3)

    stored = server.select("SELECT algo_name, n_objects, json FROM uid_annotations ORDER BY id DESC LIMIT 1")
    name, n_objects, text = stored[0]
    assert (name, n_objects) == (f"human:{ADMIN[0]}", n_before)
    new = json.loads(text)["annotations"][-1]
    assert len(new["contour"]) == 4 and set(new) == {"name", "fill_colour", "stroke_colour", "value", "contour"}
    assert server.select("SELECT COUNT(*) FROM uid_annotations WHERE algo_name = 'detector'") == [
        (2 * sum(each.device == shot.device for each in shots),)
    ]


def test_a_correction_outlives_a_session_and_a_reload(desk, server, shots):
    open_image(desk, server, shots[5])
    url = desk.url
    n_before = int(desk.locator("#versions b").first.inner_text())
    desk.locator("#correct").click()
    drafts = desk.locator(".desk-drafts path")
    expect(drafts).to_have_count(n_before)
    desk.keyboard.press("[")
    desk.keyboard.press("Delete")
    expect(drafts).to_have_count(n_before - 1)
    desk.context.clear_cookies(name="sessionid")
    desk.locator("#editor-save").click()
    expect(desk.locator("#message")).to_contain_text("Not saved, but kept here")
    desk.get_by_role("link", name="Sign in").click()
    for name, value in zip(("username", "password"), ADMIN, strict=True):
        desk.fill(f"[name={name}]", value)
    desk.press("[name=password]", "Enter")
    desk.wait_for_url(url)
    expect(desk.locator("#message")).to_contain_text("is here again")
    expect(drafts).to_have_count(n_before - 1)
    desk.reload()
    expect(drafts).to_have_count(n_before - 1)
    desk.keyboard.press("Control+z")
    expect(drafts).to_have_count(n_before)
    desk.keyboard.press("Control+y")
    desk.locator("#editor-save").click()
    expect(desk.locator("#message")).to_contain_text(f"Saved {n_before - 1} contour")
    desk.reload()
    expect(desk.locator("#versions li")).to_have_count(3)
    expect(desk.locator("#editor")).to_be_hidden()


def test_a_real_image_with_a_contour_drawn_by_hand(desk, server, samples: Path):
    path = min((samples / "images").glob("*.jpg"))
    post(server, "_put_new_images", files={path.name: (path.name, path.read_bytes(), "image/jpeg")})
    desk.goto(f"{server.url}/admin/desk/images/named/{path.name}")
    expect(desk.get_by_text("Nothing has been detected on this image yet.")).to_be_visible()
    desk.locator("#correct").click()
    desk.locator("#editor-draw").click()
    box = desk.locator("#viewer").bounding_box()
    for x, y in ((0.3, 0.4), (0.4, 0.38), (0.42, 0.52), (0.31, 0.55)):
        desk.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    desk.keyboard.press("Enter")
    desk.locator("#editor-save").click()
    expect(desk.locator("#viewer .desk-contours path")).to_have_count(1)
    expect(desk.locator("#viewer .desk-wait")).to_be_hidden()
    keep(desk, "image-real")
