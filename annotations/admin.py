"""Annotations in the admin."""
