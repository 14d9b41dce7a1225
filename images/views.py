"""Operations on images."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request

from accounts.authentication import uploader
from accounts.device_keys import check_devices
from accounts.models import DeviceKey
from images import queries, services
from images.services import Upload
from sticky_pi_api.core import info
from sticky_pi_api.core.errors import PermissionDenied
from sticky_pi_api.core.image import check_bytes
from stickypi.http.operations import OperationViewSet, answer_rows, link_maker, read_info, read_what, stream_rows


class ImageOperations(OperationViewSet):
    """Section 4 of the contract, images."""

    def get_images(self, request: Request, what: str = "") -> HttpResponseBase:
        keys, what = info.image_keys(read_info(request)), read_what(request)
        found = queries.images(keys=keys, what=what, link=link_maker(request))
        if isinstance(asker := uploader(request), DeviceKey):
            check_devices(uploader=asker, devices=[key.device for key in keys])
            return stream_rows(_arrived(found, what))
        return stream_rows(found)

    def get_image_series(self, request: Request, what: str = "") -> HttpResponseBase:
        series = info.series(read_info(request))
        return stream_rows(queries.image_series(series=series, what=read_what(request), link=link_maker(request)))

    def _put_new_images(self, request: Request) -> HttpResponse:
        stored = services.images_put(uploads=_read_uploads(request), user=uploader(request))
        return answer_rows([queries.stored_row(each.image) for each in sorted(stored, key=lambda each: each.image.key)])

    def delete_images(self, request: Request) -> HttpResponse:
        return answer_rows(services.images_delete(keys=info.image_keys(read_info(request))))


def _arrived(found: Iterable[Sequence[Mapping[str, Any]]], what: str) -> Iterator[Sequence[Mapping[str, Any]]]:
    """What a harvester must know before it deletes its copies, and no reading of a trap."""
    if what != "metadata":
        raise PermissionDenied("a device key sees no pictures: get_images says to it whether they have arrived")
    for rows in found:
        yield [{name: row[name] for name in ("id", "device", "datetime", "md5", "url")} for row in rows]


def _read_uploads(request: Request) -> list[Upload]:
    """The files of a multipart body, named by their parts; `<name>.md5` is the md5 of one, as a field or as a file."""
    files, fields = request.FILES, request.POST
    md5s = {name: fields[name] for name in fields}
    md5s |= {name: files[name].read(100).decode("latin-1") for name in files if name.endswith(".md5")}
    uploads = []
    for name, sent in files.lists():
        if name.endswith(".md5"):
            continue
        for file in sent:
            check_bytes(name, file.size)
            uploads.append(Upload(name, file.read(), md5s.get(f"{name}.md5")))
    return uploads
