"""The storage of static files."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class GzippedManifestStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Without Brotli, also where it is installed: it saves a tenth, and takes a minute at each start of a demo."""

    def create_compressor(self, **options: Any) -> Compressor:
        return Compressor(**options, use_brotli=False)
