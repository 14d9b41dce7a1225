"""Tuboids as a curator looks at them, in a browser on a live server."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from simulation.fleet import Fleet
from simulation.tuboids import Tuboid, labels, tuboids, write
from sticky_pi_api.client import RemoteClient
from tests.desk.signing_in import signed_in
from tests.desk.test_browser_pages import LOADED, NOW, VERSIONS, keep
from tests.services.server import ADMIN, Server, backends

MATCHER_VERSION = VERSIONS[0]
pytestmark = backends("sqlite-disk", "mariadb-disk")


@pytest.fixture
def client(server: Server, tmp_path: Path) -> Iterator[RemoteClient]:
    with RemoteClient(tmp_path / "cache", "127.0.0.1", *ADMIN, protocol="http", port=server.port) as client:
        yield client


@pytest.fixture
def followed(client: RemoteClient, tmp_path: Path) -> list[Tuboid]:
    """Six tuboids of a trap; a classifier has labelled all of them, a person four."""
    fleet = Fleet(n_devices=1, days=0.5, start=NOW - timedelta(hours=13), seed=4, size=(1296, 972))
    found = tuboids(fleet, fleet.devices[0], fleet.start, fleet.end, "matcher", MATCHER_VERSION)
    found = list(islice(found, 6))
    client.put_tiled_tuboids([write(each, tmp_path) for each in found], found[0].series_info)
    client.put_itc_labels(
        [
            *(label for each in found for label in labels(each, "classifier", VERSIONS[0], 0.5)),
            *(label for each in found[:4] for label in labels(each, "human:mary", VERSIONS[0], 1)),
        ]
    )
    return found


@pytest.fixture
def desk(server: Server, page: Page) -> Iterator[Page]:
    """The gallery, logged in."""
    with signed_in(server, page, "/admin/desk/tuboids/"):
        yield page


def pixels(page: Page, canvas: str) -> str:
    return page.locator(canvas).evaluate("canvas => canvas.toDataURL()")


def test_from_the_gallery_to_the_film_of_a_tuboid(followed, desk):
    cards = desk.locator(".desk-gallery li")
    expect(cards).to_have_count(len(followed))
    assert cards.first.locator("img").evaluate(LOADED) == 448
    cards.first.locator(".desk-mosaic").hover()
    expect(cards.first.locator("canvas")).to_be_visible()
    keep(desk, "tuboids")

    cards.first.locator(".desk-mosaic").click()
    desk.wait_for_url(re.compile(r"/tuboids/\d+/"))
    text, play = desk.locator("#tile-text"), desk.locator("#tile-play")
    expect(text).to_contain_text(re.compile(r"^[2-9] / \d+ · \d{4}-"))  # it plays by itself
    desk.keyboard.press(" ")
    expect(play).to_have_attribute("aria-label", "Play")
    desk.locator("[data-shot='0']").click()
    expect(text).to_contain_text(re.compile("^1 / "))
    desk.locator("body").click(position={"x": 700, "y": 5})
    first = pixels(desk, "#tile")
    desk.keyboard.press("ArrowRight")
    expect(text).to_contain_text(re.compile("^2 / "))
    assert pixels(desk, "#tile") != first
    desk.keyboard.press("ArrowLeft")
    expect(text).to_contain_text(re.compile("^1 / "))
    assert pixels(desk, "#tile") == first
    desk.keyboard.press("ArrowLeft")
    n_shots = desk.locator("[data-shot]").count()
    expect(text).to_contain_text(f"{n_shots} / {n_shots}")
    desk.keyboard.press(" ")
    expect(play).to_have_attribute("aria-label", "Pause")
    expect(text).not_to_contain_text(f"{n_shots} / {n_shots}")
    assert desk.locator(".desk-context").evaluate(LOADED) > 0
    keep(desk, "tuboid")


def test_the_gallery_is_filtered_from_the_keyboard(followed, desk):
    cards = desk.locator(".desk-gallery li")
    expect(cards).to_have_count(6)
    desk.locator("[name=status]").select_option("unseen")
    desk.press("[name=device]", "Enter")
    expect(cards).to_have_count(2)
    assert "status=unseen" in desk.url
    desk.fill("[name=device]", "zz")
    desk.press("[name=device]", "Enter")
    expect(desk.get_by_text("No tuboid matches")).to_be_visible()
    desk.get_by_role("link", name="show all", exact=True).click()
    expect(cards).to_have_count(6)


def test_a_cell_of_the_agreement_opens_its_tuboids(followed, desk, server):
    desk.goto(f"{server.url}/admin/desk/classifier/")
    desk.locator("[name=rank]").select_option("order")
    desk.get_by_role("button", name="Compare").click()
    cell = desk.locator(".desk-matrix td a").first
    count = int(cell.inner_text())
    expect(desk.locator(".desk-number b").first).to_have_text("4")
    keep(desk, "classifier")
    desk.set_viewport_size({"width": 390, "height": 844})
    assert desk.evaluate("document.documentElement.scrollWidth") == 390
    keep(desk, "classifier_phone")
    desk.set_viewport_size({"width": 1280, "height": 800})
    cell.click()
    expect(desk.locator(".desk-gallery li")).to_have_count(count)
    desk.get_by_role("link", name="Back to the comparison").click()
    expect(desk.locator("[name=rank]")).to_have_value("order")


def test_a_taxonomy_is_imported_and_leads_to_tuboids(followed, desk, server):
    desk.goto(f"{server.url}/admin/desk/taxonomy/")
    rows = desk.locator(".desk-table tbody tr")
    n_taxa = rows.count()
    data = b"type,order,family,common_name\nArachnida,Araneae,Salticidae,jumping spiders\n"
    desk.set_input_files("[name=file]", {"name": "taxa.csv", "mimeType": "text/csv", "buffer": data})
    desk.get_by_role("button", name="Import").click()
    expect(desk.get_by_text("1 taxa added, 0 updated.")).to_be_visible()
    expect(rows).to_have_count(n_taxa + 1)
    keep(desk, "taxonomy")
    desk.fill("[name=q]", "jumping")
    desk.press("[name=q]", "Enter")
    desk.get_by_role("link", name="Salticidae").click()
    expect(desk.get_by_text("No tuboid matches")).to_be_visible()


def test_a_real_tuboid_is_shown(desk, server, client, samples: Path):
    path = max((samples / "tuboids").iterdir(), key=lambda each: each.name.count("."))
    device, start, end, version, _ = path.name.split(".")
    client.put_tiled_tuboids(
        [path],
        {
            "device": device,
            "start_datetime": start,
            "end_datetime": end,
            "algo_name": "matcher",
            "algo_version": version,
            "n_images": 40,
            "n_tuboids": 100,
        },
    )
    desk.reload()
    picture = desk.locator(".desk-gallery img")
    assert picture.evaluate(LOADED) == 448
    desk.locator(".desk-mosaic").click()
    desk.wait_for_url(re.compile(r"/tuboids/\d+/"))
    n_shots = len((path / "metadata.txt").read_text().split())
    expect(desk.locator("[data-shot]")).to_have_count(n_shots)
    desk.get_by_text("Set the scale").click()
    desk.get_by_label("Pixels per mm").fill("10")
    desk.get_by_role("button", name=f"For {device}").click()
    expect(desk.locator(".desk-size b")).to_have_text(re.compile(r"^\d+\.\d mm$"))
    expect(desk.locator("#tile-text")).to_contain_text(f" / {n_shots} · ")
    assert desk.locator(".desk-context").evaluate(LOADED) > 0
    keep(desk, "tuboid-real")
