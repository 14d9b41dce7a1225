"""A curator who labels in a browser, from the keyboard only, on a live server."""

import functools
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from playwright.sync_api import Page, expect

from simulation.fleet import Fleet
from simulation.tuboids import Tuboid, labels, tuboids
from tests.desk.signing_in import faultless, signed_in
from tests.desk.test_browser_pages import keep
from tests.services.server import ADMIN, Server, backends
from tests.wire.test_wire_tuboids import post, put

N_LABELLED, PER_DEVICE, DAYS = 20, 12, 2
START = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(days=DAYS, hours=1)
VERSION = "1606980656-" + "9" * 32
SHOWN = "() => document.getElementById('work').dataset.tuboid"
OTHER_SHOWN = f"before => ({SHOWN})() !== before"
DRAWN = """() => {
  const { width, height } = document.getElementById('tile');
  return document.getElementById('tile').getContext('2d').getImageData(0, 0, width, height).data.some((value) => value);
}"""

_PER_TUBOID = f"SELECT count(*) FROM itc_labels WHERE algo_name = 'human:{ADMIN[0]}' GROUP BY parent_tuboid_id"

pytestmark = backends("sqlite-disk")


@functools.cache
def drawn() -> list[tuple[Tuboid, dict[str, bytes]]]:
    """Tuboids of two traps, with their files: drawing them takes seconds."""
    fleet = Fleet(n_devices=2, days=DAYS, start=START, seed=4, size=(1296, 972))
    found = [
        tuboid
        for device in fleet.devices
        for tuboid in itertools.islice(tuboids(fleet, device, fleet.start, fleet.end, "matcher", VERSION), PER_DEVICE)
    ]
    return [(each, {name.partition(".")[0]: data for name, data in each.files().items()}) for each in found]


@pytest.fixture
def stored(server: Server) -> list[Tuboid]:
    """Tuboids of two traps, each with what a classifier says."""
    for tuboid, files in drawn():
        said = {"tuboid_id": json.dumps(tuboid.tuboid_id), "series_info": json.dumps(tuboid.series_info)}
        assert put(server, **said, **files).status_code == 200
    found = [tuboid for tuboid, _ in drawn()]
    said_of_them = [label for tuboid in found for label in labels(tuboid, "classifier", VERSION, 0.9)]
    assert post(server, "/put_itc_labels", said_of_them).status_code == 200
    return found


@pytest.fixture
def desk(server: Server, stored: list[Tuboid], page: Page) -> Iterator[Page]:
    """The labelling page, logged in."""
    with signed_in(server, page, "/admin/desk/label/"):
        expect(page.locator("#work")).to_be_visible()
        expect(page.locator("#choices li").first).to_be_visible()
        yield page


def of_person(server: Server) -> list[tuple]:
    return server.select(f"SELECT label, family FROM itc_labels WHERE algo_name = 'human:{ADMIN[0]}' ORDER BY id")


def press_and_wait(page: Page, *keys: str) -> float:
    """Presses keys until another tuboid is drawn. Returns the milliseconds since the last one went down."""
    before = page.evaluate(SHOWN)
    for key in keys[:-1]:
        page.keyboard.press(key)
    started = time.perf_counter()
    page.keyboard.press(keys[-1])
    page.wait_for_function(OTHER_SHOWN, arg=before)
    page.wait_for_function(DRAWN)
    return 1000 * (time.perf_counter() - started)


def test_twenty_tuboids_are_labelled_without_a_mouse(desk, server, capsys):
    keep(desk, "label")
    ways_to_say = itertools.cycle(
        [["1"], [*"dip", "Enter"], ["ArrowDown", "ArrowUp", "Enter"], [*"ins", "ArrowDown", "Enter"]]
    )
    started = time.perf_counter()
    took = [press_and_wait(desk, *next(ways_to_say)) for _ in range(N_LABELLED)]
    each = 1000 * (time.perf_counter() - started) / N_LABELLED
    expect(desk.locator("#today")).to_have_text(str(N_LABELLED))
    expect(desk.locator("#left")).to_have_text(str(2 * PER_DEVICE - N_LABELLED))
    assert len(of_person(server)) == N_LABELLED
    assert Counter(row[0] for row in server.select(_PER_TUBOID)) == {1: N_LABELLED}
    with capsys.disabled():  # the time per label is what one wants to know
        print(f"\n{N_LABELLED} tuboids labelled, {each:.0f} ms each; next one after {median(took):.0f} ms (median)")  # noqa: T201
    keep(desk, "label_after")


