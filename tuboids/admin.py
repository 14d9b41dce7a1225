"""Tuboids in the admin."""
