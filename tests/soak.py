"""A site under attack: while people and traps work, its workers, database and object store are killed, cut, silenced.

`bin/soak [MINUTES]` prints what came of it; `tests/ingest/test_soak.py` is its short form.
"""

import argparse
import contextlib
import hashlib
import itertools
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import requests

from simulation.card import render
from simulation.fleet import Fleet
from sticky_pi_api.core.formats import image_name, parse_image_name
from sticky_pi_api.core.layout import image_key, image_keys
from tests.services.mariadb import MariaDB
from tests.services.nginx import Nginx
from tests.services.object_store import ObjectStore
from tests.services.proxy import Proxy
from tests.services.server import ADMIN, Server

UPLOADERS, READERS, ANNOTATORS, DELETERS = 8, 4, 2, 2
_TIMEOUT = 120  # seconds: none should come near
_START = datetime(2021, 1, 1)
_VERSION = f"1600000000-{'a' * 32}"


class Site:
    """nginx, a server of two workers, MariaDB and Ceph, with a proxy that can fail before each of the two."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> "Site":
        with ExitStack() as stack:
            self.mariadb = stack.enter_context(MariaDB(durable=True))
            self.object_store = stack.enter_context(ObjectStore())
            self.database = stack.enter_context(Proxy(self.mariadb.port))
            self.store = stack.enter_context(Proxy(self.object_store.port))
            settings = {
                **self.mariadb.create_database("soak"),
                **self.object_store.create_bucket("soak"),
                "MYSQL_PORT": str(self.database.port),
                "S3_HOST": f"http://127.0.0.1:{self.store.port}",
                "STICKYPI_HTTPS": "1",
            }
            self.server = stack.enter_context(Server(self._folder / "server", settings))
            proxy = Nginx(self._folder / "nginx", f"127.0.0.1:{self.server.port}", self._folder)
            self.nginx = stack.enter_context(proxy)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def attacks(self, seconds: float) -> Iterator[tuple[str, AbstractContextManager[None]]]:
        """Failures by name, each in its turn, without end; those that last do so as long as the block does."""
        for number in itertools.count():
            part, name = ((self.database, "database"), (self.store, "store"))[number // 2 % 2]
            killed = (self.mariadb if name == "database" else self.object_store).killed
            yield "kill a worker", self._kill_worker()
            yield f"cut the {name}", self._cut(part, seconds)
            yield f"silence the {name}", part.silent()
            yield f"kill the {name}", killed()
            yield f"slow the {name}", part.slow(200_000)
            yield f"refuse the {name}", part.dead()

    @contextlib.contextmanager
    def _kill_worker(self) -> Iterator[None]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(random.choice(self.server.workers()), signal.SIGKILL)
        yield

    @contextlib.contextmanager
    def _cut(self, part: Proxy, seconds: float) -> Iterator[None]:
        done = threading.Event()

        def cut() -> None:
            while not done.wait(seconds / 20):
                part.cut()

        thread = threading.Thread(target=cut)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


class Soak:
    """Who works, and what they have been told."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._url = site.nginx.url
        shots = Fleet(n_devices=8, days=0.1, size=(320, 240)).shots()
        self._pictures = [render(shot) for shot, _ in zip(shots, range(24), strict=False)]
        self._lock = threading.Lock()
        self._done = threading.Event()
        self.stored: dict[str, str] = {}  # name -> md5 of what was acknowledged
        self.deleted: set[str] = set()
        self.annotated: set[str] = set()
        self.answers: Counter[tuple[str, int]] = Counter()
        self.bad: list[str] = []
        self.longest: dict[tuple[str, str], float] = {}  # (kind, attack of the time) -> seconds
        self._attack = "none"

    def run(self, seconds: float, every: float) -> list[str]:
        """Works and attacks for so long. Returns the names of the attacks."""
        self._token = self._login()
        threads = [
            threading.Thread(target=self._work, args=(work, number))
            for work, count in (
                *((self._upload, UPLOADERS), (self._read, READERS)),
                *((self._annotate, ANNOTATORS), (self._delete, DELETERS)),
            )
            for number in range(count)
        ]
        for thread in threads:
            thread.start()
        attacks, end = [], time.monotonic() + seconds
        for name, attack in self._site.attacks(every / 2):
            if time.monotonic() + every > end:
                break
            attacks.append(name)
            self._attack = name
            with attack:
                time.sleep(every / 2)
            time.sleep(every / 2)
        self._done.set()
        for thread in threads:
            thread.join(4 * _TIMEOUT)
        return attacks

    def _login(self) -> str:
        answer = requests.post(f"{self._url}/get_token", auth=ADMIN, verify=self._certificate, timeout=_TIMEOUT)
        return answer.json()["token"]

    @property
    def _certificate(self) -> str:
        return str(self._site.nginx.certificate)

    def _work(self, work: Callable[[requests.Session, int, int], None], number: int) -> None:
        with requests.Session() as session:
            session.verify, session.trust_env = self._certificate, False
            session.headers["Authorization"] = f"Bearer {self._token}"
            for turn in itertools.count():
                if self._done.is_set():
                    return
                work(session, number, turn)

    def _ask(self, session: requests.Session, kind: str, method: str, path: str, **options: Any) -> requests.Response:
        """An answer; where there is none, or 503, the same again a little later, to the end of the soak and beyond."""
        for _ in range(1000):
            start, response, attack = time.monotonic(), None, self._attack
            with contextlib.suppress(requests.RequestException):
                response = session.request(method, self._url + path, timeout=_TIMEOUT, **options)
            self._note(kind, response, time.monotonic() - start, attack)
            if response is not None and response.status_code != 503:
                return response
            time.sleep(random.uniform(0.1, 0.5))
        raise TimeoutError(f"{kind}: no answer but 503")

    def _note(self, kind: str, response: requests.Response | None, seconds: float, attack: str) -> None:
        status = response.status_code if response is not None else 0
        with self._lock:
            self.answers[kind, status] += 1
            self.longest[kind, attack] = max(self.longest.get((kind, attack), 0.0), seconds)
            if status >= 400 and status not in (409, 503):
                self.bad.append(f"{kind}: {status} {response.text[:300]}")  # type: ignore[union-attr]

    def _upload(self, session: requests.Session, number: int, turn: int) -> None:
        name = image_name(f"5c17{number:04x}", _START + turn * timedelta(minutes=20))
        data = random.choice(self._pictures)
        answer = self._ask(session, "upload", "POST", "/_put_new_images", files={name: (name, data, "image/jpeg")})
        if answer.status_code in (200, 409):  # 409: stored by a request whose answer did not come
            with self._lock:
                self.stored[name] = hashlib.md5(data).hexdigest()

    def _read(self, session: requests.Session, number: int, turn: int) -> None:
        info = [{"device": f"5c17{turn % UPLOADERS:04x}", "start_datetime": "2021-01-01", "end_datetime": "2031-01-01"}]
        paths = ("/get_image_series/thumbnail", "/get_uid_annotations_series/data")
        self._ask(session, "series", "POST", paths[turn % 2], json=info)
        self._ask(session, "resource", "GET", ("/api/images/", "/api/devices/", "/admin/login/")[turn % 3])
        self._ask(session, "static file", "GET", "/static/stickypi/icon.svg")

    def _annotate(self, session: requests.Session, number: int, turn: int) -> None:
        if (name := self._choose(0, self.annotated)) is None:
            time.sleep(0.1)
            return
        metadata = {"algo_name": "soak", "algo_version": _VERSION, "device": name[:8], "datetime": name[9:28]}
        info = [{"annotations": [], "metadata": {**metadata, "md5": self.stored.get(name, "")}}]
        answer = self._ask(session, "annotation", "POST", "/put_uid_annotations", json=info)
        if answer.status_code in (200, 409):
            with self._lock:
                self.annotated.add(name)

    def _delete(self, session: requests.Session, number: int, turn: int) -> None:
        time.sleep(0.2)  # less comes than goes
        if (name := self._choose(1, self.deleted)) is None:
            return
        device, moment = parse_image_name(name)
        with self._lock:
            if self.stored.pop(name, None) is None:
                return
        info = [{"device": device, "datetime": str(moment)}]
        if self._ask(session, "deletion", "POST", "/delete_images", json=info).ok:
            with self._lock:
                self.deleted.add(name)

    def _choose(self, parity: int, without: set[str]) -> str | None:
        """An image of every other trap: what one deletes, the other does not annotate."""
        with self._lock:
            recent = list(self.stored)[-200:]
            names = [name for name in recent if int(name[:8], 16) % 2 == parity and name not in without]
        return random.choice(names) if names else None


