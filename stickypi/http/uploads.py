"""Uploads are read in large pieces: what the HTTP server holds back is copied once for each piece."""

from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler

_PIECE = 4 << 20  # bytes


class InMemory(MemoryFileUploadHandler):
    """Files of small requests."""

    chunk_size = _PIECE


class OnDisk(TemporaryFileUploadHandler):
    """Files of large requests."""

    chunk_size = _PIECE
