import hashlib
import io
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from simulation.card import card, render
from simulation.detections import annotation
from simulation.fleet import Fleet
from simulation.season import FAMILIES, TREATMENTS, Season
from simulation.tuboids import labels, tuboids, write
from sticky_pi_api.core.formats import parse_datetime
from sticky_pi_api.image_parser import ImageParser

VERSION, LATER = "1600000000-" + "a" * 32, "1700000000-" + "b" * 32


@pytest.fixture(scope="module")
def fleet():
    return Fleet(n_devices=6, days=1, seed=5, size=(640, 480))


@pytest.fixture(scope="module")
def shots(fleet):
    return list(fleet.shots())


def parsed(shot):
    file = io.BytesIO(render(shot))
    file.name = shot.name
    return ImageParser(file)


def test_every_trap_writes_what_its_firmware_writes(fleet, shots):
    for device in fleet.devices:
        shot = next(shot for shot in shots if shot.device == device and shot.readings.temp > -300)
        image = parsed(shot)
        assert image.warnings == []
        assert (image["device"], image["datetime"]) == (device.id, shot.datetime)
        assert (image["width"], image["height"]) == (640, 480)
        assert (image["temp"], image["hum"]) == (shot.readings.temp, shot.readings.hum)
        if device.generation == 1:
            assert not {"device_version", "bat", "lum"} & image.keys(), "only what the file has"
            assert image["no_flash_shutter_speed"] == pytest.approx(-np.log2(image["no_flash_exposure_time"]), abs=1e-5)
        else:
            assert "no_flash_iso" not in image
            assert (image["device_version"], image["bat"], image["lum"]) == (
                device.version,
                shot.readings.battery,
                shot.readings.light,
            )


def test_traps_have_the_positions_of_the_field(fleet, shots):
    positions = [parsed(next(shot for shot in shots if shot.device == device)) for device in fleet.devices]
    swapped, second, lost, *others = [(image["lat"], image["lng"]) for image in positions]
    assert swapped[0] < -100 < 40 < swapped[1]
    assert lost == (None, None)
    assert all(lat > 40 and lng < -100 for lat, lng in [second, *others])


def test_a_failed_sensor_is_null(shots):
    assert parsed(next(shot for shot in shots if shot.readings.temp <= -300))["temp"] is None


def test_the_same_seed_gives_the_same_bytes_in_any_order(fleet, shots):
    chosen = shots[::23]
    first = {shot.name: render(shot) for shot in chosen}
    card.cache_clear()
    again = Fleet(n_devices=6, days=1, seed=5, size=(640, 480))
    by_name = {shot.name: shot for shot in again.shots()}
    assert {shot.name: render(by_name[shot.name]) for shot in reversed(chosen)} == first
    assert {d.id for d in Fleet(6, 1, seed=6).devices}.isdisjoint(d.id for d in fleet.devices)


def test_insects_accumulate_and_darken_the_card(fleet, shots):
    for device in fleet.devices:
        mine = [shot for shot in shots if shot.device == device]
        assert all(earlier.datetime < later.datetime for earlier, later in pairwise(mine))
        assert len(mine[0].insects) < 5 < len(mine[-1].insects)
        insect = max(mine[-1].insects, key=lambda insect: insect.arrival)
        before = [shot for shot in mine if shot.datetime < insect.arrival][-1]
        assert insect not in before.insects
        assert darkness(mine[-1], insect) > darkness(before, insect) + 20


def darkness(shot, insect):
    """How much darker the darkest pixel at the insect's place is than the card."""
    luma = np.asarray(Image.open(io.BytesIO(render(shot))).convert("L")).astype(int)
    x, y = int(insect.x), int(insect.y)
    return np.median(luma) - luma[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4].min()


