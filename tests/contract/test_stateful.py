"""One behaviour: random sequences of calls get equal answers and equal errors from a folder, from two servers, and from
a third in a script's process.

`STATEFUL_RUNS=500 pytest tests/contract/test_stateful.py` makes that many, others each time, and shrinks what fails.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from sticky_pi_api.client import LocalClient
from tests.client import samples
from tests.contract import arguments as some
from tests.contract.backends import Backend, InProcessBackend, LocalBackend, RemoteBackend, remote_client
from tests.contract.fixtures import SHOT, TUBOID_OF_LONGER_SERIES, write_fixtures
from tests.contract.in_process import InProcess
from tests.contract.lockstep import Call, Recorder
from tests.services.server import ADMIN, Server

RUNS = int(os.environ.get("STATEFUL_RUNS", 0))
SETTINGS = settings(
    max_examples=RUNS or 12,
    stateful_step_count=25,
    deadline=None,
    derandomize=not RUNS,
    database=None,
    phases=[Phase.generate, Phase.shrink] if RUNS else [Phase.generate],  # to shrink may take minutes
    suppress_health_check=list(HealthCheck),
)
_FUTURE = 2_000_000_000  # unix seconds: newer than any file in any backend
_clock = count(_FUTURE)
ADMINISTRATOR = {"username": ADMIN[0]}


class OneBehaviour(RuleBasedStateMachine):
    """The same calls to all backends."""

    def __init__(self, backends: list[Backend], fixtures: Path) -> None:
        super().__init__()
        self._recorders = [Recorder(backend) for backend in backends]
        self._fixtures = fixtures
        self._agree = True

    def same(self, call: Call) -> None:
        first, *others = [recorder.answer(call) for recorder in self._recorders]
        self._agree = all(other == first for other in others)
        for recorder, other in zip(self._recorders[1:], others, strict=True):
            assert other == first, f"{recorder.backend} and the folder"

    def ask(self, operation: str, *arguments: Any) -> None:
        self.same(lambda backend: getattr(backend.client, operation)(*arguments))

    def ask_numbered(self, operation: str, info: list[dict[str, Any]]) -> None:
        """As the administrator: projects are made in their name."""
        backends = {id(recorder.backend): recorder for recorder in self._recorders}
        self.same(
            lambda backend: getattr(backend.client, operation)(
                backends[id(backend)].numbered(info), client_info=ADMINISTRATOR
            )
        )

    def teardown(self) -> None:
        if self._agree:
            self.ask("get_project_permissions")
            self.ask_numbered("get_project_series", [{"project_id": number} for number in range(2)])
            self.ask("get_images_with_uid_annotations_series", samples.EVERYTHING, "image", "data")
            self.ask("get_tiled_tuboid_series_itc_labels", samples.EVERYTHING, "data")
            for view in (Recorder.series, Recorder.contents):
                first, *others = [view(recorder) for recorder in self._recorders]
                assert all(other == first for other in others)

    @initialize(names=some.good_images, tuboids=some.good_tuboids)
    def begin(self, names: list[str], tuboids: list[str]) -> None:
        self.put_projects([{"name": "Vines"}, {"name": "Été", "description": "Hedge"}])
        columns = {"bait": "TEXT", "n": "INTEGER", "seen": "DATETIME"}
        self.put_project_columns(
            [{"project_id": 0, "column_name": name, "column_SQL_type": kind} for name, kind in columns.items()]
        )
        self.put_images(names, "put_images")
        self.put_tuboids(tuboids, "matcher", 3, "put_tiled_tuboids")

    @rule(names=some.images, operation=st.sampled_from(("put_images", "put_images", "_put_new_images")))
    def put_images(self, names: list[str], operation: str) -> None:
        self.ask(operation, [self._fixtures / "images" / name for name in names])

    @rule(info=some.image_info, what=some.image_whats)
    def get_images(self, info: Any, what: str) -> None:
        self.ask("get_images", info, what)

    @rule(info=some.series_info, what=some.image_whats)
    def get_image_series(self, info: Any, what: str) -> None:
        self.ask("get_image_series", info, what)

    @rule(info=some.image_info)
    def delete_images(self, info: Any) -> None:
        self.ask("delete_images", info)

    @rule(info=some.annotations)
    def put_annotations(self, info: Any) -> None:
        self.ask("put_uid_annotations", info)

    @rule(info=some.image_info, what=some.data_whats)
    def get_annotations(self, info: Any, what: str) -> None:
        self.ask("get_uid_annotations", info, what)

    @rule(info=some.series_info, what=some.data_whats)
    def get_annotation_series(self, info: Any, what: str) -> None:
        self.ask("get_uid_annotations_series", info, what)
        self.ask("get_images_with_uid_annotations_series", info, "metadata", what)

    @rule(
        names=some.tuboids,
        algo_name=st.sampled_from(("matcher", "human:ann")),
        n_tuboids=st.sampled_from((3, 2)),
        operation=st.sampled_from(("put_tiled_tuboids", "_put_tiled_tuboids")),
    )
    def put_tuboids(self, names: list[str], algo_name: str, n_tuboids: int, operation: str) -> None:
        info = samples.series_info(algo_name=algo_name, n_tuboids=n_tuboids)
        self._put_tuboids(operation, names, info)

    @rule()
    def put_tuboid_of_longer_series(self) -> None:
        info = samples.series_info(start_datetime=samples.START - SHOT)
        self._put_tuboids("put_tiled_tuboids", [TUBOID_OF_LONGER_SERIES], info)

    def _put_tuboids(self, operation: str, names: list[str], info: dict[str, Any]) -> None:
        folders = [self._fixtures / "tuboids" / name for name in names]
        if operation == "put_tiled_tuboids":
            self.ask(operation, folders, info)
        else:
            self.ask(operation, [{**_files(folder), "series_info": info} for folder in folders])

    @rule(info=some.series_info, what=st.sampled_from(("metadata", "data", "json")))
    def get_tuboid_series(self, info: Any, what: str) -> None:
        self.ask("get_tiled_tuboid_series", info, what)
        self.ask("get_tiled_tuboid_series_itc_labels", info, what)

    @rule(info=some.series_info)
    def delete_tuboids(self, info: Any) -> None:
        self.ask("delete_tiled_tuboids", info)

    @rule(info=some.labels)
    def put_labels(self, info: Any) -> None:
        self.ask("put_itc_labels", info)

    @rule(info=some.label_info)
    def get_labels(self, info: Any) -> None:
        self.ask("_get_itc_labels", info)

    @rule(info=some.work_info, what=some.image_whats)
    def get_images_to_annotate(self, info: Any, what: str) -> None:
        self.ask("get_images_to_annotate", info, what)

    @rule(info=some.new_projects)
    def put_projects(self, info: Any) -> None:
        self.ask_numbered("put_projects", info)

    @rule(info=some.project_info, operation=st.sampled_from(("get_projects", "get_projects", "delete_projects")))
    def ask_projects(self, info: Any, operation: str) -> None:
        self.ask_numbered(operation, info)

    @rule(info=some.columns)
    def put_project_columns(self, info: Any) -> None:
        self.ask_numbered("put_project_columns", info)

    @rule(info=some.deployments)
    def put_project_series(self, info: Any) -> None:
        self.ask_numbered("put_project_series", info)

    @rule(columns=some.named_columns, rows=some.named_deployments, gone=st.booleans())
    def delete_of_projects(self, columns: Any, rows: Any, gone: bool) -> None:
        self.ask_numbered("delete_project_series", rows)
        if gone:
            self.ask_numbered("delete_project_columns", columns)

    @rule(name=some.bundles, state=st.sampled_from(("one", "two", "old")), what=some.bundle_whats)
    def put_bundle(self, name: str, state: str, what: str) -> None:
        folder = self._fixtures / "bundles" / state
        for path in folder.rglob("*.*"):
            os.utime(path, (1, 1) if state == "old" else (next(_clock),) * 2)
        self.ask("put_ml_bundle_dir", name, folder, what)

    @rule(name=some.bundles, what=some.bundle_whats)
    def get_bundle(self, name: str, what: str) -> None:
        self.ask("_get_ml_bundle_file_list", name, what)


def _files(folder: Path) -> dict[str, Any]:
    files = {"metadata": "metadata.txt", "tuboid": "tuboid.jpg", "context": "context.jpg"}
    return {"tuboid_id": folder.name, **{name: folder / file for name, file in files.items()}}


@pytest.fixture
def backends(server_of: Callable[[str], Server], tmp_path: Path) -> Iterator[Callable[[], list[Backend]]]:
    """Makes a folder and three servers, all empty. One thread each: of tuboids for a last place, the first gets it."""
    with ExitStack() as stack:
        servers = [server_of(kind) for kind in ("sqlite-disk", "mariadb-s3", "mariadb-disk")]
        remotes = [
            RemoteBackend(
                stack.enter_context(remote_client(server, tmp_path / f"client-{number}", n_threads=1)), server
            )
            for number, server in enumerate(servers[:2])
        ]
        script = stack.enter_context(InProcess(servers[2], tmp_path / "in-process", n_threads=1))
        remotes.append(InProcessBackend(script, servers[2]))
        folders = (tmp_path / f"local-{number}" for number in count())

        def empty() -> list[Backend]:
            for server in servers:
                server.reset()
            folder = next(folders)
            local = LocalClient(folder, n_threads=1)
            local.put_users([{"username": ADMIN[0], "password": ADMIN[1], "is_admin": True}])
            return [LocalBackend(local, folder), *remotes]

        yield empty


@pytest.mark.slow
def test_one_behaviour(backends: Callable[[], list[Backend]], tmp_path: Path) -> None:
    write_fixtures(tmp_path)
    run_state_machine_as_test(lambda: OneBehaviour(backends(), tmp_path), settings=SETTINGS)
