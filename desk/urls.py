"""Addresses of the desk, below `/admin/desk/`."""

from django.urls import path

from desk.views import corrections, device, fleet, image, pictures

app_name = "desk"
urlpatterns = [
    path("", fleet.fleet_page, name="fleet"),
    path("devices/<slug:device>/", device.device_page, name="device"),
    path("devices/<slug:device>/readings", device.device_readings, name="readings"),
    path("devices/<slug:device>/insects", device.device_insects, name="insects"),
    path("devices/<slug:device>/moments", device.device_moments, name="moments"),
    path("images/<int:pk>/", image.image_page, name="image"),
    path("images/<int:pk>/corrections", corrections.corrections, name="corrections"),
    path("images/named/<str:name>", image.image_named, name="image_named"),
    path("detections/<int:pk>", image.detections, name="detections"),
    path("pictures/<str:what>/<str:name>", pictures.picture, name="picture"),
    path("tiles/<int:level>/<int:column>/<int:row>/<str:name>", pictures.image_tile, name="tile"),
]
