"""Which documents an option means: those with a variable's value, or imported since a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from coder.errors import InputError
from coder.model import Document


def selector(where: str | None = None, new_since: str | None = None) -> Callable[[Document], bool]:
    """Whether a document is meant by `VARIABLE=VALUE` and by a day (UTC); None asks nothing. InputError if unclear."""
    variable, sign, value = (where or "").partition("=")
    if where is not None and not (sign and variable):
        raise InputError(f"--where {where}: no VARIABLE=VALUE", "write for instance --where year=2024")
    since = None if new_since is None else day(new_since)

    def meant(document: Document) -> bool:
        valued = where is None or document.variables.get(variable, "") == value
        return valued and (since is None or document.created_at.date() >= since)

    return meant


def day(text: str) -> date:
    """The day that an option names."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"--new-since {text}: not a day", "write it as 2026-11-22") from None
