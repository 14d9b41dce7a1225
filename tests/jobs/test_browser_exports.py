"""The page of exports in a browser: asked for, watched, downloaded."""

import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from sticky_pi_api.client import RemoteClient
from tests.desk.signing_in import signed_in
from tests.desk.test_browser_shell import RUN_AXE, axe
from tests.jobs.test_jobs import client, worker  # noqa: F401
from tests.services.server import Server, backends

PATH = "/admin/desk/exports/"

pytestmark = backends("sqlite-disk", "mariadb-disk")


def test_an_export_from_the_desk(server: Server, client: RemoteClient, page: Page, tmp_path: Path) -> None:  # noqa: F811
    with signed_in(server, page, PATH):
        expect(page.get_by_role("heading", name="No export yet")).to_be_visible()
        page.fill("[name=start]", "2020-07-01")
        page.fill("[name=end]", "2020-06-24")
        page.get_by_role("button", name="Export", exact=True).click()
        expect(page.get_by_text("'start' must be before 'end'")).to_be_visible()
        assert page.input_value("[name=start]") == "2020-07-01", "what was entered is still there"

        page.fill("[name=start]", "2020-06-24")
        page.fill("[name=end]", "2020-07-01")
        page.select_option("[name=kind]", "csv")
        page.get_by_text("More", exact=True).click()
        page.select_option("[name=algorithm]", "classifier")
        page.get_by_role("button", name="Export", exact=True).click()
        row = page.get_by_role("row").filter(has_text="csv")
        expect(row).to_contain_text("waiting")
        page.evaluate(axe())
        assert page.evaluate(RUN_AXE) == []

        with worker(server):
            link = row.get_by_role("link", name="Download")
            expect(link).to_be_visible(timeout=60_000)
        with page.expect_download() as download:
            link.click()
        with zipfile.ZipFile(download.value.path()) as archive:
            assert {"manifest.json", "captures.csv", "itc_labels.csv"} <= set(archive.namelist())

        page.get_by_role("button", name="Count images and captures anew").click()
        counts = page.get_by_role("row").filter(has_text="Count images")
        counts.get_by_role("button", name="Cancel").click()
        expect(counts).to_contain_text("cancelled")