def test_a_label_has_confidence_and_note_and_is_taken_back(desk, server):
    first = desk.evaluate(SHOWN)
    desk.keyboard.press("Alt+3")
    desk.keyboard.press("Alt+n")
    desk.keyboard.type("1 wing torn")
    desk.keyboard.press("Enter")
    press_and_wait(desk, "1")
    expect(desk.locator("#saved")).to_contain_text("Saved: ")
    assert server.select("SELECT confidence, note FROM label_remarks") == [("high", "1 wing torn")]
    expect(desk.locator("#note")).to_have_value("")
    desk.keyboard.press("Control+z")
    desk.wait_for_function(f"first => ({SHOWN})() === first", arg=first)
    assert of_person(server) == []
    press_and_wait(desk, "0")
    desk.keyboard.press("Control+z")
    desk.wait_for_function(f"first => ({SHOWN})() === first", arg=first)
    expect(desk.locator("#left")).to_have_text(str(2 * PER_DEVICE))


def test_all_are_skipped_and_brought_back(desk, server):
    for _ in range(2 * PER_DEVICE - 1):
        press_and_wait(desk, "0")
    desk.keyboard.press("0")
    expect(desk.locator("#empty")).to_be_visible()
    expect(desk.locator("#empty-title")).to_have_text("Nothing is left for you just now")
    expect(desk.locator("#empty-text")).to_contain_text(f"You skipped {2 * PER_DEVICE}")
    keep(desk, "label_empty")
    desk.get_by_role("button", name="Bring back what I skipped").press("Enter")
    expect(desk.locator("#work")).to_be_visible()
    assert server.select("SELECT * FROM tuboid_skips") == []


def test_what_cannot_be_saved_is_said_and_stays(desk, server):
    first = desk.evaluate(SHOWN)
    desk.context.set_offline(True)
    desk.keyboard.press("1")
    expect(desk.locator("#message")).to_contain_text("The server cannot be reached")
    desk.wait_for_function(f"first => ({SHOWN})() === first", arg=first)
    desk.context.set_offline(False)
    press_and_wait(desk, "1")
    expect(desk.locator("#message")).to_be_hidden()
    expect(desk.locator("#today")).to_have_text("1")
    assert len(of_person(server)) == 1


NOTE = "1 wing torn"
CONFIDENCE = "input[name=confidence]:checked"


def say_with_note(page: Page) -> str:
    """Chooses the first taxon with a confidence and a note. Returns the tuboid."""
    tuboid = page.evaluate(SHOWN)
    page.keyboard.press("Alt+3")
    page.keyboard.press("Alt+n")
    page.keyboard.type(NOTE)
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    return tuboid


def expect_kept(page: Page, tuboid: str) -> None:
    page.wait_for_function(f"tuboid => ({SHOWN})() === tuboid", arg=tuboid)
    expect(page.locator("#note")).to_have_value(NOTE)
    expect(page.locator(CONFIDENCE)).to_have_value("high")
    expect(page.locator("#choices li").first).to_contain_text("not saved")


def expect_saved(page: Page, server: Server, number: int = 1) -> None:
    """What was kept is saved with one key."""
    press_and_wait(page, "1")
    expect(page.locator("#saved")).to_contain_text("Saved: ")
    expect(page.locator("#unsaved")).to_be_hidden()
    assert server.select("SELECT confidence, note FROM label_remarks") == [("high", NOTE)] * number


def test_a_label_outlives_the_session_and_is_saved_after_signing_in(desk, server):
    desk.context.clear_cookies(name="sessionid")
    tuboid = say_with_note(desk)
    expect(desk.locator("#message")).to_contain_text("Not saved, but kept here")
    expect(desk.locator("#message")).to_contain_text("your session has ended")
    expect_kept(desk, tuboid)
    keep(desk, "label_unsaved")
    desk.get_by_role("link", name="Sign in").click()
    for name, value in zip(("username", "password"), ADMIN, strict=True):
        desk.fill(f"[name={name}]", value)
    desk.press("[name=password]", "Enter")
    desk.wait_for_url("**/desk/label/**")
    expect_kept(desk, tuboid)
    expect_saved(desk, server)


def test_a_label_is_kept_where_somebody_signed_in_in_another_window(desk, server):
    other = desk.context.new_page()
    desk.context.clear_cookies(name="sessionid")
    with signed_in(server, other, "/admin/"):
        tuboid = say_with_note(desk)
        expect(desk.locator("#message")).to_contain_text("You have signed in since this page was opened")
        expect_kept(desk, tuboid)
        desk.get_by_role("link", name="Load the page again").click()
        expect(desk.locator("#message")).to_be_hidden()
        expect_kept(desk, tuboid)
        expect_saved(desk, server)


