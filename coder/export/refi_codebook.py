"""REFI-QDA codebook, `.qdc`: dimensions as codes that cannot be given, their categories as codes below them."""

from __future__ import annotations

from typing import BinaryIO

from coder.codebook.qdc import codebook_xml
from coder.export.bundle import ExportBundle, ExportOptions


def write(bundle: ExportBundle, options: ExportOptions, handle: BinaryIO) -> tuple[str, ...]:
    """Write the project's codebook."""
    handle.write(codebook_xml(bundle.codebook).encode("utf-8"))
    return ()
