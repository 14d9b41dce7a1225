"""Operations on bundles, and the view that takes uploads of their files where these are stored on disk."""

from pathlib import Path
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpResponse, HttpResponseBase, UnreadablePostError
from rest_framework.request import Request
from rest_framework.views import APIView

from bundles import queries, services
from sticky_pi_api.core.bundles import bundle_uploads, parse_bundle_name
from sticky_pi_api.core.errors import InvalidInput, NotFound, PermissionDenied, TooLarge
from sticky_pi_api.core.info import scalar
from stickypi.http.operations import OperationViewSet, link_maker, read_info, read_what, stream_rows, upload_link_maker
from stickypi.storage import DiskStorage, files, links

_MAX_OTHER_PARTS = 100_000  # bytes


class BundleOperations(OperationViewSet):
    """Section 4 of the contract, ML bundles."""

    def _get_ml_bundle_file_list(self, request: Request, what: str = "") -> HttpResponseBase:
        name = parse_bundle_name(scalar(read_info(request)))
        return stream_rows(queries.bundle_files(bundle_name=name, what=read_what(request), link=link_maker(request)))

    def _get_ml_bundle_upload_links(self, request: Request) -> HttpResponseBase:
        info = read_info(request)
        uploads = bundle_uploads(info)
        return stream_rows(queries.upload_links(info=info, uploads=uploads, link=upload_link_maker(request)))


class BundleFileUpload(APIView):
    """`POST /bundle-files`: the fields of an upload link, then the part `file`. The link's signature authorises it."""

    authentication_classes = []
    permission_classes = []

    def get(self, request: Request) -> HttpResponse:
        """Whether the link is good: a proxy asks before it takes the file in."""
        _check_link(request)
        return HttpResponse(status=204)

    def post(self, request: Request) -> HttpResponse:
        storage = files()
        if not isinstance(storage, DiskStorage):
            raise NotFound("files of bundles are not uploaded here")
        fields = _check_link(request)
        _refuse_large(request)
        with storage.incoming() as path:
            _receive(request, fields, path)
            services.bundle_file_put(storage=storage, key=fields["key"], md5=fields["md5"], path=path)
        return HttpResponse(status=204)


class PartReceiver(FileUploadHandler):
    """Writes the part `file` of a multipart body to a path while it arrives."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("xb")
        self.came = False

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        if field_name != "file" or self.came:
            raise SkipFile
        self.came = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> None:
        pass  # `close` ends the file, also when the upload fails

    def close(self) -> None:
        self._file.close()


def _check_link(request: Request) -> dict[str, str]:
    fields = {name: request.query_params.get(name, "") for name in links.UPLOAD_FIELDS}
    links.check_upload(**fields)
    return fields


def _refuse_large(request: Request) -> None:
    if int(request.META.get("CONTENT_LENGTH") or 0) > links.MAX_UPLOAD + _MAX_OTHER_PARTS:
        raise TooLarge(f"the file is larger than the {links.MAX_UPLOAD / 1e9:.0f} GB that a file of a bundle may have")


def _receive(request: Request, fields: dict[str, str], path: Path) -> None:
    receiver = PartReceiver(path)
    request._request.upload_handlers = [receiver]
    try:
        posted = request.POST
    except UnreadablePostError as error:
        raise InvalidInput("the file did not come to its end: send it again") from error
    finally:
        receiver.close()
    if any(posted.get(name) != value for name, value in fields.items()):
        raise PermissionDenied("the fields are not those of the upload link", code="bad_link")
    if not receiver.came:
        raise InvalidInput("no file came: send it as the last part, named 'file', after the fields of the upload link")
