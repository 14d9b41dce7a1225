"""The taxa that labelling offers, and the upload of a taxonomy file."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from desk.chips import hue_of
from desk.tuboid_access import IMPORT, VIEW_TUBOIDS, page_for
from sticky_pi_api.core.errors import InvalidInput
from tuboids.models import Taxon
from tuboids.taxa import read_taxonomy, taxa_import

_SHOWN = 500
_MAX_BYTES = 8_000_000


@require_http_methods(["GET", "POST"])
@page_for(VIEW_TUBOIDS)
def taxonomy_page(request: HttpRequest) -> HttpResponse:
    """The page; POST imports a file."""
    may_import = request.user.has_perm(IMPORT)
    if request.method == "POST" and may_import:
        _import(request)
        return redirect("desk:taxonomy")
    found = Taxon.objects.order_by("path")
    query = request.GET.get("q", "").strip()
    if query:
        found = found.filter(path__icontains=query) | found.filter(common_name__icontains=query)
    taxa = list(found[: _SHOWN + 1])
    context = {
        **admin.site.each_context(request),
        "title": "Taxonomy",
        "query": query,
        "taxa": [{"taxon": taxon, "hue": hue_of(taxon.path)} for taxon in taxa[:_SHOWN]],
        "has_more": len(taxa) > _SHOWN,
        "may_import": may_import,
    }
    return render(request, "desk/taxonomy.html", context)


def _import(request: HttpRequest) -> None:
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > _MAX_BYTES:
        messages.error(request, f"Choose a file of at most {_MAX_BYTES // 1_000_000} MB.")
        return
    try:
        added, updated = taxa_import(taxa=read_taxonomy(file.read()))
    except InvalidInput as error:
        messages.error(request, f"Nothing was imported: {error.detail}.")
    else:
        messages.success(request, f"{added} taxa added, {updated} updated.")
