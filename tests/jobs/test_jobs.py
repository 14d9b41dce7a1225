"""Jobs: asked for over HTTP, done by workers beside the server, which may be killed, stopped or cancelled meanwhile."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from sticky_pi_api.client import RemoteClient
from sticky_pi_api.core.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from sticky_pi_api.exports import export, export_on_server, open_manifest
from tests.analysis.season import Season, upload
from tests.contract.backends import remote_client
from tests.services import ROOT, Process
from tests.services.mariadb import MariaDB
from tests.services.server import ADMIN, Server, backends

RANGE = {"start": "2020-06-24", "end": "2020-07-01"}
EXPORT: dict[str, Any] = {"kind": "csv", "algorithm": "classifier", **RANGE}
VIEWER = ("viewer", "a long password, 9")


@pytest.fixture
def client(server: Server, tmp_path: Path) -> RemoteClient:
    found = remote_client(server, tmp_path / "client")
    upload(found, Season(), tmp_path / "files")
    return found


@contextmanager
def worker(server: Server) -> Iterator[Process]:
    log = server.data_dir / "worker.log"
    process = Process([sys.executable, ROOT / "manage.py", "run_jobs", "--interval=0.2"], log, server.environment)
    try:
        yield process
    finally:
        process.kill()
        assert "Traceback" not in log.read_text()


def api(server: Server, path: str, who: tuple[str, str] = ADMIN, body: Any = None) -> Any:
    method = "GET" if body is None else "POST"
    return requests.request(method, f"{server.url}/api/jobs/{path}", auth=who, json=body, timeout=30)


def ask(server: Server, **options: Any) -> dict[str, Any]:
    answer = api(server, "", body={"kind": "export", "options": {**EXPORT, **options}})
    assert answer.status_code == 201, answer.text
    return answer.json()


def wait_for(server: Server, job: dict[str, Any], wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while not wanted(found := api(server, f"{job['id']}/").json()):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def ended(job: dict[str, Any]) -> bool:
    return job["status"] in ("done", "failed", "cancelled")


def is_running(job: dict[str, Any]) -> bool:
    assert not ended(job), job
    return job["status"] == "running"


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.2)
    return condition()


def results(server: Server) -> set[str]:
    return {key for key in server.files() if key.startswith("job_results/")}


@pytest.mark.slow
def test_an_export_is_what_a_client_makes(server: Server, client: RemoteClient, tmp_path: Path) -> None:
    asked = {**EXPORT, "kind": "camtrapdp", "images": True, "latitude": 49.2, "longitude": -121.8}
    here = export(client, directory=tmp_path / "here", **asked)
    told: list[tuple[str, int, int]] = []
    with worker(server):
        there = export_on_server(
            client,
            directory=tmp_path / "there",
            progress=lambda *all: told.append(all),
            **asked,
        )
    assert there.query == here.query
    same = [file for file in there.files if file in here.files]
    assert len(same) == 3 + 288 and len(there.files) == len(here.files) == 4 + 288, "but for when it was made"
    [job] = api(server, "").json()["results"]
    assert (job["status"], job["error"], job["n_done"]) == ("done", "", job["n_total"]) and job["n_total"] > 0
    assert job["api_user"] == ADMIN[0] and job["result_bytes"] > 0
    assert len(results(server)) == 1
    assert server.manage("verify", "--deep").returncode == 0
    assert not list((server.data_dir / "jobs").iterdir())


@pytest.mark.slow
@backends("sqlite-disk", "mariadb-s3")
def test_a_result_expires(server: Server, client: RemoteClient) -> None:
    job = ask(server)
    server.manage("run_jobs", "--until-empty")
    done = wait_for(server, job, ended)
    assert done["status"] == "done", done
    assert requests.get(done["url"], timeout=30).ok
    server.execute("UPDATE jobs SET expires = '2020-01-01 00:00:00'")
    with worker(server):
        gone = wait_for(server, job, lambda job: job["url"] is None)
        assert gone["status"] == "done"
        assert eventually(lambda: not results(server))
    assert not server.select("SELECT * FROM pending_files")


@pytest.mark.slow
@backends("sqlite-disk", "mariadb-s3")
def test_a_killed_worker_loses_no_job(server: Server, client: RemoteClient, tmp_path: Path) -> None:
    job = ask(server)
    with worker(server) as killed:
        wait_for(server, job, is_running)
        killed.kill()
    assert api(server, f"{job['id']}/").json()["status"] == "running", "nobody knows yet"
    server.manage("run_jobs", "--until-empty")
    assert api(server, f"{job['id']}/").json()["status"] == "running", "it may still be alive"
    server.execute("UPDATE jobs SET heartbeat = '2020-01-01 00:00:00'")
    server.manage("run_jobs", "--until-empty")
    done = wait_for(server, job, ended)
    assert done["status"] == "done" and len(results(server)) == 1
    assert server.select("SELECT attempt FROM jobs") == [(2,)]
    for _ in range(2):
        server.execute("UPDATE jobs SET status = 'running', attempt = 3, heartbeat = '2020-01-01 00:00:00'")
        server.manage("run_jobs", "--until-empty")
    assert "lost 3 times" in api(server, f"{job['id']}/").json()["error"]


@pytest.mark.slow
@backends("sqlite-disk")
def test_a_stopped_worker_gives_its_job_back(server: Server, client: RemoteClient) -> None:
    job = ask(server)
    with worker(server) as stopped:
        wait_for(server, job, is_running)
        stopped.stop(20)
        assert wait_for(server, job, lambda job: job["status"] == "queued")
    with worker(server):
        assert wait_for(server, job, ended)["status"] == "done"


@pytest.mark.slow
@backends("sqlite-disk", "mariadb-s3")
def test_cancelling(server: Server, client: RemoteClient) -> None:
    running, waiting = ask(server), ask(server)
    with worker(server):
        wait_for(server, running, is_running)
        assert api(server, f"{waiting['id']}/cancel/", body={}).json()["status"] == "cancelled"
        assert api(server, f"{running['id']}/cancel/", body={}).status_code == 200
        assert wait_for(server, running, ended)["status"] == "cancelled"
    assert not results(server)
    again = api(server, f"{running['id']}/cancel/", body={})
    assert again.json()["status"] == "cancelled"
    assert not _export_processes()


def _export_processes() -> list[str]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if b"sticky_pi_api.export_job" in command and str(os.getsid(int(folder.name))) == folder.name:
                found.append(folder.name)
    return found


@backends("sqlite-disk")
def test_who_may_ask_for_what(server: Server, client: RemoteClient, tmp_path: Path) -> None:
    client.put_users([{"username": VIEWER[0], "password": VIEWER[1], "can_write": False}])
    mine = ask(server)
    assert api(server, f"{mine['id']}/", VIEWER).status_code == 404
    assert api(server, f"{mine['id']}/cancel/", VIEWER, {}).status_code == 404
    assert api(server, "", VIEWER).json()["results"] == []
    assert api(server, "", VIEWER, {"kind": "counts"}).status_code == 403
    assert requests.get(f"{server.url}/api/jobs/", timeout=30).status_code == 401
    [project] = client.put_projects([{"name": "secret"}])
    with worker(server), remote_client(server, tmp_path / "viewer", username=VIEWER[0], password=VIEWER[1]) as viewer:
        with pytest.raises(InvalidInput, match="project"):
            export_on_server(viewer, directory=tmp_path / "secret", project=project["id"], **EXPORT)
        assert "itc_labels" in export_on_server(viewer, directory=tmp_path / "open", **EXPORT)
        assert viewer.run_job is not None
        with pytest.raises(PermissionDenied):
            viewer.run_job("lake", {})
        counts = client.run_job("counts", {})
    assert counts["status"] == "done" and "counted anew" in counts["note"]
    with pytest.raises(NotFound):
        client._http.get("/api/jobs/999999/", {})


@backends("sqlite-disk")
def test_bad_input_is_explained_and_nothing_queued(server: Server, client: RemoteClient) -> None:
    for options, wrong in (
        ({"kind": "xls"}, "'xls' is no kind of export"),
        ({"start": "2021-01-01"}, "'start' must be before 'end'"),
        ({"start": None}, "'start' is missing"),
        ({"devices": 5}, "devices is 5: it takes a pattern"),
        ({"people": "yes"}, "people is 'yes'"),
        ({"project": True}, "project is True"),
        ({"algorithm": ["a"]}, "algorithm is"),
        ({"latitude": 91, "longitude": 0}, "latitude is within"),
        ({"latitude": float("nan"), "longitude": 0}, "latitude is within|not JSON|JSON"),
        ({"licence": "mine"}, "licence 'mine' is unknown"),
        ({"contributors": []}, "contributors are missing"),
        ({"title": "x" * 501}, "title is longer than 500"),
        ({"nonsense": 1}, "'nonsense' is no option"),
        ({"algorithm": [None, None]}, "algorithm is"),
        ({"contributors": [""]}, "contributors are missing"),
        ({"contributors": ["x"] * 101}, "at most 100"),
        ({"title": "a\nb"}, "printable"),
        ({"title": "\ud800"}, "not JSON"),
    ):
        with pytest.raises(InvalidInput, match=wrong):
            client.run_job("export", {**EXPORT, **options})
    for body in (
        [],
        {"kind": "rm"},
        {"kind": 5},
        {"kind": "export", "options": []},
        {"kind": "counts", "options": {"a": 1}},
    ):
        assert api(server, "", body=body).status_code == 400, body
    for text in ('["kind"', "[" * 100_000, '{"kind": "export", "options": {"kind": "csv", "title": "\\ud800"}}'):
        sent = requests.post(f"{server.url}/api/jobs/", text, auth=ADMIN, timeout=30)
        assert sent.status_code == 400, "what cannot be written in an answer would break the list of all jobs"
    assert server.select("SELECT * FROM jobs") == []
    for _ in range(5):
        ask(server)
    with pytest.raises(Conflict, match="5 of your jobs"):
        client.run_job("export", EXPORT)


@backends("sqlite-disk")
def test_what_cannot_be_made_says_why(server: Server, client: RemoteClient, tmp_path: Path) -> None:
    """Positions are required for Camtrap DP, and these traps know none."""
    with worker(server), pytest.raises(InvalidInput, match=r"the job is failed: .*latitude"):
        export_on_server(client, directory=tmp_path / "camtrapdp", **{**EXPORT, "kind": "camtrapdp"})
    with pytest.raises(InvalidInput, match=r"no manifest|cannot be read"):
        open_manifest(tmp_path / "camtrapdp")
    assert not results(server)


@pytest.mark.slow
@backends("sqlite-disk", "mariadb-s3")
def test_two_workers_never_do_a_job_twice(server: Server, client: RemoteClient) -> None:
    jobs = [ask(server, devices="5c%") for _ in range(4)]
    with worker(server), worker(server):
        found = [wait_for(server, job, ended) for job in jobs]
    assert {job["status"] for job in found} == {"done"} and len(results(server)) == 4
    assert server.select("SELECT SUM(attempt) FROM jobs") == [(4,)]
    log = (server.data_dir / "worker.log").read_text()
    assert sum(log.count(f"job export {job['id']} begins") for job in jobs) >= 4


@pytest.mark.slow
@backends("sqlite-disk", "mariadb-disk")
def test_a_worker_that_ends_as_it_takes_a_job_loses_none(server: Server, client: RemoteClient) -> None:
    """It had taken the task, and not begun yet."""
    job = ask(server)
    server.execute("UPDATE django_tasks_database_dbtaskresult SET status = 'RUNNING'")
    left = server.data_dir / "jobs" / "99-1"
    left.mkdir(parents=True)
    server.manage("run_jobs", "--until-empty")
    assert api(server, f"{job['id']}/").json()["status"] == "done"
    assert not left.exists()


@pytest.mark.slow
@backends("sqlite-disk")
def test_a_worker_that_was_away_spoils_nothing(server: Server, client: RemoteClient) -> None:
    job = ask(server)
    with worker(server) as away:
        wait_for(server, job, is_running)
        os.kill(away.pid, signal.SIGSTOP)
        server.execute("UPDATE jobs SET heartbeat = '2020-01-01 00:00:00'")
        with worker(server):
            wait_for(server, job, lambda job: job["status"] == "running" and job["started"] is not None)
            assert eventually(lambda: server.select("SELECT attempt FROM jobs") == [(2,)])
            os.kill(away.pid, signal.SIGCONT)
            done = wait_for(server, job, ended)
        assert done["status"] == "done", done
        assert len(requests.get(done["url"], timeout=30).content) == done["result_bytes"]
        assert eventually(lambda: not list((server.data_dir / "jobs").iterdir())) and len(results(server)) == 1


@pytest.mark.slow
@backends("mariadb-disk")
def test_a_database_that_goes_away_is_waited_for(server: Server, client: RemoteClient, mariadb: MariaDB) -> None:
    first = ask(server)
    with worker(server) as waiting:
        wait_for(server, first, is_running)
        with mariadb.away():
            time.sleep(3)
        assert wait_for(server, ask(server), ended)["status"] == "done"
        assert waiting.returncode is None
        server.execute("UPDATE jobs SET heartbeat = '2020-01-01 00:00:00' WHERE status = 'running'")
        assert wait_for(server, first, ended)["status"] == "done"
