"""Pictures, sheets and films of a client's images."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from sticky_pi_api import analysis as a
from sticky_pi_api.client import LocalClient
from tests.analysis.season import START, Season, upload

INFO = [{"device": "5c173ff2", "start_datetime": START, "end_datetime": "2020-06-25 10:00:00"}]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> LocalClient:
    folder = tmp_path_factory.mktemp("pictures")
    client = LocalClient(folder / "client")
    upload(client, Season(), folder / "files")
    return client


def test_an_image_with_its_detections(client: LocalClient) -> None:
    row = client.get_images_with_uid_annotations_series(INFO, "image", "data")[0]
    plain, drawn = a.show({**row, "json": None}, client, width=256), a.show(row, client, width=256)
    assert plain.size == drawn.size == (256, 192)
    assert np.any(np.asarray(plain) != np.asarray(drawn)) and len(plain.getcolors()) == 1
    assert a.show(client.get_image_series(INFO, "image")[0], client).size == (64, 48)
    annotations = client.get_uid_annotations_series(INFO, "data")
    again = a.show(client.get_image_series(INFO, "image")[0], client, annotations=annotations, width=256)
    assert np.array_equal(np.asarray(again), np.asarray(drawn))
    with pytest.raises(ValueError, match="ask for images with what='image'"):
        a.show(client.get_image_series(INFO)[0], client)


def test_a_film_has_a_frame_an_image(client: LocalClient, tmp_path: Path) -> None:
    rows = client.get_images_with_uid_annotations_series(INFO, "thumbnail", "data")
    path = a.film(rows[::-1], tmp_path / "out.mp4", client=client, fps=5, width=321)
    n_frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
    assert n_frames == len(rows) == 24 and seconds == pytest.approx(24 / 5, abs=0.3)
    reader = imageio_ffmpeg.read_frames(str(path))
    assert next(reader)["size"] == (320, 240) and len(set(next(reader))) > 5
    assert [each.name for each in tmp_path.iterdir()] == ["out.mp4"]
    codec = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-i", path], capture_output=True, text=True, timeout=60)
    assert "h264" in codec.stderr


def test_a_film_that_fails_leaves_nothing(client: LocalClient, tmp_path: Path) -> None:
    rows = client.get_image_series(INFO, "thumbnail")
    with pytest.raises(ValueError, match="a row without file"):
        a.film([*rows[:-1], {**rows[-1], "url": ""}], tmp_path / "out.mp4", client=client)
    with pytest.raises(ValueError, match=r"ends in \.mp4"):
        a.film(rows, tmp_path / "out.gif", client=client)
    with pytest.raises(ValueError, match="there is none, so there is no film"):
        a.film([], tmp_path / "out.mp4", client=client)
    assert not list(tmp_path.iterdir())


def test_contact_sheets(client: LocalClient) -> None:
    info = [{**INFO[0], "end_datetime": "2020-06-30"}]
    caught = a.captures(client.get_tiled_tuboid_series_itc_labels(info, what="data"))
    sheet = a.contact_sheet(caught.head(10), client=client, columns=4, tile=100)
    assert sheet.size == (400, 3 * (96 + 12)) and len(sheet.getcolors(100_000)) > 2
    assert a.contact_sheet(client.get_image_series(INFO, "thumbnail"), client=client).width == 8 * 160
    with pytest.raises(ValueError, match="no column 'colour' for captions"):
        a.contact_sheet(caught, client=client, caption="colour")
    with pytest.raises(ValueError, match="images with 'url'"):
        a.contact_sheet([{"device": "5c173ff2"}], client=client)
