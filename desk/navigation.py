"""The sidebar: pages that exist, for those who may see them."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

Item = tuple[str, str, str, str | None]  # title, icon, name of the URL or path, permission

_GROUPS: dict[str, list[Item]] = {
    "Fleet": [("Fleet", "sensors", "desk:fleet", "images.view_image")],
    "Projects": [
        ("Projects", "folder_open", "desk:projects", "projects.view_project"),
        ("Deployments", "pin_drop", "admin:projects_deployment_changelist", "projects.view_deployment"),
    ],
    "What flew when": [
        ("Catch", "bar_chart", "desk:catch", "tuboids.view_tiledtuboid"),
        ("Activity", "schedule", "desk:activity", "tuboids.view_tiledtuboid"),
        ("Exports", "archive", "desk:exports", "images.view_image"),
    ],
    "Images": [
        ("Images", "photo_library", "admin:images_image_changelist", "images.view_image"),
        ("Annotations", "polyline", "admin:annotations_uidannotation_changelist", "annotations.view_uidannotation"),
        ("Detector", "join_inner", "desk:detector", "annotations.view_uidannotation"),
        ("Work", "work", "desk:work", "annotations.view_uidannotation"),
    ],
    "Tuboids": [
        ("Gallery", "grid_view", "desk:tuboids", "tuboids.view_tiledtuboid"),
        ("Label", "label", "desk:label", "labels.add_itclabel"),
        ("Classifier", "table_chart", "desk:classifier", "tuboids.view_tiledtuboid"),
        ("Taxonomy", "account_tree", "desk:taxonomy", "tuboids.view_tiledtuboid"),
        ("Series", "timeline", "admin:tuboids_tuboidseries_changelist", "tuboids.view_tuboidseries"),
        ("Tuboids", "bug_report", "admin:tuboids_tiledtuboid_changelist", "tuboids.view_tiledtuboid"),
        ("Labels", "sell", "admin:labels_itclabel_changelist", "labels.view_itclabel"),
    ],
    "Administration": [
        ("Users", "group", "admin:accounts_user_changelist", "accounts.view_user"),
        ("Device keys", "key", "desk:keys", "accounts.add_devicekey"),
        ("Pending files", "inventory_2", "admin:stickypi_pendingfile_changelist", "stickypi.view_pendingfile"),
        ("API docs", "api", "/api/docs/", None),
        ("Profile and token", "key", "profile", None),
    ],
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """django-unfold's `SIDEBAR.navigation`."""
    groups: list[dict[str, Any]] = [
        {"title": title, "separator": False, "items": [entry for item in items if (entry := _entry(request, item))]}
        for title, items in _GROUPS.items()
    ]
    _mark_active(request.path, [item for group in groups for item in group["items"]])
    return [group for group in groups if group["items"]]


def _mark_active(path: str, items: list[dict[str, Any]]) -> None:
    """The page shown, or the nearest one above it."""
    above = [item for item in items if path.startswith(item["link"])]
    for item in items:
        item["active"] = bool(above) and item is max(above, key=lambda each: len(each["link"]))


def _entry(request: HttpRequest, item: Item) -> dict[str, Any] | None:
    title, icon, name, permission = item
    link = _link(name)
    if link is None or (permission and not request.user.has_perm(permission)):
        return None
    return {"title": title, "icon": icon, "link": link}


def _link(name: str) -> str | None:
    """The path of a page; None if there is no such page."""
    try:
        if not name.startswith("/"):
            return reverse(name)
        resolve(name)
    except (NoReverseMatch, Resolver404):
        return None
    return name
