"""The taxa that labelling offers, and the upload of a taxonomy file."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from desk.common.labels import taxon_hue
from desk.http import IMPORT_TAXA, VIEW_TUBOIDS, page, render_page
from labels.models import Taxon
from labels.taxa import taxa_import
from labels.taxonomy_file import read_taxonomy
from sticky_pi_api.core.errors import InvalidInput

_SHOWN = 500
_MAX_BYTES = 8_000_000


@require_http_methods(["GET", "POST"])
@page(VIEW_TUBOIDS)
def taxonomy_page(request: HttpRequest) -> HttpResponse:
    """The page; POST imports a file."""
    may_import = request.user.has_perm(IMPORT_TAXA)
    if request.method == "POST" and may_import:
        _import(request)
        return redirect("desk:taxonomy")
    found = Taxon.objects.order_by("path")
    query = request.GET.get("q", "").strip()
    if query:
        found = found.filter(path__icontains=query) | found.filter(common_name__icontains=query)
    taxa = list(found[: _SHOWN + 1])
    context = {
        "query": query,
        "taxa": [{"taxon": taxon, "hue": taxon_hue(taxon.path)} for taxon in taxa[:_SHOWN]],
        "has_more": len(taxa) > _SHOWN,
        "may_import": may_import,
    }
    return render_page(request, "taxonomy/taxonomy.html", "Taxonomy", context)


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
