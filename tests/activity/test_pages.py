"""The pages Catch and Activity: their numbers are those of the rows, of their links, and of their lines of Python."""

import contextlib
import csv
import html
import io
import re
from collections import Counter
from datetime import UTC, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
import requests

from sticky_pi_api.client import RemoteClient
from tests.analysis.season import DAYS, DEVICES, START, Season, upload
from tests.services.server import ADMIN, Server, backends

pytestmark = [pytest.mark.slow, backends("sqlite-disk", "mariadb-disk")]

CHOICE = "start=2020-06-24&end=2020-06-28&rank=order"


@pytest.fixture
def session(server: Server, tmp_path: Path) -> requests.Session:
    """Of an administrator, on a server that has the season."""
    with RemoteClient(tmp_path / "client", "127.0.0.1", *ADMIN, protocol="http", port=server.port) as client:
        upload(client, Season(), tmp_path / "files")
    opened, address = requests.Session(), f"{server.url}/admin/login/"
    opened.get(address, timeout=30)
    form = {"username": ADMIN[0], "password": ADMIN[1], "csrfmiddlewaretoken": opened.cookies["csrftoken"]}
    opened.post(address, data=form, timeout=30).raise_for_status()
    return opened


def page(session: requests.Session, url: str) -> str:
    answer = session.get(url, timeout=30)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def lines_of(text: str) -> str:
    """The Python of a page, with the credentials of the tests."""
    (code,) = re.findall(r'<pre id="desk-python">(.*?)</pre>', text, re.DOTALL)
    return html.unescape(code).replace("USERNAME", ADMIN[0]).replace("PASSWORD", ADMIN[1])


def run(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "page", "exec"), names)
    return names


def n_in_gallery(session: requests.Session, url: str) -> int:
    found = 0
    while url:
        text = page(session, url)
        found += text.count('class="desk-card desk-tuboid"')
        (*_, older) = ["", *re.findall(r'rel="next" href="([^"]+)"', text)]
        url = url.partition("?")[0] + html.unescape(older) if older else ""
    return found


