"""Tiled tuboids, their series and their labels."""
