"""The apostrophe that keeps text in a CSV file from being run as a formula, put on and taken off.

A spreadsheet computes a cell that starts with `=`, `+`, `-`, `@`, a tab or a line break (or the full-width forms of
these signs). Such text is written with an apostrophe in front, the treatment that OWASP describes under "CSV
injection"; plain numbers stay as they are. Taking the apostrophe off gives back exactly what was there before.
"""

from __future__ import annotations

import re

_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


def guarded(text: str) -> str:
    """Text as it goes into a CSV file."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """Text as it was before `guarded`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