def test_contours_surround_the_insects_within_the_image(shots):
    shot = max(shots, key=lambda shot: len(shot.insects))
    md5 = hashlib.md5(render(shot)).hexdigest()
    perfect = annotation(shot, "detector", VERSION, md5, quality=1)
    assert len(perfect["annotations"]) == len(shot.insects)
    for found, insect in zip(perfect["annotations"], shot.insects, strict=True):
        contour = np.array(found["contour"])
        assert contour.shape[1:] == (1, 2) and 12 <= len(contour) <= 24
        assert (contour >= 0).all() and (contour < [640, 480]).all()
        low, high = contour.min(axis=(0, 1)), contour.max(axis=(0, 1))
        assert (low <= [insect.x, insect.y]).all() and ([insect.x, insect.y] <= high).all()


def test_versions_of_a_detector_make_different_mistakes(shots):
    shot = max(shots, key=lambda shot: len(shot.insects))
    first, again, later = (annotation(shot, "detector", version, "", 0.8) for version in (VERSION, VERSION, LATER))
    assert first == again
    assert first["annotations"] != later["annotations"]
    assert first["metadata"]["device"] == shot.device.id


def test_tuboids_lie_within_their_series(fleet, tmp_path):
    device, start, end = fleet.devices[1], fleet.start + timedelta(hours=3), fleet.start + timedelta(hours=21)
    found = list(tuboids(fleet, device, start, end, "matcher", VERSION))
    assert len(found) == found[0].series_info["n_tuboids"] > 5
    assert len({tuboid.tuboid_id for tuboid in found}) == len(found)
    for tuboid in found[:3]:
        folder = write(tuboid, tmp_path)
        assert folder.name == tuboid.tuboid_id
        rows = [line.split(",") for line in (folder / "metadata.txt").read_text().splitlines()]
        assert 3 <= len(rows) <= 24
        moments = [parse_datetime(name.removeprefix(f"{device.id}.")) for name, *_ in rows]
        assert moments == sorted(moments) and start <= moments[0] and moments[-1] < end
        assert all(float(scale) > 0 and 0 < float(x) < 640 and 0 < float(y) < 480 for _, x, y, scale in rows)
        assert Image.open(folder / "tuboid.jpg").size == (896, 224 * -(-len(rows) // 4))
        assert Image.open(folder / "context.jpg").size == (320, 240)


def test_labels_are_as_right_as_asked():
    fleet = Fleet(n_devices=1, days=3, start=datetime(2021, 7, 1), seed=2, size=(640, 480))
    found = list(tuboids(fleet, fleet.devices[0], fleet.start, fleet.end, "matcher", VERSION))
    assert share_right(found, 1.0) == 1 > share_right(found, 0.5) > 0.3
    label = labels(found[0], "classifier", VERSION, 1.0)[0]
    assert label["pattern"].startswith(f"^Insecta;{label['order']}") and label["label"] > 0


def share_right(found, accuracy):
    guesses = [labels(tuboid, "classifier", VERSION, accuracy)[0] for tuboid in found]
    return np.mean([guess["order"] == tuboid.insect.taxon.order for guess, tuboid in zip(guesses, found, strict=True)])


def test_a_season_has_something_to_tell():
    start = datetime(2024, 6, 1)
    season, again = (Season(start, days=30, size=(640, 480)) for _ in range(2))
    assert list(season.shots()) == list(again.shots())
    last = {device: list(season.shots(device))[-1] for device in season.devices}
    silent = [device for device, shot in last.items() if season.end - shot.datetime > timedelta(days=5)]
    assert len(silent) == 1
    charges = {device: last[device].readings.battery for device in season.devices if device not in silent}
    assert min(charges.values()) < 10 < 40 < sorted(charges.values())[1]
    stands = [season.treatment(device) for device in season.devices]
    assert {name: stands.count(name) for name in TREATMENTS} == {"hedgerow": 3, "mown": 3}
    of_card = season.cards()[0]
    chosen = [
        tuboid.insect
        for device in season.devices
        for tuboid in tuboids(season, device, *of_card, "m", VERSION, choose=partial(season.followed, device))
    ]
    assert {insect.taxon.family for insect in chosen} <= set(FAMILIES) and len(chosen) == 3 * 10 + 3 * 5
