"""Operations on projects."""

from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request

from accounts.authentication import caller
from projects import queries, services
from sticky_pi_api.core.deployments import deployment_changes, deployments_to_delete
from sticky_pi_api.core.project_columns import column_changes, named_columns
from sticky_pi_api.core.projects import grants, new_projects, project_filters, project_ids, projects_to_delete
from stickypi.http.operations import OperationViewSet, answer_rows, read_info, stream_rows


class ProjectOperations(OperationViewSet):
    """The second generation's operations of section 5 of the contract: projects and their series."""

    def get_projects(self, request: Request) -> HttpResponseBase:
        filters = project_filters(read_info(request))
        return stream_rows(queries.projects(filters=filters, seen_by=caller(request)))

    def put_projects(self, request: Request) -> HttpResponse:
        new = new_projects(read_info(request))
        return answer_rows(services.projects_create(new_projects=new, user=caller(request)))

    def delete_projects(self, request: Request) -> HttpResponse:
        filters = projects_to_delete(read_info(request))
        return answer_rows(services.projects_delete(filters=filters, user=caller(request)))

    def get_project_permissions(self, request: Request) -> HttpResponseBase:
        filters = project_filters(read_info(request))
        return stream_rows(queries.permissions(filters=filters, seen_by=caller(request)))

    def put_project_permissions(self, request: Request) -> HttpResponse:
        return answer_rows(services.permissions_put(grants=grants(read_info(request)), user=caller(request)))

    def get_project_series(self, request: Request) -> HttpResponseBase:
        asked = project_ids(read_info(request))
        return stream_rows(queries.deployments(asked=asked, seen_by=caller(request)), typed=True)

    def put_project_series(self, request: Request) -> HttpResponse:
        changes = deployment_changes(read_info(request))
        return answer_rows(services.deployments_put(changes=changes, user=caller(request)), typed=True)

    def delete_project_series(self, request: Request) -> HttpResponse:
        named = deployments_to_delete(read_info(request))
        return answer_rows(services.deployments_delete(named=named, user=caller(request)), typed=True)

    def put_project_columns(self, request: Request) -> HttpResponse:
        changes = column_changes(read_info(request))
        return answer_rows(services.columns_put(changes=changes, user=caller(request)))

    def delete_project_columns(self, request: Request) -> HttpResponse:
        named = named_columns(read_info(request))
        return answer_rows(services.columns_delete(named=named, user=caller(request)))
