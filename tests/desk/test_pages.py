"""The fleet, the devices and the images: what the pages and their data say, in this process."""

import json
import random
import re
from datetime import timedelta
from statistics import mean

import numpy as np
import pytest
import simplejpeg
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Picture
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from annotations.models import UIDAnnotation
from desk.fleet.map import Place, draw
from images.models import Image
from images.services import Upload, images_put
from tests.desk.conftest import CONTOUR, DEVICE, OTHER, START, VERSIONS, make_annotations, make_images, make_tuboids

PAGES = ("fleet", "device", "image")


def page_of(name, image):
    arguments = {"fleet": [], "device": [image.device], "image": [image.pk]}[name]
    return reverse(f"desk:{name}", args=arguments)


def make_recent(device, *ages, **columns):
    """Images of so many minutes ago."""
    now = timezone.now().replace(microsecond=0)
    return Image.objects.bulk_create(
        Image(device=device, datetime=now - timedelta(minutes=age), md5="0" * 32, width=8, height=8, **columns)
        for age in ages
    )


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_for_who_may_see_images(client, client_of, name):
    image = make_images(DEVICE, 1)[0]
    answer = client.get(page_of(name, image))
    assert answer.status_code == 302 and "/login/" in answer["Location"]
    viewer = client_of("Viewers")
    assert viewer.get(page_of(name, image)).status_code == 200
    User.objects.get(username="a-viewers").groups.clear()
    assert viewer.get(page_of(name, image)).status_code == 403


