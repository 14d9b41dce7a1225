"""How good a detector is: what the page says, in this process."""

import orjson
import pytest
from django.urls import reverse

from annotations import comparisons
from annotations.models import Comparison, UIDAnnotation
from tests.desk.conftest import DEVICE, VERSIONS, make_images

LATER = "1660000000-" + "ef" * 16


def boxes(*corners: tuple[int, int], side: int = 20) -> list[dict]:
    """Squares, by their left upper corners."""
    return [
        {"contour": [[[x, y]], [[x + side, y]], [[x + side, y + side]], [[x, y + side]]], "name": "insect"}
        for x, y in corners
    ]


def annotate(image, algo_name: str, version: str, objects: list[dict]) -> UIDAnnotation:
    return UIDAnnotation.objects.create(
        parent_image=image,
        algo_name=algo_name,
        algo_version=version,
        n_objects=len(objects),
        json=orjson.dumps({"annotations": objects, "metadata": {}}).decode(),
    )


@pytest.fixture
def corrected(db) -> list:
    """Four images that a detector has analysed; people have corrected the first three, the first one twice."""
    images = make_images(DEVICE, 4)
    for image in images:
        annotate(image, "uid", VERSIONS[1], boxes((0, 0), (100, 0)) + boxes((300, 300), side=60))
    annotate(images[0], "human:ann", VERSIONS[0], [])
    annotate(images[0], "human:joe", LATER, boxes((2, 0), (100, 0)) + boxes((300, 300), side=60))  # all found
    annotate(images[1], "human:ann", LATER, boxes((0, 0), (500, 500)))  # one missed, two false
    annotate(images[2], "human:ann", LATER, boxes((40, 40), (100, 0), (60, 700)))  # two missed, two false
    return images


def look(admin, **query) -> dict:
    return admin.get(reverse("desk:detector"), query).context


def counts(quality) -> tuple[int, int, int]:
    return quality.n_true, quality.n_found, quality.n_right


def test_precision_and_recall_are_those_counted_by_hand(admin, corrected):
    context = look(admin)
    assert counts(context["quality"]) == (8, 9, 5)
    assert (context["quality"].recall, context["quality"].precision) == (5 / 8, 5 / 9)
    assert (context["compared"].n_pending, context["compared"].n_too_large) == (0, 0)
    assert sum(each.quality.n_true for each in context["classes"]) == 8
    assert [(image, each.n_missed, each.n_false) for image, each in context["images"]] == [
        (corrected[2], 2, 2),
        (corrected[1], 1, 2),
        (corrected[0], 0, 0),
    ]
    largest = next(number for number, each in enumerate(context["classes"], start=1) if each.area_to == 3600)
    of_size = look(admin, size=largest)
    assert sum(each.quality.n_true for _, each in of_size["images"]) == context["classes"][largest - 1].quality.n_true


def test_comparisons_are_kept_and_follow_what_is_corrected_and_deleted(admin, corrected, django_assert_max_num_queries):
    look(admin)
    assert Comparison.objects.count() == 3
    with django_assert_max_num_queries(12):
        look(admin)
    annotate(corrected[3], "human:joe", LATER, boxes((0, 0)))
    annotate(corrected[2], "human:joe", "1670000000-" + "0" * 32, boxes((100, 0)))
    assert counts(look(admin)["quality"]) == (3 + 2 + 1 + 1, 12, 3 + 1 + 1 + 1)
    UIDAnnotation.objects.filter(algo_name="human:joe").delete()
    assert counts(look(admin)["quality"]) == (0 + 2 + 3, 9, 0 + 1 + 1)
    assert Comparison.objects.filter(truth__algo_name="human:joe").count() == 0


def test_a_request_compares_as_much_as_its_time_allows_and_the_next_one_goes_on(admin, corrected, monkeypatch):
    monkeypatch.setattr(comparisons, "_CHUNK", 1)
    detector = comparisons.Detector("uid", VERSIONS[1])
    assert comparisons.compare(detector, seconds=-1).n_pending == 3
    assert Comparison.objects.count() == 0
    assert comparisons.compare(detector).n_pending == 0


@pytest.mark.parametrize(
    "objects",
    [
        boxes(*[(0, 0)] * 4000),
        boxes((0, 0), side=10**9),
        boxes(*[(n, 0) for n in range(60)], side=2000),
        [{"contour": [[[-(2**62), 0]], [[2**62, 9]], [[0, 2**62]]]}],
    ],
    ids=["as many as fit", "as large as a field", "large ones over each other", "beyond all numbers"],
)
def test_contours_that_would_take_too_long_are_left_out_and_said(admin, corrected, objects):
    annotate(corrected[3], "human:ann", LATER, objects)
    UIDAnnotation.objects.filter(parent_image=corrected[3], algo_name="uid").delete()
    annotate(corrected[3], "uid", VERSIONS[1], objects)
    answer = admin.get(reverse("desk:detector"))
    assert (answer.context["compared"].n_too_large, counts(answer.context["quality"])) == (1, (8, 9, 5))
    assert b"1 image left out" in answer.content


def test_nothing_corrected_nothing_found_and_unknown_detectors_are_said(admin, db):
    assert b"There is nothing to compare yet" in admin.get(reverse("desk:detector")).content
    (image,) = make_images(DEVICE, 1)
    annotate(image, "human:ann", LATER, [])
    assert b"There is nothing to compare yet" in admin.get(reverse("desk:detector")).content
    annotate(image, "uid", VERSIONS[0], [])
    for query in ({}, {"size": "3"}, {"detector": "nobody 1"}, {"size": "x", "page": "-4"}):
        answer = admin.get(reverse("desk:detector"), query)
        assert answer.status_code == 200 and counts(answer.context["quality"]) == (0, 0, 0)
