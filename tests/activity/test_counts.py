"""Counts stay in step with what they count, in whatever order it comes and goes, and by many at once."""

import json
import random
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import requests

from tests.client.samples import jpeg
from tests.services.server import ADMIN, Server, backends
from tests.wire import test_wire_tuboids as wire

pytestmark = backends("sqlite-disk", "mariadb-disk")

START = datetime(2020, 7, 8, 22)
DEVICES = ("08038ade", "5c173ff2")
SOURCES = ("itc", "other", "human:mary", "human:joe")
TAXA = (("Insecta", "Diptera"), ("Insecta", "Lepidoptera"), ("Background", None))
VERSIONS = [f"{1_600_000_000 + number}-{number:032x}" for number in range(3)]
HOURS = [f"h{hour:02d}" for hour in range(24)]


def moment(rng: random.Random) -> str:
    return f"{START + rng.randrange(15) * timedelta(minutes=20):%Y-%m-%d_%H-%M-%S}"


class Writer:
    """Somebody who stores and deletes at random."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server, self.rng = server, random.Random(seed)

    def run(self, n_steps: int) -> list[int]:
        steps = [self.put_image] * 4 + [self.delete_images] + [self.put_tuboid] * 3 + [self.put_labels] * 4
        return [self.rng.choice([*steps, self.delete_series])() for _ in range(n_steps)]

    def put_image(self) -> int:
        name = f"{self.rng.choice(DEVICES)}.{moment(self.rng)}.jpg"
        url, file = f"{self.server.url}/_put_new_images", (name, jpeg(comment=name))
        return requests.post(url, files={name: file}, auth=ADMIN, timeout=30).status_code

    def delete_images(self) -> int:
        asked = [{"device": self.rng.choice(DEVICES), "datetime": moment(self.rng)} for _ in range(4)]
        return wire.post(self.server, "/delete_images", asked).status_code

    def put_tuboid(self) -> int:
        device, number, start = self.rng.choice(DEVICES), self.rng.randrange(20), moment(self.rng)
        metadata = f"{device}.{start},10.0,20.0,1.0\n{device}.2020-07-09_04-00-00,10.0,20.0,1.0"
        info = json.dumps({**wire.SERIES_INFO, "device": device, "n_tuboids": 20})
        tuboid_id = json.dumps(f"{self.series(device)}.{number:04d}")
        return wire.put(self.server, tuboid_id=tuboid_id, series_info=info, metadata=metadata).status_code

    def put_labels(self) -> int:
        ids = [f"{self.series(self.rng.choice(DEVICES))}.{self.rng.randrange(20):04d}" for _ in range(3)]
        kind, order = self.rng.choice(TAXA)
        source = {"algo_name": self.rng.choice(SOURCES), "algo_version": self.rng.choice(VERSIONS)}
        said = {"label": 3, "pattern": "^.*$", "type": kind, "order": order, **source}
        return wire.post(self.server, "/put_itc_labels", [{**said, "tuboid_id": each} for each in {*ids}]).status_code

    def delete_series(self) -> int:
        asked = [{"device": self.rng.choice(DEVICES), "start_datetime": "2020-07-01", "end_datetime": "2020-08-01"}]
        return wire.post(self.server, "/delete_tiled_tuboids", asked).status_code

    def series(self, device: str) -> str:
        return f"{device}.{wire.START}.{wire.END}.{wire.VERSION}"


def hours(server: Server, table: str, where: str) -> Counter[tuple[str, int]]:
    """(device, hours since the day of `START`): the numbers of a table of counts."""
    rows = server.select(f"SELECT device, day, {', '.join(HOURS)} FROM {table} WHERE {where}")
    days = [(datetime.fromisoformat(str(day)) - START.replace(hour=0)).days for _, day, *_ in rows]
    found: Counter[tuple[str, int]] = Counter()
    for day, (device, _, *numbers) in zip(days, rows, strict=True):
        found.update({(device, 24 * day + hour): number for hour, number in enumerate(numbers) if number})
    return found


def captures(server: Server, where: str, source: str = "= 0") -> Counter[tuple[str, int]]:
    """Numbers of captures, labelled by people or not."""
    return hours(server, "capture_counts", f"source_id {source} AND {where}")


def hour_of(row: dict[str, str], column: str) -> int:
    return int((datetime.strptime(row[column], "%Y-%m-%d_%H-%M-%S") - START.replace(hour=0)) / timedelta(hours=1))


@pytest.mark.parametrize("seed", range(3))
def test_many_write_at_once(server: Server, seed: int) -> None:
    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(Writer(server, 10 * seed + number).run, 25) for number in range(6)]
    statuses = Counter(status for each in done for status in each.result())
    assert statuses.keys() <= {200, 400, 409, 503} and statuses[200] > 50 and statuses[503] < 5, statuses
    assert "are right" in server.manage("rebuild_counts", "--check").stdout

    whole = [{"device": "%", "start_datetime": "2020-07-01", "end_datetime": "2020-08-01"}]
    images = wire.post(server, "/get_image_series", whole).json()
    assert hours(server, "image_counts", "1 = 1") == Counter(
        (row["device"], hour_of(row, "datetime")) for row in images
    )
    tuboids = wire.post(server, "/get_tiled_tuboid_series", whole).json()
    caught = Counter((row["tuboid_id"][:8], hour_of(row, "start_datetime")) for row in tuboids)
    assert captures(server, "device <> ''") == caught
    assert captures(server, "device = ''").total() == len(tuboids)
    algorithms = "SELECT id FROM label_sources WHERE name = 'itc'"
    itc = [row for row in wire.post(server, "/_get_itc_labels", tuboids).json() if row["algo_name"] == "itc"]
    of_version = Counter((row["tuboid_id"], row["algo_version"]) for row in itc)
    assert captures(server, "device = ''", f"IN ({algorithms})").total() == len(of_version)


def test_wrong_counts_are_found_and_counted_anew(server: Server) -> None:
    Writer(server, 1).run(40)
    before = [server.select(f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("image_counts", "capture_counts")]
    assert all(before)
    for damage in (
        "UPDATE image_counts SET h03 = h03 + 1",
        "DELETE FROM capture_counts",
        f"INSERT INTO image_counts (device, day, {', '.join(HOURS)}) VALUES ('0', '2020-01-01', {', '.join('1' * 24)})",
    ):
        server.execute(damage)
        with pytest.raises(subprocess.CalledProcessError) as failed:
            server.manage("rebuild_counts", "--check")
        assert "are wrong" in failed.value.stderr
        server.manage("rebuild_counts")
        assert "are right" in server.manage("rebuild_counts", "--check").stdout
