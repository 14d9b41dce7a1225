"""Projects as their members work with them, in a browser on a live server."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from simulation.card import render
from simulation.fleet import Fleet
from sticky_pi_api.client import RemoteClient
from tests.desk.signing_in import signed_in
from tests.desk.test_browser_pages import NOW, keep
from tests.desk.test_browser_shell import RUN_AXE, VIOLATIONS, axe
from tests.services.server import ADMIN, Server, backends

pytestmark = backends("sqlite-disk")
COLUMNS = {"bait": "TEXT", "height": "REAL", "netted": "BOOLEAN"}


@pytest.fixture
def client(server: Server, tmp_path: Path) -> Iterator[RemoteClient]:
    with RemoteClient(tmp_path / "cache", "127.0.0.1", *ADMIN, protocol="http", port=server.port) as client:
        yield client


@pytest.fixture
def project(client: RemoteClient, tmp_path: Path) -> int:
    """A project with three columns, and deployments of five traps, of which three sent some images each."""
    fleet = Fleet(n_devices=5, days=5, start=NOW - timedelta(days=5), seed=4, size=(320, 240))
    files = []
    for device in fleet.devices[:3]:
        for shot in islice(fleet.shots(device), 0, 300, 60):
            files.append(tmp_path / shot.name)
            files[-1].write_bytes(render(shot))
    client.put_images(files)
    [row] = client.put_projects([{"name": "Berries", "description": "Six fields, two baits"}])
    where = {"project_id": row["id"]}
    client.put_project_columns([{**where, "column_name": name, "column_SQL_type": of} for name, of in COLUMNS.items()])
    start, middle, end = NOW - timedelta(days=5), NOW - timedelta(days=2), NOW + timedelta(days=20)
    client.put_project_series(
        [
            {**where, "device": device.id, "start_datetime": first, "end_datetime": last, "bait": bait, "height": 1.5}
            for device in fleet.devices
            for first, last, bait in ((start, middle, "wine"), (middle, end, "vinegar"))
        ]
    )
    return row["id"]


@pytest.fixture
def desk(server: Server, project: int, page: Page) -> Iterator[Page]:
    with signed_in(server, page, f"/admin/desk/projects/{project}/"):
        yield page


def field(row: Locator, column: str) -> Locator:
    return row.locator(f"[data-column='{column}'] > :is(input, select)")


def stored(client: RemoteClient, project: int) -> list[dict]:
    return client.get_project_series([{"project_id": project}])


def test_deployments_are_edited_from_the_keyboard(desk: Page, client: RemoteClient, project: int) -> None:
    rows = desk.locator("#deployments tbody tr")
    expect(rows).to_have_count(10)
    field(rows.nth(0), "bait").focus()
    desk.keyboard.press("Control+A")
    desk.keyboard.type("beer")
    desk.keyboard.press("Enter")
    expect(field(rows.nth(1), "bait")).to_be_focused()
    desk.keyboard.type("tea")
    desk.keyboard.press("Escape")
    expect(field(rows.nth(1), "bait")).to_have_value("vinegar")
    desk.keyboard.press("Tab")
    expect(field(rows.nth(1), "height")).to_be_focused()
    desk.keyboard.press("ArrowUp")
    expect(field(rows.nth(0), "height")).to_be_focused()
    field(rows.nth(0), "netted").select_option("yes")
    expect(desk.locator("#state")).to_have_text("Not saved: 1 changed.")
    keep(desk, "project_edited")
    desk.keyboard.press("Control+s")
    expect(desk.locator("#state")).to_have_text("Saved.")
    device = field(rows.nth(0), "device").input_value()
    found = [(row["bait"], row["netted"], row["height"]) for row in stored(client, project) if row["device"] == device]
    assert sorted(found) == [("beer", True, 1.5), ("vinegar", None, 1.5)]


def test_errors_are_at_their_cells_and_work_is_not_lost(desk: Page, client: RemoteClient, project: int) -> None:
    rows, before = desk.locator("#deployments tbody tr"), stored(client, project)
    desk.get_by_role("button", name="Add a deployment").click()
    new = rows.nth(10)
    expect(field(new, "device")).to_be_focused()
    field(new, "device").fill("trap 1")
    field(new, "start_datetime").fill("1.6.2024 12:00")
    field(new, "end_datetime").fill("2024-05-01")
    field(new, "height").fill("high")
    desk.get_by_role("button", name="Save").click()
    expect(desk.locator("#message")).to_have_text("Nothing was saved. 3 cells cannot be stored as written")
    wrong = new.locator("td.desk-wrong")
    expect(wrong).to_have_count(3)
    expect(wrong.nth(0)).to_contain_text("8 hexadecimal characters")
    expect(wrong.nth(1)).to_contain_text("The end is before the start")
    expect(wrong.nth(2)).to_contain_text("is not a number")
    expect(field(new, "device")).to_be_focused()
    keep(desk, "project_errors")
    assert stored(client, project) == before

    for column, text in {"device": "0000000A", "end_datetime": "2024-07-01", "height": "2"}.items():
        field(new, column).fill(text)
    expect(wrong).to_have_count(0)
    rows.nth(0).get_by_role("button", name="Delete this deployment").click()
    expect(desk.locator("#state")).to_have_text("Not saved: 1 new, 1 to be deleted.")
    desk.route("**/save", lambda route: route.abort())
    desk.get_by_role("button", name="Save").click()
    expect(desk.locator("#message")).to_contain_text("cannot be reached")
    desk.unroute("**/save")
    desk.get_by_role("button", name="Save").click()
    expect(desk.locator("#state")).to_have_text("Saved.")
    expect(rows).to_have_count(10)
    expect(field(rows.nth(9), "device")).to_have_value("0000000a")
    assert len(stored(client, project)) == 10 and {row["id"] for row in before} - {
        row["id"] for row in stored(client, project)
    }
    desk.reload()  # nothing is left to be asked about
    expect(desk.locator("#state")).to_have_text("Nothing to save.")


def test_rows_of_a_spreadsheet_are_pasted(desk: Page, client: RemoteClient, project: int) -> None:
    rows = desk.locator("#deployments tbody tr")
    desk.get_by_role("button", name="Add a deployment").click()
    desk.evaluate(
        """text => { const data = new DataTransfer(); data.setData("text/plain", text);
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true })); }""",
        "0000000a\t2024-06-01\t2024-06-09\twine\t1.5\n0000000b\t2024-06-01\t2024-06-09\n",
    )
    expect(rows).to_have_count(12)
    expect(desk.locator("#state")).to_have_text("Not saved: 2 new.")
    desk.keyboard.press("Control+s")
    expect(desk.locator("#state")).to_have_text("Saved.")
    assert [(row["device"], row["bait"]) for row in stored(client, project)[10:]] == [
        ("0000000a", "wine"),
        ("0000000b", None),
    ]
    desk.get_by_role("button", name="Add a deployment").click()
    desk.get_by_role("button", name="Undo all").click()
    expect(rows).to_have_count(12)


def test_a_file_is_imported_after_its_preview(desk: Page, client: RemoteClient, project: int, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text(
        "\ufeffTrap;Start (UTC);End (UTC);Bait;Crop\r\n0000000a;1.6.2024 12:00;9.6.2024;Wein;Brombeere\r\n"
        "0000000b;soon;9.6.2024;;\r\n"
    )
    desk.get_by_role("link", name="Import").click()
    desk.locator("input[type=file]").set_input_files(file)
    desk.get_by_role("button", name="Show what it would do").click()
    expect(desk.locator(".desk-preview tbody tr")).to_have_count(2)
    expect(desk.locator(".desk-preview .desk-wrong")).to_contain_text("is not a date and time")
    keep(desk, "project_import")
    assert len(stored(client, project)) == 10
    desk.get_by_role("button", name="Import the others, without the 1 refused").click()
    expect(desk.get_by_text("Deployments added: 1, changed: 0.")).to_be_visible()
    [new] = [row for row in stored(client, project) if row["device"] == "0000000a"]
    assert (new["bait"], new["Crop"], new["start_datetime"].isoformat()) == ("Wein", "Brombeere", "2024-06-01T12:00:00")


def test_the_pages_of_a_project(desk: Page, server: Server, project: int) -> None:
    """Each is accessible, keeps to the security policy, and fits a phone."""
    source, found = axe(), []
    desk.add_init_script(VIOLATIONS)
    paths = [
        f"/admin/desk/projects/{project}/{tab}"
        for tab in ("", "record/", "columns/", "members/", "settings/", "import/")
    ]
    paths += ["/admin/desk/projects/", f"/admin/desk/?project={project}", f"/admin/desk/tuboids/?project={project}"]
    for scheme in ("light", "dark"):
        desk.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for path in paths:
            desk.goto(server.url + path)
            desk.wait_for_timeout(200)
            name = path.removeprefix("/admin/desk/").replace("/", "_").replace("?", "_").strip("_")
            keep(desk, f"{name}_{scheme}")
            found += [f"{path}: {each}" for each in desk.evaluate("violations")]
            desk.evaluate(source)
            found += [f"{path} {scheme}: {each}" for each in desk.evaluate(RUN_AXE) if each["impact"] != "minor"]
    desk.set_viewport_size({"width": 390, "height": 844})
    for path in paths[:7]:
        desk.goto(server.url + path)
        width = desk.evaluate("document.documentElement.scrollWidth")
        found += [f"{path} is {width} px wide"] if width > 390 else []
        keep(desk, f"{path.removeprefix('/admin/desk/').replace('/', '_').strip('_')}_phone")
    assert not found, "\n".join(found)


def test_the_record_and_the_map(desk: Page, server: Server, project: int) -> None:
    desk.get_by_role("link", name="Record and map").click()
    expect(desk.locator(".desk-record tbody tr")).to_have_count(10)
    expect(desk.locator(".desk-point")).to_have_count(2)
    expect(desk.get_by_text("1 trap without a position")).to_be_visible()
    expect(desk.locator("#map")).to_have_attribute("data-ground", "drawn")
    titles = desk.locator(".desk-timeline title").all_text_contents()
    assert titles and all("images" in title for title in titles)
    desk.goto(f"{server.url}/admin/desk/")
    desk.get_by_label("Project").select_option(label="Berries")
    desk.get_by_role("button", name="Show", exact=True).click()
    desk.wait_for_url("**project=*")
    expect(desk.get_by_text("sent while they stood for it")).to_be_visible()