class Findings:
    """What is left, compared with what was said."""

    def __init__(self, soak: Soak, site: Site) -> None:
        site.server.manage("remove_orphan_files", "--older-than", "0")
        rows = site.server.select("SELECT device, datetime, md5 FROM images")
        of_row = {image_name(device, moment): md5 for device, moment, md5 in rows}
        files = site.server.files()
        owned = {key for name in of_row for key in image_keys(*parse_image_name(name))}
        md5_of = partial(site.object_store.md5, site.server.environment)
        md5s = {name: md5_of(image_key(*parse_image_name(name))) for name in soak.stored}
        self.lost = [name for name, md5 in soak.stored.items() if not of_row.get(name) == md5s[name] == md5]
        annotated = "SELECT device, datetime FROM images JOIN uid_annotations ON parent_image_id = images.id"
        there = {image_name(*row) for row in site.server.select(annotated)}
        self.lost_annotations = [name for name in soak.annotated if name in of_row and name not in there]
        self.undeleted = [name for name in soak.deleted if name in of_row]
        self.without_row, self.without_file = sorted(files - owned), sorted(owned - files)
        self.pending = site.server.select("SELECT * FROM pending_files")
        self.errors = soak.bad
        self.tracebacks = site.server.log.read_text().count("Internal Server Error")
        self.longest = max(soak.longest.values())
        self.longest_static = max(seconds for (kind, _), seconds in soak.longest.items() if kind == "static file")

    def faults(self) -> dict[str, Any]:
        """What must be empty or zero."""
        return {name: value for name, value in vars(self).items() if not name.startswith("longest") and value}


