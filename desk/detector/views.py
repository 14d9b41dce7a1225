"""How good a detector is: what it found on images against what people corrected there."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from annotations.comparisons import Detector, compare, detectors
from desk.common.python import EVERYTHING, quoted, script
from desk.detector.queries import N_CLASSES, SMALLEST, images_of, summarize, worst_images
from desk.http import VIEW_ANNOTATIONS, page, render_page
from stickypi.admin.columns import version_label

_PER_PAGE = 24


@page(VIEW_ANNOTATIONS)
def detector_page(request: HttpRequest) -> HttpResponse:
    """The quality of a `detector`, name and version, else of the newest; images by the mistakes of a `size`."""
    known = detectors()
    name, _, version = request.GET.get("detector", "").rpartition(" ")
    asked = Detector(name, version)
    chosen = asked if asked in known else next(iter(known), None)
    context: dict[str, Any] = {
        "detectors": [
            {"name": each.algo_name, "version": each.algo_version, "n_images": n_images, "is_chosen": each == chosen}
            | {"text": f"{each.algo_name} {version_label(each.algo_version)}"}
            for each, n_images in known.items()
        ],
        "detector": chosen,
    }
    if chosen:
        context |= _quality_context(request, chosen)
        functions = ["detection_quality", "match_detections", "read_corrected"]
        context["python"] = script(request, functions, _python(chosen))
    return render_page(request, "detector/detector.html", "Detector", context)


def _quality_context(request: HttpRequest, detector: Detector) -> dict[str, Any]:
    compared = compare(detector)
    summary = summarize(compared)
    asked = request.GET.get("size", "")
    size = int(asked) - 1 if asked in map(str, range(1, len(summary["classes"]) + 1)) else None
    rows = Paginator(worst_images(compared, size), _PER_PAGE).get_page(request.GET.get("page"))
    return {
        **summary,
        "compared": compared,
        "smallest_percent": round(100 * SMALLEST),
        "size": None if size is None else size + 1,
        "rows": rows,
        "images": images_of(rows),
    }


def _python(detector: Detector) -> list[str]:
    name, version = map(quoted, detector)
    return [
        f"truth, found = read_corrected(client, {EVERYTHING}, ({name}, {version}))",
        "matches = match_detections(truth, found)",
        f"quality = detection_quality(matches, by_area={N_CLASSES})",
        "print(detection_quality(matches), quality, sep='\\n')",
    ]
