"""The quality of detectors and classifiers, and images whose files are not kept, in a browser on a live server."""

import contextlib
import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from simulation.card import render
from simulation.demo_data import write_table
from simulation.detections import annotation
from simulation.fleet import Fleet
from simulation.season import Season
from simulation.tuboids import labels, tuboids, write
from sticky_pi_api import analysis as sticky
from sticky_pi_api.client import RemoteClient
from tests.desk.signing_in import signed_in
from tests.desk.test_browser_pages import NOW, VERSIONS, keep
from tests.services.server import ADMIN, Server, backends

pytestmark = backends("sqlite-disk", "mariadb-disk")


@pytest.fixture
def client(server: Server, tmp_path: Path) -> Iterator[RemoteClient]:
    with RemoteClient(tmp_path / "cache", "127.0.0.1", *ADMIN, protocol="http", port=server.port) as client:
        yield client


@pytest.fixture
def seen(client: RemoteClient, tmp_path: Path) -> Fleet:
    """A trap of half a day: a detector and a person on its images, a classifier and two people on its tuboids."""
    fleet = Fleet(n_devices=1, days=0.5, start=NOW - timedelta(hours=12.2), seed=4, size=(1296, 972))
    shots = list(fleet.shots())
    paths = [tmp_path / shot.name for shot in shots]
    for shot, path in zip(shots, paths, strict=True):
        path.write_bytes(render(shot))
    md5s = {row["datetime"]: row["md5"] for row in client.put_images(paths)}
    found = [annotation(shot, "detector", VERSIONS[0], md5s[shot.datetime], 0.8) for shot in shots]
    found += [annotation(shot, "human:ann", VERSIONS[1], md5s[shot.datetime], 1.0) for shot in shots[::4]]
    client.put_uid_annotations(found)
    followed = list(islice(tuboids(fleet, fleet.devices[0], fleet.start, fleet.end, "m", VERSIONS[0], max_shots=4), 12))
    series = {**followed[0].series_info, "n_tuboids": 12}
    client.put_tiled_tuboids([write(each, tmp_path) for each in followed], series)
    said = [label for each in followed for label in labels(each, "classifier", VERSIONS[0], 0.5)]
    said += [label for each in followed[::2] for label in labels(each, "human:ann", VERSIONS[0], 1)]
    said += [label for each in followed[::3] for label in labels(each, "human:joe", VERSIONS[1], 0.7)]
    client.put_itc_labels(said)
    return fleet


@pytest.fixture
def desk(server: Server, page: Page) -> Iterator[Page]:
    with signed_in(server, page, "/admin/"):
        yield page


