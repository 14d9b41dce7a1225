"""Fixtures of the admin: an in-process browser for each role, and rows to look at."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import orjson
import pytest
import simplejpeg
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from accounts.services import user_create
from annotations.models import UIDAnnotation
from images.models import Image
from labels.models import ITCLabel
from tuboids.models import TiledTuboid, TuboidSeries

DEVICE, OTHER = "5c173ff2", "0a5bb6f4"
START = datetime(2024, 6, 1, tzinfo=UTC)
VERSIONS = ("1600000000-" + "ab" * 16, "1650000000-" + "cd" * 16)
PASSWORD = "a long password, 9"
CONTOUR = [[[10, 10]], [[60, 10]], [[60, 50]], [[10, 50]]]


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    """Without collectstatic."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """A hash that takes no time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def user_of(db) -> Callable[[str], User]:
    """Makes a user of a role: `Viewers`, `Curators`, `Writers` or `admin`."""

    def make(role: str) -> User:
        user = user_create(
            username=f"a-{role.lower()}", password=PASSWORD, is_admin=role == "admin", can_write=role == "Writers"
        )
        if role != "admin":
            user.groups.set([Group.objects.get(name=role)])
        return user

    return make


@pytest.fixture
def client_of(user_of) -> Callable[[str], Client]:
    """A browser in which a user of a role has logged in."""

    def make(role: str) -> Client:
        client = Client()
        client.force_login(user_of(role))
        return client

    return make


@pytest.fixture
def admin(client_of) -> Client:
    """A browser in which an administrator has logged in."""
    return client_of("admin")


def make_images(device: str, number: int) -> list[Image]:
    """Rows of images, one every 20 minutes, without files."""
    return Image.objects.bulk_create(
        Image(device=device, datetime=START + timedelta(minutes=20 * n), md5=f"{n:032x}", width=2592, height=1944)
        for n in range(number)
    )


def make_annotations(images: list[Image], version: str = VERSIONS[0]) -> list[UIDAnnotation]:
    """An annotation with one contour for each image."""
    insect = {"contour": CONTOUR, "name": "insect", "fill_colour": "#ff0000", "stroke_colour": "#0000ff", "value": 0}
    submitted = orjson.dumps({"annotations": [insect], "metadata": {"algo_name": "uid"}}).decode()
    return UIDAnnotation.objects.bulk_create(
        UIDAnnotation(parent_image=image, algo_name="uid", algo_version=version, n_objects=1, json=submitted)
        for image in images
    )


def make_tuboids(device: str, number: int) -> list[TiledTuboid]:
    """Tuboids of one series, each with a label, without files."""
    end = START + timedelta(days=2)
    series = TuboidSeries.objects.create(
        device=device,
        start_datetime=START,
        end_datetime=end,
        n_images=144,
        n_tuboids=number,
        algo_name="matcher",
        algo_version=VERSIONS[0],
    )
    name = f"{device}.{START:%Y-%m-%d_%H-%M-%S}.{end:%Y-%m-%d_%H-%M-%S}.{VERSIONS[0]}"
    tuboids = TiledTuboid.objects.bulk_create(
        TiledTuboid(
            parent_series=series,
            tuboid_id=f"{name}.{n:04d}",
            id_in_series=n,
            start_datetime=START,
            end_datetime=end,
            n_shots=2,
        )
        for n in range(number)
    )
    ITCLabel.objects.bulk_create(
        ITCLabel(
            parent_tuboid=tuboid, algo_name="itc", algo_version=VERSIONS[0], label=1, pattern="Diptera", type="insect"
        )
        for tuboid in tuboids
    )
    return tuboids


def jpeg() -> bytes:
    """A small file such as a trap sends, without readings."""
    return simplejpeg.encode_jpeg(np.full((96, 128, 3), 200, np.uint8))
