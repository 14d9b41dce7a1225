"""Projects on the desk: who may do what, what is said of what is wrong, files, the filters by project, the record."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from images.models import Image
from projects import queries
from projects.models import Deployment, Project, ProjectPermission
from projects.services import columns_put, deployments_put, permissions_put, projects_create
from sticky_pi_api.core.deployments import deployment_changes
from sticky_pi_api.core.project_columns import column_changes
from sticky_pi_api.core.projects import grants, new_projects
from tests.desk.conftest import DEVICE, OTHER, START, make_images, make_tuboids

FIXED = "device,start_datetime,end_datetime"


@pytest.fixture
def owner(admin) -> User:
    return User.objects.get(username="a-admin")


@pytest.fixture
def project(owner) -> int:
    """A project with a text and a number, and deployments of two traps, each for a day."""
    [row] = projects_create(new_projects=new_projects([{"name": "Vines"}]), user=owner)
    where = {"project_id": row["id"]}
    columns = [
        {**where, "column_name": name, "column_SQL_type": kind} for name, kind in (("bait", "TEXT"), ("h", "REAL"))
    ]
    columns_put(changes=column_changes(columns), user=owner)
    day = {"start_datetime": START, "end_datetime": START + timedelta(days=1)}
    info = [{**where, "device": DEVICE, **day, "bait": "wine"}, {**where, "device": OTHER, **day}]
    deployments_put(changes=deployment_changes(info), user=owner)
    return row["id"]


@pytest.fixture
def member_of(client_of, owner, project):
    """A browser of a member with a level in the project: a Viewer, so that the level alone counts."""

    def make(level: int):
        client = client_of("Viewers")
        user = User.objects.get(username="a-viewers")
        if level:
            given = grants([{"project_id": project, "user_id": user.pk, "level": level}])
            permissions_put(grants=given, user=owner)
        return client

    return make


def save(client, project: int, rows=(), deleted=()):
    body = json.dumps({"rows": list(rows), "deleted": list(deleted)})
    return client.post(reverse("desk:project_save", args=[project]), body, content_type="application/json")


def ids(project: int) -> list[int]:
    return list(Deployment.objects.filter(parent_project=project).order_by("pk").values_list("pk", flat=True))


def row(identity: int | None, **cells: str) -> dict:
    return {"id": identity, "cells": cells}


NEW = {
    "device": "00000001",
    "start_datetime": "2024-07-01",
    "end_datetime": "2.7.2024 18:00",
    "bait": "beer",
    "h": "1.5",
}


@pytest.mark.parametrize("level", range(4))
def test_levels_decide(member_of, project, level):
    client, [first, second] = member_of(level), ids(project)
    for name in ("project", "project_record", "project_columns", "project_members", "project_settings", "project_file"):
        assert client.get(reverse(f"desk:{name}", args=[project])).status_code == (200 if level else 404), name
    assert (b"Vines" in client.get(reverse("desk:projects")).content) == bool(level)

    may = {1: (403, 403), 2: (200, 403), 3: (200, 200)}.get(level, (404, 404))
    stored = save(client, project, [row(None, **NEW), row(first, bait="tea")]).status_code
    deleted = save(client, project, deleted=[second]).status_code
    assert (stored, deleted) == (may if level else (404, 404))
    assert len(ids(project)) == 2 + (level >= 2) - (level >= 3)

    def post(page: str, **form: str):
        return client.post(reverse(f"desk:{page}", args=[project]), form)

    post("project_columns", action="add", name="crop", type="TEXT")
    post("project_columns", action="delete", column="h")
    post("project_members", action="grant", username="a-admin", level="2")
    post("project_settings", action="change", name="Grapes")
    made = {column.name for column in queries.columns([project])[project]}
    assert ("crop" in made, "h" not in made) == (level >= 2, level >= 3)
    assert ProjectPermission.objects.filter(parent_user__username="a-admin", level=2).exists() == (level >= 3)
    assert Project.objects.get(pk=project).name == ("Grapes" if level >= 3 else "Vines")
    post("project_settings", action="delete", confirmed="Grapes")
    assert Project.objects.filter(pk=project).exists() == (level < 3)


def test_a_project_is_made_by_who_may_upload(client_of):
    page = reverse("desk:projects")
    viewer, writer = client_of("Viewers"), client_of("Writers")
    assert b"not a member of any" in viewer.get(page).content
    viewer.post(page, {"name": "Mine"})
    assert not Project.objects.exists()
    answer = writer.post(page, {"name": "Mine", "description": "Berries"})
    assert answer.url == reverse("desk:project", args=[Project.objects.get().pk])
    assert b"No deployment yet" in writer.get(answer.url).content
    assert b"is not text of 1 to 32" in writer.post(page, {"name": "x" * 33}).content
    assert Project.objects.count() == 1


def test_what_is_wrong_is_said_at_its_cell_and_nothing_is_stored(admin, project):
    first, second = ids(project)
    bad = {**NEW, "device": "trap 1", "end_datetime": "never", "h": "high"}
    answer = save(admin, project, [row(first, bait="tea"), row(None, **bad), row(None, device=DEVICE)], [second])
    assert answer.status_code == 400
    found = {(item["index"], item["column"]) for item in answer.json()["items"]}
    assert found == {(1, "device"), (1, "end_datetime"), (1, "h"), (2, "start_datetime"), (2, "end_datetime")}
    assert ids(project) == [first, second] and not Deployment.objects.filter(values__icontains="tea").exists()

    same = {"device": DEVICE, "start_datetime": "2024-06-01", "end_datetime": "2024-06-02"}
    answer = save(admin, project, [row(None, **same)])
    assert answer.status_code == 409 and "already there" in answer.json()["items"][0]["detail"]
    answer = save(admin, project, [row(first, end_datetime="2024-05-01")])
    assert answer.status_code == 400 and "before it starts" in answer.json()["items"][0]["detail"]
    assert "load the page again" in save(admin, project, [row(first, gone="1")]).json()["items"][0]["detail"]
    for body in (
        b"[]",
        b"{",
        b'{"rows": 1}',
        b'{"rows": [1]}',
        b'{"rows": [{"id": "x", "cells": {}}]}',
        b'{"deleted": ["x"]}',
    ):
        answer = admin.post(reverse("desk:project_save", args=[project]), body, content_type="application/json")
        assert answer.status_code == 400, body


def test_only_the_cells_that_were_changed_are_stored(admin, project):
    first = ids(project)[0]
    save(admin, project, [row(first, h="2.5")])
    [stored] = save(admin, project, [row(first, bait="")]).json()["rows"]
    assert stored["cells"] == {
        "device": DEVICE,
        "start_datetime": "2024-06-01 00:00:00",
        "end_datetime": "2024-06-02 00:00:00",
        "bait": "",
        "h": "2.5",
    }


def test_members_are_named_and_forms_say_what_is_wrong(admin, project, user_of):
    page = reverse("desk:project_members", args=[project])
    assert b"no user called" in admin.post(page, {"action": "grant", "username": "nobody", "level": "1"}).content
    user_of("Viewers")
    admin.post(page, {"action": "grant", "username": "A-Viewers ", "level": "1"})
    assert ProjectPermission.objects.filter(parent_user__username="a-viewers", level=1).exists()
    admin.post(page, {"action": "grant", "username": "a-viewers", "level": "0"})
    assert not ProjectPermission.objects.filter(parent_user__username="a-viewers").exists()
    columns = reverse("desk:project_columns", args=[project])
    assert b"already has a column" in admin.post(columns, {"action": "add", "name": "Bait", "type": "TEXT"}).content
    assert (
        b"is not an integer"
        in admin.post(columns, {"action": "change", "column": "bait", "name": "bait", "type": "INTEGER"}).content
    )
    admin.post(columns, {"action": "change", "column": "bait", "name": "lure", "type": "TEXT"})
    assert [column.name for column in queries.columns([project])[project]] == ["lure", "h"]
    settings = reverse("desk:project_settings", args=[project])
    assert b"not that of the project" in admin.post(settings, {"action": "delete", "confirmed": "vines"}).content


def upload(client, project: int, text: str, **form):
    file = SimpleUploadedFile("deployments.csv", text.encode())
    return client.post(reverse("desk:project_import", args=[project]), {"file": file, **form})


def confirm(client, project: int, context, **form):
    names = {"data": context["data"], "digest": context["plan"].digest, "confirm": ""}
    return client.post(reverse("desk:project_import", args=[project]), {**names, **form})


def test_a_file_is_shown_first_and_stored_when_that_is_confirmed(admin, project):
    text = (
        f"{FIXED},bait,Crop,n\n"
        f"{DEVICE},2024-06-01,2024-06-02,beer,vine,\n"
        "00000001,2024-06-05 10:00,2024-06-09 10:00,,berry,3\n"
        "00000002,2024-06-05,2024-06-01,,,\n"
        "trap,soon,2024-06-01,,,\n"
        "00000001,2024-06-05 10:00,2024-06-09 10:00,,,\n"
    )
    context = upload(admin, project, text).context
    assert [context[f"n_{action}"] for action in ("add", "change", "same", "refuse")] == [1, 1, 0, 3]
    plan = context["plan"]
    assert [(column.name, column.sql_type) for column in plan.new_columns] == [("Crop", "TEXT"), ("n", "INTEGER")]
    by_line = {each.line: each for each in plan.rows}
    assert by_line[2].cells["bait"].before == "wine" and by_line[2].cells["bait"].is_changed
    assert "before the start" in by_line[4].cells["end_datetime"].error
    assert {name for name, cell in by_line[5].cells.items() if cell.error} == {"device", "start_datetime"}
    assert "line 3" in by_line[6].error
    assert len(ids(project)) == 2, "nothing is stored by a preview"

    again = confirm(admin, project, context, new_name=["Crop", "n"], new_type=["TEXT", ""])
    assert again.status_code == 200 and len(ids(project)) == 2, "another column: shown again first"
    stored = confirm(admin, project, again.context, new_name=["Crop", "n"], new_type=["TEXT", ""])
    assert stored.url == reverse("desk:project", args=[project])
    values = [queries.values_of(each) for each in Deployment.objects.filter(parent_project=project).order_by("pk")]
    assert values == [
        {"bait": "beer", "h": None, "Crop": "vine"},
        {"bait": None, "h": None, "Crop": None},
        {"bait": None, "h": None, "Crop": "berry"},
    ]


def test_what_changed_meanwhile_is_shown_again(admin, project):
    context = upload(admin, project, f"{FIXED},bait\n{DEVICE},2024-06-01,2024-06-02,beer\n").context
    save(admin, project, [row(ids(project)[0], bait="beer")])
    answer = confirm(admin, project, context)
    assert answer.status_code == 200 and answer.context["n_same"] == 1 and b"changed meanwhile" in answer.content


def test_what_is_exported_is_there_already_when_imported(admin, project):
    save(admin, project, [row(None, **{**NEW, "bait": "=1+1"}), row(ids(project)[0], h="-1.25")])
    exported = admin.get(reverse("desk:project_file", args=[project])).content.decode("utf-8-sig")
    assert exported.startswith("id,device,start_datetime (UTC),end_datetime (UTC),bait,h\r\n") and "'=1+1" in exported
    context = upload(admin, project, exported).context
    assert (context["n_same"], context["n_add"] + context["n_change"] + context["n_refuse"]) == (3, 0)
    template = admin.get(reverse("desk:project_template", args=[project])).content.decode("utf-8-sig")
    assert template == "device,start_datetime (UTC),end_datetime (UTC),bait,h\r\n"


@pytest.mark.parametrize("data", ["", "PK\x03\x04\0", "device\n1\n", f"{FIXED}\n1,2,3,4\n"])
def test_a_file_that_cannot_be_read_is_said(admin, project, data):
    answer = upload(admin, project, data or " ")
    assert answer.status_code == 200 and b"Nothing was imported" in answer.content
    assert admin.post(reverse("desk:project_import", args=[project]), {"data": "%"}).status_code == 200


@pytest.fixture
def seen(project) -> dict[str, list[Image]]:
    """Images of three days of three traps: the project's, and one beside."""
    return {device: make_images(device, 3 * 72) for device in (DEVICE, OTHER, "00000009")}