def report(soak: Soak, attacks: list[str], findings: Findings) -> str:
    """What came of it, as a table."""
    lines = [f"{len(attacks)} attacks: " + ", ".join(f"{name} {n}" for name, n in Counter(attacks).items())]
    for kind in sorted({kind for kind, _ in soak.answers}):
        codes = {status or "none": number for (of, status), number in sorted(soak.answers.items()) if of == kind}
        longest, attack = max((seconds, attack) for (of, attack), seconds in soak.longest.items() if of == kind)
        lines.append(f"  {kind:12} {codes}, longest {longest:.1f} s ({attack})")
    told = {"images": soak.stored, "annotations": soak.annotated, "deletions": soak.deleted}
    lines.append("  acknowledged: " + ", ".join(f"{len(names)} {what}" for what, names in told.items()))
    for name, value in vars(findings).items():
        lines.append(f"  {name}: {round(value, 1) if isinstance(value, int | float) else f'{len(value)} {value[:3]}'}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Runs it, and prints a table. Its status is 1 where anything was lost, or answered 500."""
    parser = argparse.ArgumentParser(prog="bin/soak", description=__doc__)
    parser.add_argument("minutes", type=float, nargs="?", default=10.0)
    parser.add_argument("--every", type=float, default=20.0, metavar="SECONDS", help="between attacks")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder)) as site:
        soak = Soak(site)
        attacks = soak.run(arguments.minutes * 60, arguments.every)
        findings = Findings(soak, site)
    sys.stdout.write(report(soak, attacks, findings))
    sys.exit(bool(findings.faults()))


if __name__ == "__main__":
    main()
