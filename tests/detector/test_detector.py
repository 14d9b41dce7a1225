"""The reference detector and matcher, against the truth of simulated cards, and at work on a folder and a server."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from simulation.card import render
from simulation.fleet import Shot
from simulation.season import Season
from simulation.silhouette import outline
from sticky_pi_api.client import BaseClient, LocalClient, RemoteClient
from sticky_pi_api.core.detections import contours, match_contours
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.detector import MATCHER_VERSION, NAME, Parameters, annotate, find_contours, follow
from sticky_pi_api.detector.loop import detect, match
from tests.services.server import ADMIN, Server, backends

START = datetime(2026, 7, 1)
SQUARE = np.array([[0, 0], [40, 0], [40, 40], [0, 40]])


def shots(step: int = 1, days: float = 8) -> Sequence[Shot]:
    season = Season(START, days)
    return list(season.shots(season.devices[0]))[::step]


def truth(shot: Shot) -> list[np.ndarray]:
    return [np.clip(outline(insect), 0, np.array(shot.size) - 1) for insect in shot.insects]


def test_insects_of_simulated_cards_are_found() -> None:
    found, real, detected = 0, 0, 0
    for shot in shots(step=200):
        outlines = [np.array(each, float).reshape(-1, 2) for each in find_contours(render(shot))]
        pairs = list(match_contours(truth(shot), outlines, 0.3))
        found += sum(pair.in_truth and pair.in_found for pair in pairs)
        real, detected = real + len(shot.insects), detected + len(outlines)
    assert real > 100
    assert found / real > 0.75 and found / detected > 0.9, (found, real, detected)


def test_a_small_picture_has_the_same_insects(tmp_path: Path) -> None:
    shot = shots()[400]
    path = tmp_path / shot.name
    path.write_bytes(render(shot))
    whole = annotate(path)
    with Image.open(path) as picture:
        picture.reduce(2).save(path, quality=95)
    half = annotate(path)
    large = [2 * contour for contour in contours(half)]
    pairs = list(match_contours(contours(whole), large, 0.5))
    assert sum(pair.in_truth and pair.in_found for pair in pairs) > 0.8 * len(whole["annotations"])
    assert whole["metadata"]["algo_version"] == half["metadata"]["algo_version"] != Parameters(contrast=0.2).version


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no picture"):
        find_contours(b"\xff\xd8 no")


@given(
    n_insects=st.integers(0, 8),
    n_images=st.integers(3, 12),
    seed=st.integers(0, 2**32 - 1),
    share_missed=st.sampled_from([0.0, 0.2]),
)
def test_insects_that_stay_apart_are_followed(n_insects: int, n_images: int, seed: int, share_missed: float) -> None:
    """Insects that move a little, and are overlooked at times, are a track each, in whatever order."""
    rng = random.Random(seed)
    seen: list[list[int]] = []
    images = []
    for number in range(n_images):
        there = [insect for insect in range(n_insects) if rng.random() >= share_missed]
        rng.shuffle(there)
        squares = [SQUARE + np.array([100 * each, rng.randint(-8, 8)]) for each in there]
        seen.append(there)
        images.append((START + timedelta(minutes=20 * number), squares))
    tracks = follow(images, most_missing=n_images, min_shots=1)
    followed = {int(track.shots[0][1][:, 0].min()) // 100: [moment for moment, _ in track.shots] for track in tracks}
    assert followed == {
        insect: [moment for (moment, _), there in zip(images, seen, strict=True) if insect in there]
        for insect in {each for there in seen for each in there}
    }
    assert len(tracks) == len(followed)


def test_few_shots_and_long_absences_are_no_insect() -> None:
    moments = [START + timedelta(minutes=20 * number) for number in range(12)]
    present = [SQUARE if number in (0, 1, 7, 8, 9, 11) else None for number in range(12)]
    images = [(moment, [] if each is None else [each]) for moment, each in zip(moments, present, strict=True)]
    (track,) = follow(images, most_missing=3, min_shots=3)
    assert [moment for moment, _ in track.shots] == [moments[number] for number in (7, 8, 9, 11)]


def whole_way(client: BaseClient, folder: Path) -> None:
    """Images -> annotations -> tuboids; what is done is not done again."""
    few = shots(days=4)[200:206]
    folder.mkdir()
    for shot in few:
        (folder / shot.name).write_bytes(render(shot))
    client.put_images([str(path) for path in folder.iterdir()])
    span = few[0].device.id, few[0].datetime, few[-1].datetime + timedelta(seconds=1)
    stored = detect(client, *span)
    assert {row["algo_name"] for row in stored} == {NAME} and len(stored) == len(few)
    assert detect(client, *span) == []
    tuboids = match(client, *span)
    real = {insect for shot in few for insect in shot.insects}
    assert 0.7 * len(real) < len(tuboids) < 1.1 * len(real)
    assert {row["n_shots"] for row in tuboids} <= set(range(3, 7))
    series = [{"device": span[0], "start_datetime": span[1], "end_datetime": span[2]}]
    rows = client.get_tiled_tuboid_series(series, what="data")
    assert len(rows) == len(tuboids) and {row["algo_version_series"] for row in rows} == {MATCHER_VERSION}


def test_the_whole_way_in_a_folder(tmp_path: Path) -> None:
    with LocalClient(tmp_path / "folder") as client:
        whole_way(client, tmp_path / "images")


@pytest.mark.slow
@backends("mariadb-s3")
def test_the_whole_way_on_a_server(server: Server, tmp_path: Path) -> None:
    with RemoteClient(tmp_path / "client", "127.0.0.1", *ADMIN, protocol="http", port=server.port) as client:
        whole_way(client, tmp_path / "images")