def test_lists_show_what_a_project_recorded(admin, project, seen):
    fleet = admin.get(reverse("desk:fleet"), {"project": project}).context
    assert {each["image"].device: each["image"].datetime for each in fleet["fleet"]} == {
        device: START + timedelta(hours=23, minutes=40) for device in (DEVICE, OTHER)
    }
    assert {trap["status"] for trap in fleet["fleet"]} == {"over"}
    assert (fleet["n_images"], fleet["n_expected"]) == ("144", "142")  # up to the last image
    images = admin.get("/admin/images/image/", {"project": project}).context["cl"]
    assert images.result_count == 144 and {image.device for image in images.result_list} == {DEVICE}  # a page
    assert all(image.datetime < START + timedelta(days=1) for image in images.result_list)

    inside = make_tuboids(DEVICE, 2)
    make_tuboids("00000009", 1)
    late = make_tuboids(OTHER, 2)[0]
    late.start_datetime = START + timedelta(days=1)  # its series goes on after the deployment
    late.save()
    shown = admin.get(reverse("desk:tuboids"), {"project": project}).context["tuboids"]
    assert len(shown) == 3 and {each["tuboid"].pk for each in shown} >= {each.pk for each in inside}
    assert late.pk not in {each["tuboid"].pk for each in shown}


