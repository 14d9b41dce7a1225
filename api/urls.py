"""URLs of the REST resources (contract, section 6) and of their description."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import APIRootView, DefaultRouter

from api.activity import ActivityViewSet
from api.annotations import AnnotationViewSet
from api.bundles import BundleViewSet
from api.changes import ChangeViewSet
from api.devices import DeviceViewSet
from api.images import ImageViewSet
from api.jobs import JobViewSet
from api.keys import KeyViewSet
from api.labels import LabelViewSet
from api.projects import DeploymentViewSet, ProjectViewSet
from api.resources import ResourceAccess
from api.tuboids import TuboidSeriesViewSet, TuboidViewSet
from api.users import UserViewSet
from api.webhooks import WebhookViewSet
from api.work import MatchedSeriesViewSet, WorkViewSet


class Resources(ResourceAccess, APIRootView):
    """The data as resources. `docs/` under this address describes them."""


class ResourceRouter(DefaultRouter):
    """A router without `.json` at the end of URLs: the Accept header or `?format=json` chooses the format."""

    APIRootView = Resources
    include_format_suffixes = False


router = ResourceRouter()
router.register("images", ImageViewSet, "image")
router.register("annotations", AnnotationViewSet, "annotation")
router.register("tuboid-series", TuboidSeriesViewSet, "tuboid-series")
router.register("tuboids", TuboidViewSet, "tuboid")
router.register("labels", LabelViewSet, "label")
router.register("users", UserViewSet, "user")
router.register("keys", KeyViewSet, "key")
router.register("devices", DeviceViewSet, "device")
router.register("bundles", BundleViewSet, "bundle")
router.register("projects", ProjectViewSet, "project")
router.register("deployments", DeploymentViewSet, "deployment")
router.register("changes", ChangeViewSet, "change")
router.register("webhooks", WebhookViewSet, "webhook")
router.register("jobs", JobViewSet, "job")
router.register("activity", ActivityViewSet, "activity")
router.register("work/series", MatchedSeriesViewSet, "matched-series")
router.register("work", WorkViewSet, "work")

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("", include(router.urls)),
]
