"""Django's upload handlers with larger chunks: the HTTP server copies what it has buffered once for each chunk."""

from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler

_CHUNK = 4 << 20  # bytes


class LargeChunkMemoryHandler(MemoryFileUploadHandler):
    chunk_size = _CHUNK


class LargeChunkFileHandler(TemporaryFileUploadHandler):
    chunk_size = _CHUNK