def test_a_filter_by_a_project_of_others_shows_nothing_and_says_so(member_of, project, seen):
    client = member_of(0)
    for value in (project, 999, "x", "1" * 30):
        assert b"not a member of it" in client.get(reverse("desk:fleet"), {"project": value}).content
        assert b"not a member of it" in client.get(reverse("desk:tuboids"), {"project": value}).content
        images = client.get("/admin/images/image/", {"project": value})
        assert b"not a member of it" in images.content and images.context["cl"].result_count == 0


def test_the_record_says_where_images_are_missing(admin, owner, project):
    day = START + timedelta(days=10)
    info = {"project_id": project, "device": DEVICE, "start_datetime": day, "end_datetime": day + timedelta(days=4.5)}
    ahead = datetime.now(UTC) + timedelta(days=3)
    info = [info, {**info, "device": OTHER, "start_datetime": ahead, "end_datetime": ahead + timedelta(days=9)}]
    deployments_put(changes=deployment_changes(info), user=owner)
    taken = [*range(72), *range(3 * 72, 3 * 72 + 20), *range(4 * 72, 4 * 72 + 60)]  # minutes of 20; not on days 2 and 3
    Image.objects.bulk_create(
        Image(device=DEVICE, datetime=day + timedelta(minutes=20 * n), md5=f"{n:032x}", width=1, height=1)
        for n in taken
    )
    record = admin.get(reverse("desk:project_record", args=[project])).context["record"]
    timelines = {(each.deployment.key.device, each.deployment.key.start_datetime): each for each in record.timelines}
    found = timelines[DEVICE, day.replace(tzinfo=None)]
    levels = [(run.level, run.x, run.width, run.n_images, run.n_expected) for run in found.runs]
    # What was taken after the end of the deployment, at noon of its last day, is not counted.
    assert levels == [("full", 10, 1, 72, 72), ("none", 11, 2, 0, 144), ("low", 13, 1, 20, 72), ("full", 14, 1, 36, 36)]
    assert found.gaps == "2024-06-12 to 2024-06-13" and (found.n_images, found.percent) == (128, 40)
    not_begun = [each for each in record.timelines if not each.runs]
    assert [each.deployment.key.device for each in not_begun] == [OTHER] and not_begun[0].percent is None
