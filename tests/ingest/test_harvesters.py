"""A hundred traps with keys on a bad link: each image is in once, and nothing comes by a key that was revoked."""

import hashlib
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from sticky_pi_api.core.formats import image_name, parse_image_name
from tests.client.samples import START, jpeg
from tests.contract.backends import remote_client
from tests.services.proxy import Proxy
from tests.services.server import ADMIN, Server, backends

pytestmark = [pytest.mark.slow, backends("sqlite-disk", "mariadb-s3")]
N_TRAPS, N_IMAGES, AT_ONCE, N_REVOKED = 100, 4, 16, 10


@dataclass
class Trap:
    """A trap, its pictures by name, its key, and what it was told."""

    device: str
    files: dict[str, bytes]
    key: dict[str, Any]
    acknowledged: set[str] = field(default_factory=set)
    is_shut_out: bool = False
    revoked: float = float("inf")  # when the revocation was answered
    late: list[str] = field(default_factory=list)  # acknowledged, though asked for after that


@pytest.fixture
def traps(server: Server) -> list[Trap]:
    return [_trap(server, number) for number in range(N_TRAPS)]


@pytest.fixture
def link(server: Server) -> Iterator[Proxy]:
    with Proxy(server.port) as proxy, proxy.lossy(dropped=0.2, truncated=0.05):
        yield proxy


def _trap(server: Server, number: int) -> Trap:
    device = f"5c17{number:04x}"
    names = [image_name(device, START + shot * timedelta(minutes=20)) for shot in range(N_IMAGES)]
    files = {name: jpeg(colour=f"#{hashlib.md5(name.encode()).hexdigest()[:6]}") for name in names}
    new = {"name": f"trap {number}", "devices": device}
    answer = requests.post(f"{server.url}/api/keys/", json=new, auth=ADMIN, timeout=60)
    return Trap(device, files, answer.json())


def ask(link: Proxy, trap: Trap, path: str, **body: Any) -> requests.Response | None:
    """The answer; None where the link has lost it."""
    headers = {"Authorization": f"Bearer {trap.key['key']}", "Connection": "close"}
    try:
        answer = requests.post(f"http://127.0.0.1:{link.port}{path}", headers=headers, timeout=60, **body)
    except requests.RequestException:
        return None
    trap.is_shut_out |= answer.status_code == 401
    return answer


def send_all(link: Proxy, trap: Trap) -> None:
    """What a harvester does: asks what is missing, uploads that, some of it twice, until all is there."""
    rng = random.Random(trap.device)
    wanted = [{"name": name, "md5": hashlib.md5(data).hexdigest()} for name, data in trap.files.items()]
    deadline = time.monotonic() + 240
    while not trap.is_shut_out and time.monotonic() < deadline:
        say_how_it_is(link, trap, rng)
        answer = ask(link, trap, "/api/images/missing/", json=wanted)
        if answer is None or answer.status_code != 200:
            continue
        absent = answer.json()["absent"]
        assert answer.json()["different"] == []
        if not absent and rng.random() < 0.5:
            return
        for name in absent or rng.sample(sorted(trap.files), 1):  # or a duplicate
            upload(link, trap, name)


def upload(link: Proxy, trap: Trap, name: str) -> None:
    began = time.monotonic()
    answer = ask(link, trap, "/api/images/", files={"file": (name, trap.files[name], "image/jpeg")})
    if answer is not None and answer.status_code in (200, 201):
        trap.acknowledged.add(name)
        if began > trap.revoked:
            trap.late.append(name)


def say_how_it_is(link: Proxy, trap: Trap, rng: random.Random) -> None:
    """Some clocks are off by an hour."""
    off = timedelta(hours=1) if rng.random() < 0.1 else timedelta()
    clock = (datetime.now(UTC) + off).strftime("%Y-%m-%dT%H:%M:%SZ")
    ask(link, trap, f"/api/devices/{trap.device}/status/", json={"battery": 80, "clock": clock})


def revoke_some(server: Server, traps: list[Trap], begun: threading.Event) -> list[Trap]:
    begun.wait(60)
    revoked = random.Random(3).sample(traps, N_REVOKED)
    for trap in revoked:
        path = f"{server.url}/api/keys/{trap.key['id']}/revoke/"
        requests.post(path, json={}, auth=ADMIN, timeout=60).raise_for_status()
        trap.revoked = time.monotonic()
    return revoked


def test_each_image_is_in_once(server: Server, traps: list[Trap], link: Proxy, tmp_path: Path) -> None:
    begun = threading.Event()
    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        revoking = pool.submit(revoke_some, server, traps, begun)
        sending = [pool.submit(send_all, link, trap) for trap in traps]
        while not any(trap.acknowledged for trap in traps) and not all(each.done() for each in sending):
            time.sleep(0.01)
        begun.set()
        for each in sending:
            each.result()
        revoked = {trap.device for trap in revoking.result()}

    with remote_client(server, tmp_path / "client") as client:
        rows = client.get_image_series(
            [{"device": "%", "start_datetime": "2000-01-01", "end_datetime": "2100-01-01"}], "image"
        )
        stored = [image_name(row["device"], row["datetime"]) for row in rows]
        client.download_images(rows, tmp_path / "stored")
    assert len(set(stored)) == len(stored)
    for trap in traps:
        ours = {name for name in stored if parse_image_name(name)[0] == trap.device}
        assert trap.acknowledged <= ours and not trap.late
        assert ours == set(trap.files) or trap.device in revoked, trap
    sent = {name: data for trap in traps for name, data in trap.files.items()}
    kept = {path.name: path.read_bytes() for path in (tmp_path / "stored").rglob("*.jpg")}
    assert kept == {name: sent[name] for name in stored}, "byte for byte"
    assert len(server.files()) == 3 * len(stored)
    assert all(trap.is_shut_out or set(trap.files) <= set(stored) for trap in traps)
    assert "Traceback" not in server.recent_log()
