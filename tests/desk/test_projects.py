"""Projects and deployments in the admin: lists of what one may read."""

from datetime import timedelta

import pytest

from accounts.models import User
from projects.models import Deployment
from projects.services import columns_put, deployments_put, permissions_put, projects_create
from sticky_pi_api.core.deployments import deployment_changes
from sticky_pi_api.core.project_columns import column_changes
from sticky_pi_api.core.projects import grants, new_projects
from tests.desk.conftest import DEVICE, OTHER, START

PROJECTS, DEPLOYMENTS = "/admin/projects/project/", "/admin/projects/deployment/"


@pytest.fixture
def project(admin) -> int:
    """A project of an administrator's with deployments of two traps."""
    user = User.objects.get(username="a-admin")
    (row,) = projects_create(new_projects=new_projects([{"name": "Vines", "notes": "<b>"}]), user=user)
    where = {"project_id": row["id"]}
    column = {**where, "column_name": "bait", "column_SQL_type": "TEXT"}
    columns_put(changes=column_changes([column]), user=user)
    info = [
        {**where, "device": device, "start_datetime": START, "end_datetime": START + timedelta(days=9), "bait": bait}
        for device, bait in ((DEVICE, "wine"), (OTHER, None))
    ]
    deployments_put(changes=deployment_changes(info), user=user)
    return row["id"]


def shown(client, address, **parameters):
    response = client.get(address, parameters)
    assert response.status_code == 200, response
    return list(response.context["cl"].result_list)


def test_lists_have_what_one_may_read(admin, client_of, project):
    viewer = client_of("Viewers")
    assert [each.name for each in shown(admin, PROJECTS, q="vi")] == ["Vines"] and shown(admin, PROJECTS, q="x") == []
    assert {each.device for each in shown(admin, DEPLOYMENTS)} == {DEVICE, OTHER}
    assert [each.device for each in shown(admin, DEPLOYMENTS, device=OTHER)] == [OTHER]
    assert "bait: wine" in admin.get(DEPLOYMENTS).content.decode()
    assert shown(viewer, PROJECTS) == [] == shown(viewer, DEPLOYMENTS)
    deployment = Deployment.objects.first()
    pages = (f"{PROJECTS}{project}/change/", f"{DEPLOYMENTS}{deployment.pk}/change/")
    assert all(viewer.get(page).status_code == 302 for page in pages)

    known = User.objects.get(username="a-viewers")
    given = grants([{"project_id": project, "user_id": known.pk, "level": 1}])
    permissions_put(grants=given, user=User.objects.get(username="a-admin"))
    assert len(shown(viewer, PROJECTS)) == 1 and len(shown(viewer, DEPLOYMENTS, parent_project__id__exact=project)) == 2
    for page in pages:
        answer = viewer.get(page)
        assert answer.status_code == 200 and b"Vines" in answer.content and b"<b>" not in answer.content
    exported = b"".join(viewer.get(f"{DEPLOYMENTS}export/csv/").streaming_content).decode()
    assert exported.count("Vines") == 2