def test_data_is_json_also_where_it_is_refused(client, client_of, db):
    for name, arguments in {
        "readings": [DEVICE],
        "moments": [DEVICE],
        "detections": [1],
        "picture": ["image", "x"],
    }.items():
        answer = client.get(reverse(f"desk:{name}", args=arguments))
        assert answer.status_code == 401 and "log in again" in answer.json()["detail"]
        assert "WWW-Authenticate" not in answer
    viewer = client_of("Viewers")
    for query in (
        "",
        "start=1",
        "start=2&end=1",
        "start=a&end=3",
        "start=0&end=9&buckets=0",
        "start=0&end=99999999999",
    ):
        answer = viewer.get(f"{reverse('desk:readings', args=[DEVICE])}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), query


@pytest.mark.parametrize("name", PAGES)
def test_the_number_of_queries_is_that_of_one_row(admin, name, django_assert_max_num_queries: DjangoAssertNumQueries):
    few = make_images(DEVICE, 3)
    make_annotations(few)
    make_tuboids(DEVICE, 2)
    admin.get(page_of(name, few[1]))
    with django_assert_max_num_queries(10) as first:
        admin.get(page_of(name, few[1]))
    for number in range(30):
        make_annotations(make_images(f"{number:08x}", 20))
    for version in range(20):
        make_annotations(few, f"{version}-{'0' * 32}")
    make_tuboids(OTHER, 30)
    with django_assert_max_num_queries(len(first.captured_queries)):
        admin.get(page_of(name, few[1]))


def test_the_fleet_says_who_is_silent(admin):
    make_recent("00000001", 5, 25, 45)
    make_recent("00000002", 70, 90)
    make_recent("00000003", 60 * 5)
    make_recent("00000004", -90)
    rows = {row["image"].device: row for row in admin.get(reverse("desk:fleet")).context["fleet"]}
    assert {device: row["status"] for device, row in rows.items()} == {
        "00000001": "alive",
        "00000002": "late",
        "00000003": "silent",
        "00000004": "ahead",
    }
    assert rows["00000003"]["seen"] == "silent for 5 h"
    assert next(iter(rows)) == "00000003"


def test_the_fleet_counts_images_and_gaps(admin):
    make_recent(DEVICE, 1, 21, 41, 41 + 200, 41 + 220, 41 + 220 + 61, 60 * 24 * 20)
    (row,) = admin.get(reverse("desk:fleet")).context["fleet"]
    record = row["trap"].record
    assert (sum(record.per_day), record.n_gaps, record.longest_gap) == (6, 2, timedelta(minutes=200))
    assert row["trap"].expected[0] == 72 and len(row["bars"]) == 14


def test_nothing_is_expected_of_a_trap_that_is_gone(admin):
    make_images(OTHER, 72)  # years ago
    make_recent(DEVICE, *range(1, 1440, 20))
    make_recent("00000005", *range(601, 1440, 20))
    context = admin.get(reverse("desk:fleet")).context
    gone, living, dying = (
        next(row for row in context["fleet"] if row["image"].device == name) for name in (OTHER, DEVICE, "00000005")
    )
    assert gone["trap"].expected == [0] * 14 and gone["trap"].is_gone
    assert (living["trap"].record.n_gaps, dying["trap"].record.n_gaps) == (0, 1)
    assert dying["longest"] == "10 h"
    assert context["n_expected"] == f"{sum(living['trap'].expected) + sum(dying['trap'].expected):,.0f}"
    text = admin.get(reverse("desk:fleet")).content.decode()
    assert text.count("No image in these days") == 1


def test_an_old_fleet_shows_its_last_days(admin):
    make_images(DEVICE, 72)
    context = admin.get(reverse("desk:fleet")).context
    assert context["is_past"]
    assert context["fleet"][0]["trap"].record.per_day == [0] * 13 + [72]


def test_devices_are_found_by_pattern_and_sorted(admin):
    make_recent("5c173ff2", 5, bat=20)
    make_recent("0a5bb6f4", 50, bat=90)

    def devices(query):
        return [row["image"].device for row in admin.get(f"{reverse('desk:fleet')}?{query}").context["fleet"]]

    assert devices("q=5C%25") == ["5c173ff2"] == devices("q=3ff") == devices("q=_c%25f2")
    assert devices("q=%C3%A9") == []
    assert devices("sort=battery") == ["5c173ff2", "0a5bb6f4"] == devices("sort=-device")
    assert devices("sort=nothing") == ["0a5bb6f4", "5c173ff2"]


def test_the_home_is_the_fleet(admin, client_of):
    make_recent(DEVICE, 5)
    assert DEVICE in admin.get(reverse("admin:index")).content.decode()


def test_no_page_loads_from_elsewhere_or_runs_inline_code_of_ours(admin):
    image = make_recent(DEVICE, 5, lat=49.1, lng=-121.7)[0]
    for name in PAGES:
        text = admin.get(page_of(name, image)).content.decode()
        ours = text[text.index('<div class="desk') :]
        assert not re.search(r'(src|href)="(https?:)?//', text.replace("http://www.w3.org", ""))
        assert not re.search(r"\son[a-z]+=", ours)


def random_images(number=400, *, seed=3):
    chance = random.Random(seed)
    seconds = sorted(chance.sample(range(90_000), number))
    maybe = lambda low, high: None if chance.random() < 0.2 else chance.uniform(low, high)  # noqa: E731
    return Image.objects.bulk_create(
        Image(
            device=DEVICE,
            datetime=START + timedelta(seconds=second),
            md5="0" * 32,
            width=8,
            height=8,
            temp=maybe(-5, 30),
            hum=maybe(20, 100),
            bat=None,
        )
        for second in seconds
    )


@pytest.mark.parametrize("n_buckets", [1, 7, 100, 3999])
def test_readings_are_those_of_a_sum_by_hand(admin, n_buckets):
    images = random_images()
    make_images(OTHER, 5)
    start, end = int(START.timestamp()) + 1000, int(START.timestamp()) + 80_000
    width = -(-(end - start) // n_buckets)
    buckets: dict[int, list[Image]] = {}
    for image in images:
        second = int(image.datetime.timestamp())
        if start <= second < end:
            buckets.setdefault((second - start) // width, []).append(image)

    query = f"start={start}&end={end}&buckets={n_buckets}"
    answer = admin.get(f"{reverse('desk:readings', args=[DEVICE])}?{query}").json()
    expected = [contents for _, contents in sorted(buckets.items())]
    assert answer["n"] == [len(contents) for contents in expected]
    assert answer["shot"] == [contents[0].datetime.timestamp() for contents in expected]
    assert all(first <= time <= first + width for first, time in zip(answer["shot"], answer["time"], strict=True))
    for name in ("temp", "hum"):
        values = [[value for image in contents if (value := getattr(image, name)) is not None] for contents in expected]
        for form, make in {"mean": mean, "min": min, "max": max}.items():
            assert answer["readings"][name][form] == [pytest.approx(make(each)) if each else None for each in values]
    assert set(answer["readings"]["bat"]["mean"]) == {None}


def test_insects_are_a_curve_for_each_version_and_each_person(admin):
    images = make_images(DEVICE, 6)
    annotations = make_annotations(images, VERSIONS[0]) + make_annotations(images[3:], VERSIONS[1])
    for number, annotation in enumerate(annotations):
        annotation.n_objects = number
    UIDAnnotation.objects.bulk_update(annotations, ["n_objects"])
    for image, version in zip(images, ("1-a", "2-b"), strict=False):
        UIDAnnotation.objects.create(
            parent_image=image, algo_name="human:mary", algo_version=version, n_objects=50, json="{}"
        )
    start = int(START.timestamp())
    query = f"start={start}&end={start + 7200}&buckets=3"
    answer = admin.get(f"{reverse('desk:insects', args=[DEVICE])}?{query}").json()
    assert answer["time"] == [start + 1200, start + 3600, start + 6000]
    curves = {(each["algo_name"], each["algo_version"]): each["mean"] for each in answer["versions"]}
    assert curves == {
        ("uid", VERSIONS[1]): [None, 6.0, 7.5],
        ("uid", VERSIONS[0]): [0.5, 2.5, 4.5],
        ("human:mary", ""): [50.0, None, None],
    }


def test_an_image_dated_far_ahead_leaves_its_device_as_it_is(admin):
    images = make_images(DEVICE, 9)
    far = Image.objects.create(
        device=DEVICE, datetime=START.replace(year=2200), md5="0" * 32, width=8, height=8, temp=20
    )
    context = admin.get(reverse("desk:device", args=[DEVICE])).context
    assert (context["last"], context["ahead"]) == (images[-1], far)
    assert context["configuration"]["last"] == images[-1].datetime.timestamp()
    second = int(far.datetime.timestamp())
    for name in ("readings", "insects"):
        query = {"start": second - 9, "end": second + 9}
        answer = admin.get(reverse(f"desk:{name}", args=[DEVICE]), query)
        assert answer.status_code == 200
        assert name == "insects" or (answer.json()["shot"], answer.json()["n_shown"]) == ([second], 1)
    moments = admin.get(reverse("desk:moments", args=[DEVICE]), {"at": second - 1}).json()
    assert [each["id"] for each in moments] == [far.pk]
    far.delete()
    Image.objects.filter(device=DEVICE).delete()
    only = make_recent(DEVICE, -60 * 24 * 400)[0]
    assert admin.get(reverse("desk:device", args=[DEVICE])).context["last"] == only


def test_the_part_that_is_shown_is_counted_by_itself(admin):
    make_images(DEVICE, 200)
    start = int(START.timestamp())
    query = {
        "start": start - 9000,
        "end": start + 200_000,
        "shown_start": start + 1200,
        "shown_end": start + 1200 + 86400,
    }
    answer = admin.get(reverse("desk:readings", args=[DEVICE]), query).json()
    assert (answer["n_shown"], sum(answer["n"])) == (72, 167)


def test_moments_go_both_ways(admin):
    images = make_images(DEVICE, 9)
    at = int(images[4].datetime.timestamp())
    url = reverse("desk:moments", args=[DEVICE])
    forward, back = (admin.get(f"{url}?at={at}&limit=3&back={back}").json() for back in (0, 1))
    assert [each["id"] for each in forward] == [images[index].pk for index in (4, 5, 6)]
    assert [each["id"] for each in back] == [images[index].pk for index in (4, 3, 2)]
    assert set(forward[0]) == {"id", "time", "temp", "hum", "lum", "bat"}
    assert admin.get(reverse("desk:device", args=["ffffffff"])).status_code == 404


def test_an_image_knows_its_place(admin):
    images = make_images(DEVICE, 3)
    make_annotations(images)
    make_tuboids(DEVICE, 4)
    make_tuboids(OTHER, 2)
    context = admin.get(reverse("desk:image", args=[images[1].pk])).context
    assert (context["before"], context["after"]) == (images[0], images[2])
    assert {seen.tuboid.parent_series.device for seen in context["tuboids"]} == {DEVICE}
    assert len(context["tuboids"]) == 4
    (version,) = context["configuration"]["versions"]
    stored = UIDAnnotation.objects.get(pk=version["id"])
    assert admin.get(reverse("desk:detections", args=[stored.pk])).content.decode() == stored.json
    named = admin.get(reverse("desk:image_named", args=[str(images[1])]))
    assert named["Location"] == reverse("desk:image", args=[images[1].pk])


@pytest.fixture
def stored(user_of):
    """A picture in the storage in which every pixel says where it is."""
    y, x = np.mgrid[0:1030, 0:1300]
    pixels = np.dstack([x // 8, y // 8, np.full_like(x, 99)]).astype(np.uint8)
    name = f"{DEVICE}.2024-06-01_00-00-00.jpg"
    data = simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=95, colorsubsampling="444")
    return images_put(uploads=[Upload(name, data)], user=user_of("Writers"))[0].image, pixels


def test_tiles_make_up_the_image(admin, stored):
    image, pixels = stored
    for level, shape in ((0, (1030, 1300)), (1, (515, 650)), (2, (258, 325))):
        whole = np.array(Picture.fromarray(pixels).resize(shape[::-1], Picture.Resampling.BOX)).astype(int)
        for row in range(-(-shape[0] // 512)):
            for column in range(-(-shape[1] // 512)):
                answer = admin.get(reverse("desk:tile", args=[level, column, row, str(image)]))
                tile = simplejpeg.decode_jpeg(answer.content).astype(int)
                expected = whole[512 * row : 512 * (row + 1), 512 * column : 512 * (column + 1)]
                assert tile.shape == expected.shape
                assert np.abs(tile - expected).mean() < 3
        assert "immutable" in answer["Cache-Control"]
    for arguments in ([0, 9, 0, str(image)], [0, 0, 0, "other.jpg"], [0, 0, 0, f"{OTHER}.2024-06-01_00-00-00.jpg"]):
        assert admin.get(reverse("desk:tile", args=arguments)).status_code == 404


def test_pictures_are_those_stored(admin, stored):
    image, _ = stored
    sizes = {"image": (1030, 1300), "thumbnail": (384, 485), "thumbnail-mini": (96, 121)}
    for what, size in sizes.items():
        answer = admin.get(reverse("desk:picture", args=[what, str(image)]))
        assert simplejpeg.decode_jpeg_header(answer.content)[:2] == pytest.approx(size, abs=1)
    assert admin.get(reverse("desk:picture", args=["secret", str(image)])).status_code == 404


def save(client, image, objects):
    url = reverse("desk:corrections", args=[image.pk])
    return client.post(url, json.dumps({"annotations": objects}), content_type="application/json")


def test_a_correction_is_a_new_annotation(client_of):
    image = make_images(DEVICE, 1)[0]
    (original,) = make_annotations([image])
    drawn = [{"contour": CONTOUR, "name": "insect", "value": 0}, {"contour": [[[1, 2]], [[30, 4]], [[5, 60]]]}]
    answer = save(client_of("Curators"), image, drawn)
    assert answer.status_code == 201
    made = UIDAnnotation.objects.exclude(pk=original.pk).get()
    assert answer.json() == {
        "id": made.pk,
        "algo_name": "human:a-curators",
        "algo_version": made.algo_version,
        "n_objects": 2,
    }
    assert re.fullmatch(r"\d{10}-[0-9a-f]{32}", made.algo_version)
    assert json.loads(made.json)["annotations"] == drawn
    assert made.api_user == "a-curators"
    before = original.json
    original.refresh_from_db()
    assert original.json == before


@pytest.mark.parametrize(
    ("objects", "word"),
    [
        (None, "list"),
        ([{"contour": [[[1, 1]], [[2, 2]]]}], "three points"),
        ([{"contour": [[[1, 1]], [[2, 2]], [[2592, 3]]]}], "within"),
        ([{"contour": [[[1, 1]], [[2, 2]], [[2.5, 3]]]}], "integers"),
        ([{"contour": [[[1, 1]], [["a", 2]], [[2, 3]]]}], "within"),
        ([7], "three points"),
    ],
)
def test_a_correction_that_is_none_says_so(admin, objects, word):
    image = make_images(DEVICE, 1)[0]
    answer = save(admin, image, objects)
    assert answer.status_code == 400 and word in answer.json()["detail"]
    assert not UIDAnnotation.objects.exists()


def test_a_correction_takes_the_permission(client_of):
    image = make_images(DEVICE, 1)[0]
    viewer = client_of("Viewers")
    assert save(viewer, image, [{"contour": CONTOUR}]).status_code == 403
    assert 'id="correct"' not in viewer.get(reverse("desk:image", args=[image.pk])).content.decode()
    assert not UIDAnnotation.objects.exists()


def test_the_map_is_to_scale():
    places = [Place("a", "alive", (49.0, -121.0)), Place("b", "late", (49.1, -121.0)), Place("c", "silent", None)]
    drawn = draw([*places, Place("d", "alive", (49.0, -120.9))])
    a, b, d = drawn.points
    assert a.x == b.x < d.x and a.y == d.y > b.y
    assert (d.x - a.x) / (a.y - b.y) == pytest.approx(np.cos(np.radians(49.05)), rel=0.01)
    assert drawn.n_unknown == 1 and draw(places[2:]) is None
