"""Exports as jobs of the server; for administrators, other long work of the server, too."""
