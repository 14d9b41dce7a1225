"""The operations on a server, over HTTP."""
