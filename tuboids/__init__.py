"""Tiled tuboids and their series."""
