"""The demo as a process."""

import re
import signal
import sys
from pathlib import Path

import pytest
import requests

from simulation.season import FAMILIES
from sticky_pi_api.client import RemoteClient
from tests.services import Process, free_port, listens
from tests.services.server import environment_of


def test_a_terminated_demo_ends_its_server(tmp_path: Path) -> None:
    port = free_port()
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "simulation.demo",
        "--port",
        str(port),
        "--data-dir",
        tmp_path / "data",
    ]
    demo = Process(command, tmp_path / "log", environment_of(tmp_path, {}))
    try:
        demo.wait_until(lambda: "uploads its pictures" in demo.log.read_text(), seconds=60)
        assert listens(port)
        demo.stop(20)
        assert demo.returncode == 128 + signal.SIGTERM
        assert not listens(port)
    finally:
        demo.kill()


@pytest.mark.slow
def test_a_demo_shows_a_season_and_what_to_try(tmp_path: Path) -> None:
    port = free_port()
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "simulation.demo",
        "--port",
        str(port),
        "--data-dir",
        tmp_path / "data",
    ]
    demo = Process(command, tmp_path / "log", environment_of(tmp_path, {}))
    try:
        demo.wait_until(lambda: "Ctrl-C ends it" in demo.log.read_text(), seconds=600)
        assert "Traceback" not in demo.log.read_text()
        url, session = f"http://127.0.0.1:{port}", requests.Session()
        password = (tmp_path / "data" / "admin_password").read_text()
        always = [{"device": "%", "start_datetime": "2000-01-01", "end_datetime": "2100-01-01"}]
        with RemoteClient(tmp_path / "cache", "127.0.0.1", "admin", password, protocol="http", port=port) as client:
            labels = client.get_tiled_tuboid_series_itc_labels(always)
            assert len(client.get_image_series(always)) > 25_000
        by_person = [row for row in labels if row["algo_name_itc"] == "human:demo"]
        assert len({row["tuboid_id"] for row in labels}) > 450
        assert {row["family_itc"] for row in by_person} >= set(FAMILIES)  # people err, too

        page = session.get(f"{url}/admin/login/", timeout=60)
        form = {"username": "admin", "password": password, "next": "/admin/"}
        form["csrfmiddlewaretoken"] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[0]
        home = session.post(f"{url}/admin/login/", form, headers={"Referer": url}, timeout=60)
        (guide,) = re.findall(r"What to try in this demo.*?</ul>", home.text, re.DOTALL)
        links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', guide)]
        assert len(links) >= 9
        for link in links:
            answer = session.get(url + link, timeout=60)
            assert answer.ok and "There is nothing" not in answer.text, link
    finally:
        demo.kill()
