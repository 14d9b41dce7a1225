"""Python client of Sticky Pi: see `sticky_pi_api.client`."""

__version__ = "1.0.0"
