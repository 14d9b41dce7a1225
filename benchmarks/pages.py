"""Time of the desk's pages over the largest tables that are planned for, median of 20, on MariaDB."""

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import requests

from benchmarks.filling import BLOCK, DEVICES, INTERVAL, START, fill
from sticky_pi_api.core.chunks import chunker
from sticky_pi_api.core.formats import format_datetime
from tests.services import mariadb
from tests.services.server import ADMIN, Server

ROUNDS, TARGET = 20, 300  # milliseconds
N_BLOCKS, SERIES_PER_DEVICE = 10, 10
_VERSIONS = [f"{1_600_000_000 + number}-{number:032x}" for number in range(2)]
_CREATED = "'2022-01-01 00:00:00', '1.0.0', 'benchmark'"
_DEVICE = DEVICES[50]
_FIRST = int(START.replace(tzinfo=UTC).timestamp())
_ALL = f"start={_FIRST}&end={_FIRST + N_BLOCKS * BLOCK * INTERVAL.seconds}"
_PAGES = {
    "fleet, home": "/admin/",
    "device": f"/admin/desk/devices/{_DEVICE}/",
    "readings of a device, all": f"/admin/desk/devices/{_DEVICE}/readings?{_ALL}",
    "insects of a device, all": f"/admin/desk/devices/{_DEVICE}/insects?{_ALL}",
    "image": "/admin/desk/images/500000/",
    "gallery": "/admin/desk/tuboids/",
    "gallery, unlabelled": "/admin/desk/tuboids/?status=unlabelled",
    "gallery, labels disagree": "/admin/desk/tuboids/?status=disputed",
    "tuboid": "/admin/desk/tuboids/50000/",
    "label": "/admin/desk/label/",
    "catch, last 60 nights": "/admin/desk/catch/",
    "catch, all nights": f"/admin/desk/catch/?start={START:%Y-%m-%d}",
    "catch, all nights of a trap": f"/admin/desk/catch/?start={START:%Y-%m-%d}&device={_DEVICE}",
    "activity, last 60 nights": "/admin/desk/activity/",
    "activity by the sun, 60 nights": "/admin/desk/activity/?clock=sun",
    "activity, all nights": f"/admin/desk/activity/?start={START:%Y-%m-%d}",
    "classifier": "/admin/desk/classifier/",
    "detector": "/admin/desk/detector/",
    "taxonomy": "/admin/desk/taxonomy/",
    "list of images": "/admin/images/image/",
    "list of images of devices": "/admin/images/image/?q=5%25",
    "list of annotations": "/admin/annotations/uidannotation/",
    "list of tuboid series": "/admin/tuboids/tuboidseries/",
    "list of tuboids": "/admin/tuboids/tiledtuboid/",
    "list of labels": "/admin/labels/itclabel/",
    "list of users": "/admin/accounts/user/",
    "profile": "/admin/profile/",
    "resource: images": "/api/images/?format=json",
    "resource: devices": "/api/devices/?format=json",
}


def main() -> None:
    """Measures, and prints a line a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuboids", type=int, default=100_000, help="how many, in steps of 1,000")
    tuboids_per_series = parser.parse_args().tuboids // (len(DEVICES) * SERIES_PER_DEVICE)
    if reason := mariadb.missing():
        print(reason)
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        mariadb.MariaDB() as running,
        Server(Path(folder) / "data", running.create_database("pages")) as server,
    ):
        with contextlib.closing(mariadb.connect(server.environment)) as connection:
            _fill(connection, tuboids_per_series)
        server.manage("rebuild_label_summaries", timeout=1800)
        print(server.manage("rebuild_counts", timeout=900).stdout.strip())
        with _signed_in(server) as session:
            for name, path in _PAGES.items():
                _report(name, session, server.url + path)


def _report(name: str, session: requests.Session, url: str) -> None:
    measured = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        answer = session.get(url, timeout=60)
        measured.append((time.perf_counter() - start) * 1e3)
        answer.raise_for_status()
    median = statistics.median(measured[1:])
    print(f"  {name:28} {median:6.0f} ms{'' if median <= TARGET else f'  (target: at most {TARGET})'}", flush=True)


@contextlib.contextmanager
def _signed_in(server: Server) -> Iterator[requests.Session]:
    with requests.Session() as session:
        address = f"{server.url}/admin/login/"
        session.get(address, timeout=60)
        form = {"username": ADMIN[0], "password": ADMIN[1], "csrfmiddlewaretoken": session.cookies["csrftoken"]}
        session.post(address, data=form, timeout=60).raise_for_status()
        yield session


def _fill(connection: Any, tuboids_per_series: int) -> None:
    """1,000,000 images; 500,000 annotations; 1,000 series of tuboids, labelled twice, some of them differently."""
    fill(connection, "%s", N_BLOCKS)
    cursor = connection.cursor()
    for number, version in enumerate(_VERSIONS):
        cursor.execute(
            "INSERT INTO uid_annotations "
            "(parent_image_id, algo_name, algo_version, n_objects, json, datetime_created, api_version, api_user) "
            f"SELECT id, 'detector', '{version}', id % 60, '{{}}', {_CREATED} FROM images "
            f"WHERE id DIV {len(DEVICES)} % 4 = {number}"
        )
    for rows in chunker(_series(), 1000):
        cursor.executemany(
            "INSERT INTO tuboid_series (id, device, start_datetime, end_datetime, n_images, n_tuboids, algo_name, "
            f"algo_version, datetime_created, api_version, api_user) VALUES (%s, %s, %s, %s, 1000, 1000, 'matcher', "
            f"'{_VERSIONS[0]}', {_CREATED})",
            rows,
        )
    for rows in chunker(_tuboids(tuboids_per_series), 1000):
        cursor.executemany(
            "INSERT INTO tiled_tuboids (id, parent_series_id, tuboid_id, id_in_series, start_datetime, end_datetime, "
            f"n_shots, datetime_created, api_version, api_user) VALUES (%s, %s, %s, %s, %s, %s, 10, {_CREATED})",
            rows,
        )
    for number, version in enumerate(_VERSIONS):
        cursor.execute(
            "INSERT INTO itc_labels (parent_tuboid_id, algo_name, algo_version, label, pattern, type, `order`, family, "
            "datetime_created, api_version, api_user) SELECT id, "
            f"'classifier', '{version}', 1, '^Insecta.*$', 'Insecta', CONCAT('Order', id % {5 + number}), "
            f"CONCAT('Family', id % {20 + number}), {_CREATED} FROM tiled_tuboids WHERE id % 10 > {number}"
        )
    connection.commit()


def _series() -> Iterator[tuple[Any, ...]]:
    span = BLOCK * INTERVAL
    for number in range(len(DEVICES) * SERIES_PER_DEVICE):
        device, rank = DEVICES[number // SERIES_PER_DEVICE], number % SERIES_PER_DEVICE
        yield number + 1, device, START + rank * span, START + (rank + 1) * span


def _tuboids(per_series: int) -> Iterator[tuple[Any, ...]]:
    identity = 0
    for series, device, start, end in _series():
        name = f"{device}.{format_datetime(start)}.{format_datetime(end)}.{_VERSIONS[0]}"
        for number in range(per_series):
            identity += 1
            first = start + number * INTERVAL
            yield identity, series, f"{name}.{number:04d}", number, first, first + timedelta(hours=3)


if __name__ == "__main__":
    main()
