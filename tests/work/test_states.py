"""Whatever workers do in whatever order: no item is two workers', and a folder and a server agree."""

import itertools
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sticky_pi_api.client import LocalClient, RemoteClient
from sticky_pi_api.core.errors import APIError
from sticky_pi_api.core.formats import format_datetime
from sticky_pi_api.core.work import FAILURES, Held, parse_asked
from tests.client.samples import write_image
from tests.services.server import ADMIN, Server

N_IMAGES = 4
VERSIONS = itertools.count(1)
WORKER, ITEM = st.integers(0, 3), st.integers(0, N_IMAGES - 1)
STEPS = st.one_of(
    st.tuples(st.just("take"), WORKER, st.integers(1, N_IMAGES)),
    st.tuples(st.sampled_from(["extend", "give_back", "fail", "put"]), WORKER, ITEM),
    st.tuples(st.just("expire"), WORKER, ITEM),
    st.tuples(st.just("put without a lease"), WORKER, ITEM),
)


@dataclass
class Model:
    """What is to be expected of the items of a version."""

    holder: dict[int, int | None] = field(default_factory=lambda: dict.fromkeys(range(N_IMAGES)))
    expired: set[int] = field(default_factory=set)
    done: set[int] = field(default_factory=set)
    failures: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(N_IMAGES), 0))

    def open(self) -> set[int]:
        held = {item for item, holder in self.holder.items() if holder is not None} - self.expired
        aside = {item for item, number in self.failures.items() if number >= FAILURES}
        return set(range(N_IMAGES)) - held - aside - self.done


class Place:
    """A client, with what each of its workers was given last."""

    def __init__(self, client: Any, expire: Callable[[str, int], None], files: list[Path]) -> None:
        self.client, self._expire = client, expire
        client.put_images(files)
        rows = client.get_image_series([{"device": "%", "start_datetime": "2000-01-01", "end_datetime": "2100-01-01"}])
        self.rows = sorted(rows, key=lambda row: row["id"])
        self.number = {row["id"]: number for number, row in enumerate(self.rows)}

    def begin(self, version: str) -> None:
        self.version, self.tokens = version, dict[tuple[int, int], str]()

    def do(self, step: str, worker: int, argument: int) -> Any:
        if step == "take":
            body = {"algo_name": "uid", "algo_version": self.version, "n": argument}
            lease = self.client._work.take("images", parse_asked(body))
            got = sorted(self.number[row["id"]] for row in lease.items)
            self.tokens |= {(worker, item): lease.token for item in got}
            return got
        if step == "expire":
            return self._expire(self.version, self.rows[argument]["id"])
        if step == "put without a lease":
            return self._put(argument, None)
        token = self.tokens.get((worker, argument), "images-none")
        if step == "put":
            return self._put(argument, token)
        held = Held(token, [self.rows[argument]["id"]], 60, "odd")
        kept = getattr(self.client._work, step)(held)
        return [self.number[pk] for pk in kept] if step == "extend" else None

    def _put(self, item: int, token: str | None) -> str:
        row = self.rows[item]
        key = {"device": row["device"], "datetime": format_datetime(row["datetime"]), "md5": row["md5"]}
        by = {"algo_name": "uid", "algo_version": self.version, **({"lease": token} if token else {})}
        try:
            self.client.put_uid_annotations([{"metadata": {**key, **by}, "annotations": []}])
        except APIError as error:
            return error.code
        return "stored"


@pytest.fixture
def places(server_of: Callable[[str], Server], tmp_path: Path) -> Any:
    server = server_of("sqlite-disk")
    server.reset()
    files = [write_image(tmp_path, number) for number in range(N_IMAGES)]
    statement = (
        "UPDATE image_leases SET ends = '2020-01-01 00:00:00.000000' WHERE state = 'held' AND {item} = {pk} AND {of}"
    )

    def of_server(version: str, pk: int) -> None:
        of = f"task_id IN (SELECT id FROM work_tasks WHERE algo_version = '{version}')"
        server.execute(statement.format(item="image_id", pk=pk, of=of))

    def of_folder(version: str, pk: int) -> None:
        with sqlite3.connect(tmp_path / "folder" / "database.db") as db:
            db.execute(statement.format(item="item_id", pk=pk, of=f"algo_version = '{version}'"))

    with (
        LocalClient(tmp_path / "folder") as folder,
        RemoteClient(tmp_path / "client", "127.0.0.1", *ADMIN, protocol="http", port=server.port) as remote,
    ):
        yield Place(folder, of_folder, files), Place(remote, of_server, files)


def test_no_item_is_two_workers(places: Any) -> None:
    @settings(max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(steps=st.lists(STEPS, min_size=3, max_size=16))
    def run(steps: list[tuple[str, int, int]]) -> None:
        model, version = Model(), str(next(VERSIONS))
        for place in places:
            place.begin(version)
        for step, worker, argument in steps:
            said = [place.do(step, worker, argument) for place in places]
            assert said[0] == said[1], f"{step}: the folder says {said[0]}, the server {said[1]}"
            expect(model, step, worker, argument, said[0])

    run()


def expect(model: Model, step: str, worker: int, argument: int, said: Any) -> None:
    """That this was right, as far as the model knows; and what it knows then."""
    if step == "take":
        assert set(said) <= model.open() and len(said) == min(argument, len(model.open()))
        model.holder |= dict.fromkeys(said, worker)
        model.expired -= set(said)
        return
    is_ours = model.holder[argument] == worker and argument not in model.done
    if step == "expire" and argument not in model.done:
        model.expired.add(argument)
    elif step == "extend":
        assert said == ([argument] if is_ours else [])
        model.expired -= {argument} if is_ours else set()
    elif step.startswith("put"):
        may = argument not in model.done and (is_ours or step != "put")
        assert said == ("stored" if may else "conflict" if argument in model.done else "lease_lost")
        model.done |= {argument} if may else set()
    elif step in ("give_back", "fail") and is_ours:
        model.holder[argument] = None
        model.failures[argument] += step == "fail"
