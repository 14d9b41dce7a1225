"""A copy that is killed goes on where it was: nothing is sent or fetched twice, and the end is the same to the byte."""

from pathlib import Path

import pytest

from sticky_pi_api.client import LocalClient
from tests.client.samples import EVERYTHING
from tests.copy.interrupted import (
    N_THREADS,
    copy_killed,
    environment,
    fill_folder,
    logging_requests,
    requests_of,
    tree,
)
from tests.services.server import Server

N, KILLS = 600, 3


@pytest.mark.slow
def test_there_and_back(tmp_path: Path) -> None:
    first, second, access = tmp_path / "first", tmp_path / "second", tmp_path / "access.log"
    fill_folder(first, N, (320, 240))
    with Server(tmp_path / "data", logging_requests(access)) as server:
        command = (environment(server, tmp_path / "cache"), tmp_path / "copy.log")

        def n_rows() -> int:
            return int(server.select("SELECT count(*) FROM images")[0][0])

        assert copy_killed(str(first), server.url, *command, n_rows, N, KILLS) == 0
        assert requests_of(access, "POST", "/_put_new_images") == {"/_put_new_images": N}

        def n_files() -> int:
            return sum(1 for _ in second.rglob("*.jpg"))

        assert copy_killed(server.url, str(second), *command, n_files, N, KILLS) == 0
    fetched = requests_of(access, "GET", "/files/raw_images/")
    assert len(fetched) == 3 * N, "each image and its thumbnails"
    again = fetched.total() - len(fetched)
    assert again <= KILLS * N_THREADS, "what was on its way when a kill came"
    assert tree(second) == tree(first)
    with LocalClient(first) as one, LocalClient(second) as other:
        rows = [
            [(row["device"], row["datetime"], row["md5"]) for row in each.get_image_series(EVERYTHING)]
            for each in (one, other)
        ]
    assert rows[0] == rows[1] and len(rows[0]) == N
