"""Doors out: one module a format."""
