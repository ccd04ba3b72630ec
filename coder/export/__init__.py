"""Doors out: one module a format, found by the ending of the file."""

from coder.export.bundle import ExportBundle, ExportOptions, Part
from coder.export.registry import Format, export, exporters

__all__ = ["ExportBundle", "ExportOptions", "Format", "Part", "export", "exporters"]