def test_catch(server: Server, session: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"{server.url}/admin/desk/catch/"
    for labels in ("", "&labels=people"):
        rows = list(csv.DictReader(io.StringIO(page(session, f"{url}catch.csv?{CHOICE}{labels}"))))
        shown = page(session, f"{url}?{CHOICE}{labels}")
        nights = run(lines_of(shown), tmp_path, monkeypatch)["nights"]
        assert isinstance(nights, pd.DataFrame)
        by_night = nights.groupby(["night", "taxon"])[["captures", "n_images"]].sum()
        told = {(row["night"], row["taxon"].split(";")[-1]): row for row in rows if ";" in row["taxon"]}
        for (night, taxon), (captures, n_images) in by_night.iterrows():
            row = told.pop((f"{night:%Y-%m-%d}", taxon))
            assert (int(row["captures"]), int(row["images"])) == (captures, n_images)
            assert float(row["captures_per_trap_and_day"] or 0) == pytest.approx(
                72 * captures / max(n_images, 1), abs=1e-4
            )
        assert all(row["captures"] == "0" == row["images"] for row in told.values()), "nights without any trap"
        assert sum(int(row["captures"]) for row in rows) == 96, "with what is not labelled by them"
        links = re.findall(r'<td><a href="([^"]+path=[^"]*)">([\d,]+)</a></td>', shown)
        assert len(links) > 3
        for link, number in links:
            assert n_in_gallery(session, server.url + html.unescape(link)) == int(number), link


def test_catch_of_a_trap_and_of_a_project(
    server: Server, session: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = f"{server.url}/admin/desk/catch/catch.csv?{CHOICE}"

    def total(query: str) -> Counter[str]:
        rows = csv.DictReader(io.StringIO(page(session, whole + query)))
        found: Counter[str] = Counter()
        images: dict[str, int] = {}
        for row in rows:
            found["captures"] += int(row["captures"])
            images[row["night"]] = int(row["images"])
        return found + Counter(images=sum(images.values()))

    middle = (START + timedelta(days=2)).date()
    one_night = f"{server.url}/admin/desk/catch/?{CHOICE}&start={middle}&end={middle}"
    assert f"{2 * 48} images" in page(session, one_night), "nothing of the nights around it"
    assert "&quot;device&quot;: &quot;5c17%&quot;" in page(session, f"{whole.replace('catch.csv', '')}&device=5c17")
    assert total("&device=5c17") + total("&device=%25f4") == total("") == {"captures": 96, "images": 2 * 48 * DAYS}
    post = {"auth": ADMIN, "timeout": 30}
    (project,) = requests.post(f"{server.url}/put_projects", json=[{"name": "Pears"}], **post).json()
    stay = {"project_id": project["id"], "device": "5c173ff2", "start_datetime": str(START)}
    end = {"end_datetime": str(START + timedelta(days=9))}
    requests.post(f"{server.url}/put_project_series", json=[{**stay, **end}], **post).raise_for_status()
    assert total(f"&project={project['id']}") == total("&device=5c173ff2")
    shown = page(session, whole.replace("catch.csv", "") + f"&project={project['id']}")
    nights = run(lines_of(shown), tmp_path, monkeypatch)["nights"]
    assert isinstance(nights, pd.DataFrame)
    wanted = total("&device=5c173ff2")
    assert (nights.captures.sum(), nights.groupby("night").n_images.first().sum()) == (
        wanted["captures"],
        wanted["images"],
    )
    many = [{**stay, "device": f"{number:08x}", **end} for number in range(1, 1200)]  # more than SQLite takes at once
    ever = [
        {**stay, "end_datetime": "9999-12-31_00-00-00"},
        {**stay, "start_datetime": "0001-01-01_00-00-00", "end_datetime": "0001-01-02_00-00-00"},
    ]
    requests.post(f"{server.url}/put_project_series", json=many + ever, **post).raise_for_status()
    assert total(f"&project={project['id']}") == total("&device=5c173ff2")
    (odd,) = requests.post(f"{server.url}/put_projects", json=[{"name": "Odd years"}], **post).json()
    for one in ever[::-1]:
        one = {**one, "project_id": odd["id"]}
        requests.post(f"{server.url}/put_project_series", json=[one], **post).raise_for_status()
        for address in ("activity/", "catch/", "", f"projects/{odd['id']}/record/"):
            answer = session.get(f"{server.url}/admin/desk/{address}?project={odd['id']}", timeout=30)
            assert answer.status_code == 200, address
    for bad, words in (
        ("&project=99", "no such project"),
        ("&rank=x", "one of"),
        ("&start=1", "not a day"),
        ("&labels=9999", "it takes people"),
    ):
        answer = session.get(whole.replace("catch.csv", "") + bad.replace("&start=", "&end="), timeout=30)
        assert answer.status_code == 200 and words in html.unescape(answer.text), bad
        assert session.get(whole + bad.replace("&start=", "&end="), timeout=30).status_code == 400


def test_activity(server: Server, session: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = page(session, f"{server.url}/admin/desk/activity/?{CHOICE}&clock=clock")
    profile = run(lines_of(shown), tmp_path, monkeypatch)["profile"]
    assert isinstance(profile, pd.DataFrame)
    wanted = profile.pivot(index="hour", columns="taxon", values="captures")
    header, *rows = re.findall(r"<tr>(.*?)</tr>", shown.partition("captures a trap and hour, by")[2], re.DOTALL)
    _, _, *taxa = re.findall(r"<th[^>]*>([^<]*)</th>", header)
    assert {*taxa} == {*wanted.columns} and len(rows) == 24
    for hour, row in enumerate(rows):
        images, *numbers = [int(number.replace(",", "")) for number in re.findall(r"<td>([\d,]+)", row)]
        assert numbers == [wanted.loc[hour, taxon] for taxon in taxa]
        assert images == profile[profile.hour == hour].images.iloc[0]
    assert "Temperature and humidity are shown of up to" in shown, "there are none"
    downloaded = session.get(f"{server.url}/admin/desk/activity/activity.csv?{CHOICE}", timeout=30)
    assert 'filename="activity-2020-06-24-to-2020-06-28-' in downloaded.headers["Content-Disposition"]
    told = pd.read_csv(io.StringIO(downloaded.text)).pivot(index="hour", columns="taxon", values="captures")
    assert told.rename(columns=lambda path: path.rpartition(";")[2]).eq(wanted).all(axis=None)
    drawn = ElementTree.fromstring(page(session, f"{server.url}/admin/desk/activity/activity.svg?{CHOICE}"))
    titles = {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert titles >= {*taxa}
    assert session.get(f"{server.url}/admin/desk/activity/activity.csv?rank=bad", timeout=30).status_code == 400
    server.execute("UPDATE images SET hum = 50, temp = 20 WHERE id > 1")
    server.execute("UPDATE images SET temp = 30 WHERE datetime LIKE '% 05:%'")
    shown = page(session, f"{server.url}/admin/desk/activity/?{CHOICE}&clock=clock")
    assert "Temperature: from 20.0 to 30.0 °C" in shown and "Humidity: from 50.0 to 50.0 %" in shown
    shown = page(session, f"{server.url}/admin/desk/activity/?{CHOICE}&clock=sun")
    assert "no trap of these knows its position" in shown, "these traps do not know where they are"


def test_captures_of_a_device(server: Server, session: requests.Session) -> None:
    device, start = DEVICES[0], int(START.replace(tzinfo=UTC).timestamp())
    hours = Counter((one.start - START) // timedelta(hours=1) for one in Season().insects if one.device == device)
    url = f"{server.url}/admin/desk/devices/{{}}/captures?start={start}&end={start + 86400 * DAYS}&buckets="
    hourly = session.get(url.format(device) + f"{24 * DAYS}", timeout=30).json()
    assert hourly["time"] == [start + 3600 * hour + 1800 for hour in range(24 * DAYS)]
    assert hourly["captures"]["mean"] == [3 * hours[hour] / 2 for hour in range(24 * DAYS)], "of 2 images"
    whole = session.get(url.format(device) + "1", timeout=30).json()["captures"]
    assert whole == {"mean": [3 * 48 / (48 * DAYS)], "min": [0], "max": [3 * max(hours.values()) / 2]}
    assert session.get(url.format("ffffffff") + "1", timeout=30).json()["time"] == []


def test_resources(server: Server, session: requests.Session) -> None:
    for name, key, number in (("nights", "night", 5), ("hours", "hour", 24)):
        answer = session.get(f"{server.url}/api/activity/{name}/?{CHOICE}&labels=people", timeout=30).json()
        assert answer["labels"] == "people" and answer["rank"] == "order" and answer["utc_offset"] == 0
        rows = answer["results"]
        assert len({row[key] for row in rows}) == number
        assert sum(row["captures"] for row in rows) == 96
        assert sum(row["captures"] for row in rows if row["taxon"] != "-") == 24, "every fourth"
        assert sum({row[key]: row["images"] for row in rows}.values()) == 2 * 48 * DAYS
    answer = session.get(f"{server.url}/api/activity/nights/?rank=x", timeout=30)
    assert answer.status_code == 400 and "rank" in answer.json()["detail"]
