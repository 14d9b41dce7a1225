"""Infrastructure of the Sticky Pi server: settings, URLs, storage, the wire format. No domain knowledge."""

__version__ = "1.0.0"
