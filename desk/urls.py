"""URLs of the desk, below `/admin/desk/`."""

from django.urls import path

from desk.activity import views as activity
from desk.catch import views as catch
from desk.classifier import views as classifier
from desk.detector import views as detector
from desk.device import views as device
from desk.exports import views as exports
from desk.fleet import views as fleet
from desk.image import pictures
from desk.image import views as image
from desk.keys import views as keys
from desk.labelling import views as labelling
from desk.project import import_views as project_import
from desk.project import record_views as project_record
from desk.project import settings_views as project_settings
from desk.project import views as project
from desk.projects import views as projects
from desk.taxonomy import views as taxonomy
from desk.tuboid import views as tuboid
from desk.tuboids import views as tuboids
from desk.work import views as work

app_name = "desk"
urlpatterns = [
    path("", fleet.fleet_page, name="fleet"),
    path("devices/<slug:device>/", device.device_page, name="device"),
    path("devices/<slug:device>/readings", device.device_readings, name="readings"),
    path("devices/<slug:device>/insects", device.device_insects, name="insects"),
    path("devices/<slug:device>/captures", device.device_captures, name="captures"),
    path("devices/<slug:device>/moments", device.device_moments, name="moments"),
    path("images/<int:pk>/", image.image_page, name="image"),
    path("images/<int:pk>/corrections", image.corrections, name="corrections"),
    path("images/named/<str:name>", image.image_named, name="image_named"),
    path("detections/<int:pk>", image.detections, name="detections"),
    path("pictures/<str:what>/<str:name>", pictures.picture, name="picture"),
    path("tiles/<int:level>/<int:column>/<int:row>/<str:name>", pictures.image_tile, name="tile"),
    path("tuboids/", tuboids.gallery_page, name="tuboids"),
    path("tuboids/<int:pk>/", tuboid.tuboid_page, name="tuboid"),
    path("tuboids/<int:pk>/scale", tuboid.set_scale, name="scale"),
    path("tuboids/<str:what>/<str:tuboid_id>", tuboid.tuboid_picture, name="tuboid_file"),
    path("activity/", activity.activity_page, name="activity"),
    path("activity/activity.svg", activity.activity_svg, name="activity_svg"),
    path("activity/activity.csv", activity.activity_csv, name="activity_csv"),
    path("catch/", catch.catch_page, name="catch"),
    path("catch/catch.svg", catch.catch_svg, name="catch_svg"),
    path("catch/catch.csv", catch.catch_csv, name="catch_csv"),
    path("exports/", exports.exports_page, name="exports"),
    path("exports/list", exports.exports_list, name="exports_list"),
    path("exports/<int:pk>/cancel", exports.cancel, name="export_cancel"),
    path("projects/", projects.projects_page, name="projects"),
    path("projects/<int:pk>/", project.deployments_page, name="project"),
    path("projects/<int:pk>/save", project.save_deployments, name="project_save"),
    path("projects/<int:pk>/deployments.csv", project.deployments_file, name="project_file"),
    path("projects/<int:pk>/template.csv", project.template_file, name="project_template"),
    path("projects/<int:pk>/import/", project_import.import_page, name="project_import"),
    path("projects/<int:pk>/record/", project_record.record_page, name="project_record"),
    path("projects/<int:pk>/columns/", project_settings.columns_page, name="project_columns"),
    path("projects/<int:pk>/members/", project_settings.members_page, name="project_members"),
    path("projects/<int:pk>/settings/", project_settings.settings_page, name="project_settings"),
    path("classifier/", classifier.classifier_page, name="classifier"),
    path("detector/", detector.detector_page, name="detector"),
    path("keys/", keys.keys_page, name="keys"),
    path("work/", work.work_page, name="work"),
    path("taxonomy/", taxonomy.taxonomy_page, name="taxonomy"),
    path("label/", labelling.label_page, name="label"),
    path("label/claim", labelling.reserve, name="label_claim"),
    path("label/save", labelling.save, name="label_save"),
    path("label/skip", labelling.skip, name="label_skip"),
    path("label/undo", labelling.undo, name="label_undo"),
    path("label/forget", labelling.forget, name="label_forget"),
    path("label/taxa", labelling.taxa, name="label_taxa"),
]