def run_lines(desk: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Runs what the page offers for copying, with a name and a password; its variables."""
    lines = desk.locator("#desk-python").text_content() or ""
    assert len(lines.splitlines()) <= 9
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    name, password = ADMIN
    with contextlib.redirect_stdout(io.StringIO()):
        exec(lines.replace('"USERNAME"', repr(name)).replace('"PASSWORD"', repr(password)), names)
    return names


def look_everywhere(desk: Page, name: str) -> None:
    """Dark, and on a phone, where nothing is wider than the window."""
    keep(desk, name)
    desk.evaluate("document.documentElement.classList.add('dark')")
    keep(desk, f"{name}_dark")
    desk.evaluate("document.documentElement.classList.remove('dark')")
    desk.set_viewport_size({"width": 390, "height": 844})
    assert desk.evaluate("document.documentElement.scrollWidth") == 390
    keep(desk, f"{name}_phone")
    desk.set_viewport_size({"width": 1280, "height": 800})


def percents(desk: Page, selector: str) -> list[str]:
    return [each.strip() for each in desk.locator(selector).all_inner_texts()]


def test_the_detector_page_says_what_its_lines_of_python_say(seen, desk, server, tmp_path, monkeypatch):
    desk.goto(f"{server.url}/admin/desk/detector/")
    summary = percents(desk, ".desk-number b")
    rows = desk.locator(".desk-table").first.locator("tbody tr")
    expect(rows).to_have_count(4)
    look_everywhere(desk, "detector")
    desk.locator(".desk-python summary").click()
    names = run_lines(desk, tmp_path, monkeypatch)
    (whole,) = sticky.detection_quality(names["matches"]).itertuples()
    assert summary[0] == "9" and summary[1] == str(whole.n_true)
    assert summary[2:4] == [f"{100 * whole.precision:.1f} %", f"{100 * whole.recall:.1f} %"]
    for row, each in zip(rows.all(), names["quality"].itertuples(), strict=True):
        cells = [cell.strip() for cell in row.locator("td").all_inner_texts()]
        assert cells[:3] == [str(each.n_true), str(each.n_found), str(each.n_matched)]
        assert cells[3:5] == [f"{100 * each.precision:.1f} %", f"{100 * each.recall:.1f} %"]

    rows.nth(1).locator("a").first.click()
    expect(desk.get_by_text("Insects of size 2 of 4 only.")).to_be_visible()
    desk.locator("#images tbody a.desk-device").first.click()
    expect(desk).to_have_url(re.compile(r"/images/\d+/"))


def test_the_classifier_page_says_what_its_lines_of_python_say(seen, desk, server, tmp_path, monkeypatch):
    desk.goto(f"{server.url}/admin/desk/classifier/?rank=family")
    summary = percents(desk, ".desk-number b")
    rows = desk.locator(".desk-taxa-card tbody tr")
    look_everywhere(desk, "classifier")
    desk.locator(".desk-python summary").click()
    quality = run_lines(desk, tmp_path, monkeypatch)["quality"]
    assert summary[1:] == [str(quality.n), f"{100 * quality.accuracy:.1f} %", f"{quality.kappa:.3f}"]
    shown = {row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in rows.all()}
    assert shown.keys() == set(quality.per_taxon.index)
    for taxon, (n_true, n_said, *_, recall, _f1) in shown.items():
        wanted = quality.per_taxon.loc[taxon]
        assert (int(n_true), int(n_said)) == (wanted.n, wanted.n_predicted)
        assert recall.strip() == ("\N{EN DASH}" if wanted.n == 0 else f"{100 * wanted.recall:.1f} %")
    link = rows.first.locator("td a").first
    n_tuboids = int(link.inner_text())
    link.click()
    expect(desk.locator(".desk-gallery li")).to_have_count(n_tuboids)


def test_images_that_are_not_kept_say_so(desk, server, tmp_path):
    season = Season(NOW - timedelta(days=2), days=2, size=(1296, 972))
    write_table(season, tmp_path / "images.csv")
    with (tmp_path / "images.csv").open() as file:
        rows = list(csv.DictReader(file))
    said = server.manage("import_images", str(tmp_path / "images.csv"), f"--user={ADMIN[0]}").stdout
    assert f"{len(rows)} images stored" in said
    again = server.manage("import_images", str(tmp_path / "images.csv"), f"--user={ADMIN[0]}").stdout
    assert "0 images stored" in again
    desk.goto(f"{server.url}/admin/desk/")
    picture = desk.locator(".desk-thumbnail img").first
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 512
    keep(desk, "not_kept_fleet")
    desk.goto(f"{server.url}/admin/desk/devices/{rows[0]['device']}/")
    expect(desk.locator("#film-time")).to_contain_text("UTC")
    desk.keyboard.press("ArrowLeft")
    expect(desk.locator("#plots-status")).to_contain_text("images")
    keep(desk, "not_kept_device")
    desk.keyboard.press("Enter")
    expect(desk.locator("#viewer .desk-wait")).to_have_text("The image is not kept.")
    expect(desk.locator("#download")).to_have_count(0)
    keep(desk, "not_kept_image")
