"""A codebook from wherever a program has it."""

from __future__ import annotations

from pathlib import Path

from coder.codebook import load_codebook as read_codebook
from coder.codebook import parse_codebook
from coder.errors import InputError
from coder.model import Codebook


def load_codebook(source: str | Path) -> Codebook:
    """The codebook in a YAML file, or in YAML text (whatever has more than one line).

    Raises InputError, which lists every fault with its line.
    """
    if isinstance(source, str) and "\n" in source.strip():
        return parse_codebook(source, "codebook")
    return read_codebook(Path(source))


def as_codebook(given: Codebook | str | Path) -> Codebook:
    """A codebook as it is, or loaded; InputError where it asks nothing."""
    book = given if isinstance(given, Codebook) else load_codebook(given)
    if not book.dimensions:
        raise InputError(f"codebook '{book.name}': no dimensions to code", "add 'dimensions:' to the codebook")
    return book
