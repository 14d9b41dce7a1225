"""Detections corrected by hand, as an annotation of their own; what was corrected stays as it is."""

import hashlib
from typing import Any

from accounts.models import User
from annotations.services import annotations_put
from images.models import Image
from sticky_pi_api.core.annotations import compact_json, new_annotations
from sticky_pi_api.core.errors import InvalidInput
from sticky_pi_api.core.formats import format_datetime
from sticky_pi_api.core.people import person_algo_name
from sticky_pi_api.core.records import AnnotationRow


def correction_put(*, image: Image, objects: Any, user: User, seconds: int) -> AnnotationRow[str]:
    """Stores the contours that a person drew on an image.

    Args:
        objects: a list of `{"contour": ..., "name": ..., ...}` as in the contract.
        seconds: unix time of the correction.

    Returns:
        The row of the annotation.

    Raises:
        InvalidInput: an object is not one.
        Conflict: the same contours were stored in the same second.
    """
    if not isinstance(objects, list):
        raise InvalidInput("'annotations' takes a list of objects")
    _check_within(objects, image)
    digest = hashlib.md5(compact_json(objects).encode(), usedforsecurity=False).hexdigest()
    metadata = {
        "algo_name": person_algo_name(user.username),
        "algo_version": f"{seconds}-{digest}",
        "device": image.device,
        "datetime": format_datetime(image.naive_datetime),
        "md5": image.md5,
    }
    new = new_annotations([{"annotations": objects, "metadata": metadata}])
    return annotations_put(new_annotations=new, user=user)[0]


def _check_within(objects: list[Any], image: Image) -> None:
    """Raises InvalidInput where a contour has under three points, or one outside the image."""
    for index, each in enumerate(objects):
        points = each.get("contour") if isinstance(each, dict) else None
        if not isinstance(points, list) or len(points) < 3:
            raise InvalidInput(f"annotations[{index}]: a contour takes at least three points")
        if not all(_is_within(point, image) for point in points):
            raise InvalidInput(
                f"annotations[{index}]: its points are not all [[x, y]] within {image.width} x {image.height}"
            )


def _is_within(point: Any, image: Image) -> bool:
    try:
        ((x, y),) = point
        return 0 <= x < image.width and 0 <= y < image.height
    except (TypeError, ValueError):
        return False