def test_a_label_outlives_a_failure_of_the_server_and_a_reload(desk, server):
    desk.route("**/label/save", lambda route: route.fulfill(status=500, body="<h1>Server Error</h1>"))
    tuboid = say_with_note(desk)
    expect(desk.locator("#message")).to_contain_text("The server answered 500")
    expect_kept(desk, tuboid)
    desk.unroute("**/label/save")
    desk.reload()
    expect_kept(desk, tuboid)
    expect(desk.locator("#unsaved")).to_be_hidden()
    post(server, "/put_users", [{"username": "joan", "password": "a long password, 9"}])
    joan = "(SELECT id FROM users WHERE username = 'joan')"
    server.execute(f"UPDATE tuboid_reservations SET user_id = {joan} WHERE tuboid_id = {tuboid}")
    desk.reload()
    expect(desk.locator("#unsaved a")).to_have_count(1)
    keep(desk, "label_unsaved_later")
    desk.locator("#unsaved a").click()
    expect(desk.locator("#message")).to_contain_text("another person has this tuboid")
    assert desk.evaluate(SHOWN) != tuboid
    server.execute("DELETE FROM tuboid_reservations")
    desk.locator("#unsaved a").click()
    expect_kept(desk, tuboid)
    expect_saved(desk, server)


def test_a_note_outlives_a_reload_before_the_taxon_is_chosen(desk):
    tuboid = desk.evaluate(SHOWN)
    desk.keyboard.press("Alt+2")
    desk.keyboard.press("Alt+n")
    desk.keyboard.type(NOTE)
    desk.reload()
    desk.wait_for_function(f"tuboid => ({SHOWN})() === tuboid", arg=tuboid)
    expect(desk.locator("#note")).to_have_value(NOTE)
    expect(desk.locator(CONFIDENCE)).to_have_value("medium")


def test_what_is_taken_back_is_said_and_its_note_is_there_again(desk, server):
    tuboid = say_with_note(desk)
    expect(desk.locator("#saved")).to_contain_text("Saved: ")
    desk.keyboard.press("Control+z")
    expect(desk.locator("#saved")).to_contain_text("Taken back: ")
    desk.wait_for_function(f"tuboid => ({SHOWN})() === tuboid", arg=tuboid)
    expect(desk.locator("#note")).to_have_value(NOTE)
    expect(desk.locator(CONFIDENCE)).to_have_value("high")
    assert of_person(server) == []


def test_two_windows_of_one_person_have_tuboids_of_their_own(desk, server):
    other = desk.context.new_page()
    with faultless(server, other):
        other.goto(f"{server.url}/admin/desk/label/")
        expect(other.locator("#choices li").first).to_be_visible()
        seen = {desk.evaluate(SHOWN), other.evaluate(SHOWN)}
        assert len(seen) == 2
        for page in (desk, other) * 3:
            press_and_wait(page, "0")
            shown = page.evaluate(SHOWN)
            assert shown not in seen
            seen.add(shown)
        shown = desk.evaluate(SHOWN)
        desk.reload()
        desk.wait_for_function(f"shown => ({SHOWN})() === shown", arg=shown)
        desk.goto(f"{server.url}/admin/desk/label/?tuboid={other.evaluate(SHOWN)}")
        expect(desk.locator("#work")).to_be_visible()
        other.evaluate("dispatchEvent(new Event('focus'))")
        expect(other.locator("#message")).to_contain_text("another person, or window of yours, has it now")
        assert other.evaluate(SHOWN) != desk.evaluate(SHOWN)


def test_without_tuboids_nothing_is_said_to_be_labelled(server, page):
    with signed_in(server, page, "/admin/desk/label/"):
        expect(page.locator("#empty-title")).to_have_text("There is no tuboid yet")
        expect(page.locator("#empty")).to_contain_text("put_tiled_tuboids")


def test_labels_that_differ_are_seen_in_the_dark(desk, server, stored):
    desk.keyboard.type("zzz")
    expect(desk.locator("#no-choice")).to_have_text("No taxon is called so.")
    other = labels(stored[3], "human:joan", VERSION, 1)[0]
    post(server, "/put_itc_labels", [{**other, "order": "Araneae", "family": None, "genus": None, "species": None}])
    desk.emulate_media(color_scheme="dark")
    desk.get_by_role("link", name="Labels disagree").press("Enter")
    expect(desk.locator("#left")).to_have_text("1")
    expect(desk.locator("#choices li")).to_have_count(2)
    desk.evaluate("document.documentElement.classList.add('dark')")
    desk.set_viewport_size({"width": 820, "height": 1180})
    keep(desk, "label_dark_tablet")
