"""The client alone, without a server."""
