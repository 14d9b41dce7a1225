"""Lists of the admin: searched, filtered, exported, deleted, and quick whatever the size."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.models import UIDAnnotation
from images.models import Image
from images.services import Upload, images_put
from labels.models import ITCLabel
from stickypi.storage import files
from tests.desk.conftest import DEVICE, OTHER, START, VERSIONS, jpeg, make_annotations, make_images, make_tuboids
from tuboids.models import TiledTuboid, TuboidSeries

IMAGES, ANNOTATIONS = "/admin/images/image/", "/admin/annotations/uidannotation/"
SERIES, TUBOIDS, LABELS = "/admin/tuboids/tuboidseries/", "/admin/tuboids/tiledtuboid/", "/admin/labels/itclabel/"
MODELS = {IMAGES: Image, ANNOTATIONS: UIDAnnotation, SERIES: TuboidSeries, TUBOIDS: TiledTuboid, LABELS: ITCLabel}
LISTS = list(MODELS)
UNSETTLED, USERS = "/admin/stickypi/pendingfile/", "/admin/accounts/user/"


def shown(client, address, **parameters):
    response = client.get(address, parameters)
    assert response.status_code == 200, response
    return list(response.context["cl"].result_list)


def body_of(response):
    assert response.status_code == 200, response
    return b"".join(response.streaming_content).decode()


@pytest.fixture
def rows(db):
    """Two devices, of which one has annotations and tuboids."""
    make_images(OTHER, 3)
    make_annotations(make_images(DEVICE, 5))
    make_tuboids(DEVICE, 4)


@pytest.mark.parametrize(
    ("pattern", "devices"),
    [
        ("5c%", {DEVICE}),
        ("%F4", {OTHER}),
        ("5C173FF2", {DEVICE}),
        ("_a5bb6f4", {OTHER}),
        ("5c17", {DEVICE}),
        ("%", {DEVICE, OTHER}),
        ("173f", set()),
        ("[0-5]%", set()),
        ("é%", set()),
    ],
)
def test_search_is_like(admin, rows, pattern, devices):
    assert {image.device for image in shown(admin, IMAGES, q=pattern)} == devices


@pytest.mark.parametrize("address", LISTS)
def test_each_list_is_searched_and_filtered_by_device(admin, rows, address):
    make_annotations(list(Image.objects.filter(device=OTHER)), VERSIONS[1])
    make_tuboids(OTHER, 2)
    for parameters in ({"q": "0a%"}, {"device": OTHER}):
        assert 0 < len(shown(admin, address, **parameters)) < len(shown(admin, address))


def test_days_are_whole_and_utc(admin, rows):
    Image.objects.create(device=DEVICE, datetime=START + timedelta(hours=23.9), md5="", width=1, height=1)
    assert len(shown(admin, IMAGES, datetime_from="2024-06-01", datetime_to="2024-06-01")) == 9
    assert not shown(admin, IMAGES, datetime_from="2024-06-02")
    assert len(shown(admin, ANNOTATIONS, parent_image__datetime_to="2024-06-01")) == 5
    assert "is not a day" in admin.get(IMAGES, {"datetime_from": "yesterday"}).content.decode()


def test_annotations_by_version(admin, rows):
    make_annotations(list(Image.objects.filter(device=DEVICE)[:2]), VERSIONS[1])
    of_version = {"algorithm": f"{VERSIONS[1]} uid"}
    assert len(shown(admin, ANNOTATIONS, **of_version)) == 2
    assert len(shown(admin, ANNOTATIONS, **of_version, device=DEVICE)) == 2
    assert not shown(admin, ANNOTATIONS, **of_version, q="0a%")


def test_failed_sensors(admin, rows):
    Image.objects.filter(device=OTHER).update(temp=20.5)
    assert {image.device for image in shown(admin, IMAGES, sensors="read")} == {OTHER}
    assert {image.device for image in shown(admin, IMAGES, sensors="failed")} == {DEVICE}


@pytest.mark.parametrize("address", [*LISTS, USERS, UNSETTLED])
@pytest.mark.parametrize("narrowed", [{}, {"q": "5c%"}])
def test_number_of_queries_is_constant(admin, address, narrowed):
    def queries():
        admin.get(address, narrowed)
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(address, narrowed).status_code == 200
        counts = [query["sql"] for query in captured if query["sql"].startswith("SELECT COUNT")]
        assert all("LIMIT" in sql for sql in counts)
        return len(captured)

    make_annotations(make_images(DEVICE, 60))  # more than a page
    make_tuboids(DEVICE, 60)
    few = queries()
    make_annotations(make_images(OTHER, 200))
    make_tuboids(OTHER, 200)
    assert queries() == few


def test_pages_beyond_the_cap_are_not_counted(admin, monkeypatch):
    monkeypatch.setattr("stickypi.admin.paging.MAX_COUNT", 100)
    make_images(DEVICE, 130)
    page = admin.get(IMAGES)
    assert "100+ images" in page.content.decode()
    assert page.context["cl"].paginator.num_pages == 2


def test_moments_say_utc(admin, rows):
    page = admin.get(IMAGES).content.decode()
    assert '<time datetime="2024-06-01T00:20:00Z">2024-06-01 00:20 UTC</time>' in page


def test_labels_lead_with_the_taxon(admin, rows):
    ITCLabel.objects.update(order="Diptera", genus="Musca", species="domestica", pattern="^Insecta;Diptera.*$")
    page = admin.get(LABELS)
    assert page.context["cl"].list_display[:2] == ["action_checkbox", "taxon"]
    text = page.content.decode()
    assert "Musca domestica" in text and "^Insecta" not in text


@pytest.mark.parametrize("address", LISTS)
def test_empty_lists_say_how_to_fill_them(admin, address):
    assert "Upload with RemoteClient." in admin.get(address).content.decode()


@pytest.mark.parametrize(("address", "model"), MODELS.items())
def test_details_are_shown_and_not_changed(admin, rows, address, model):
    row = model.objects.first()
    page = admin.get(f"{address}{row.pk}/change/")
    assert page.status_code == 200
    assert b"_save" not in page.content
    assert admin.post(f"{address}{row.pk}/change/", {"device": "ffffffff"}).status_code == 403
    assert admin.get(f"{address}add/").status_code == 403


@pytest.mark.parametrize(("address", "model"), MODELS.items())
def test_csv_of_the_whole_list_as_it_is_filtered(client_of, rows, address, model):
    viewer = client_of("Viewers")
    table = list(csv.DictReader(io.StringIO(body_of(viewer.get(f"{address}export/csv/")))))
    assert len(table) == model.objects.count() > 0
    assert len(list(csv.reader(io.StringIO(body_of(viewer.get(f"{address}export/csv/?q=zz")))))) == 1


def test_csv_has_the_columns_of_the_contract(admin, rows):
    first, *_ = csv.DictReader(io.StringIO(body_of(admin.get(f"{IMAGES}export/csv/?device={OTHER}"))))
    assert first["datetime"] == "2024-06-01T00:40:00Z"
    assert (first["device"], first["width"], first["temp"]) == (OTHER, "2592", "")


def test_csv_is_no_formula(admin, rows):
    Image.objects.update(device_version="=1+1")
    assert ",'=1+1," in body_of(admin.get(f"{IMAGES}export/csv/"))


def test_json_is_what_was_submitted(admin, rows):
    exported = json.loads(body_of(admin.get(f"{ANNOTATIONS}export/json/")))
    assert exported == [json.loads(row.json) for row in UIDAnnotation.objects.all()]
    assert json.loads(body_of(admin.get(f"{ANNOTATIONS}export/json/?q=zz"))) == []


def test_coco(admin, rows):
    make_annotations(list(Image.objects.filter(device=DEVICE)[:2]), VERSIONS[1])
    coco = json.loads(body_of(admin.get(f"{ANNOTATIONS}export/coco/")))
    images = {image["id"]: image for image in coco["images"]}
    assert len(coco["images"]) == len(images) == 5
    assert len(coco["annotations"]) == len({each["id"] for each in coco["annotations"]}) == 7
    assert {each["image_id"] for each in coco["annotations"]} == images.keys()
    assert coco["categories"] == [{"id": 1, "name": "insect"}]
    assert coco["annotations"][0].items() >= {"bbox": [10, 10, 50, 40], "area": 2000.0, "category_id": 1}.items()
    assert coco["annotations"][0]["segmentation"] == [[10, 10, 60, 10, 60, 50, 10, 50]]
    assert f"{DEVICE}.2024-06-01_00-00-00.jpg" in {image["file_name"] for image in images.values()}
    assert json.loads(body_of(admin.get(f"{ANNOTATIONS}export/coco/?q=zz")))["images"] == []


def test_chosen_rows_are_exported(admin, rows):
    chosen = [row.pk for row in UIDAnnotation.objects.all()[:2]]
    answer = admin.post(ANNOTATIONS, {"action": "export_selected_json", "_selected_action": chosen})
    assert len(json.loads(body_of(answer))) == 2


@pytest.fixture
def stored(user_of, tmp_path, settings):
    """Three images with their files, the first of them annotated."""
    location = {"BACKEND": "stickypi.storage.DiskStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": location}
    uploads = [Upload(f"{DEVICE}.2024-06-01_0{hour}-00-00.jpg", jpeg()) for hour in range(3)]
    images = [each.image for each in images_put(uploads=uploads, user=user_of("Writers"))]
    make_annotations(images[:1])
    return images


def deletion(images, **more):
    return {"action": "delete_rows", "_selected_action": [image.pk for image in images], **more}


def test_deletion_says_what_goes_and_asks_for_the_number(admin, stored, django_capture_on_commit_callbacks):
    page = admin.post(IMAGES, deletion(stored[:2])).content.decode()
    assert all(
        line in page
        for line in ("<strong>2</strong> images", "<strong>1</strong> annotations", "<strong>6</strong> files")
    )
    assert "another number" in admin.post(IMAGES, deletion(stored[:2], number="3")).content.decode()
    assert Image.objects.count() == 3
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(IMAGES, deletion(stored[:2], number="2"))
    assert list(Image.objects.all()) == stored[2:]
    assert not UIDAnnotation.objects.exists()
    assert [files().exists(key) for image in stored for key in image.file_keys] == [False] * 6 + [True] * 3
    entry = LogEntry.objects.get()
    assert entry.object_repr == "2 images, 1 annotations, 6 files"
    assert str(stored[0]) in entry.change_message


def test_deletion_of_a_whole_filtered_list(admin, stored, django_capture_on_commit_callbacks):
    make_images(OTHER, 2)
    across = deletion(stored[:1], select_across="1")
    assert "<strong>3</strong> images" in admin.post(f"{IMAGES}?q=5c%25", across).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(f"{IMAGES}?q=5c%25", {**across, "number": "3"})
    assert {image.device for image in Image.objects.all()} == {OTHER}
    assert not any(files().exists(key) for image in stored for key in image.file_keys)


def test_deletion_from_the_detail_removes_files_too(admin, stored, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(f"{IMAGES}{stored[0].pk}/delete/", {"post": "yes"})
    assert not any(files().exists(key) for key in stored[0].file_keys)
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("address", "model", "gone"),
    [
        (ANNOTATIONS, UIDAnnotation, (UIDAnnotation,)),
        (SERIES, TuboidSeries, (TuboidSeries, TiledTuboid, ITCLabel)),
        (TUBOIDS, TiledTuboid, (TiledTuboid, ITCLabel)),
        (LABELS, ITCLabel, (ITCLabel,)),
    ],
)
def test_other_tables_are_deleted_likewise(admin, rows, address, model, gone):
    chosen = list(model.objects.all())
    admin.post(address, deletion(chosen, number=str(len(chosen))))
    assert not any(each.objects.exists() for each in gone)
    assert Image.objects.count() == 8


@pytest.mark.parametrize("role", ["Viewers", "Curators", "Writers"])
def test_only_administrators_delete(client_of, rows, role):
    client = client_of(role)
    images = list(Image.objects.all())
    client.post(IMAGES, deletion(images, number=str(len(images))))
    assert client.post(f"{IMAGES}{images[0].pk}/delete/", {"post": "yes"}).status_code == 403
    assert Image.objects.count() == len(images)
