"""Quotes become spans of a version's text; a quote that does not occur there is a problem."""

from __future__ import annotations

import re
from collections.abc import Iterable

from coder.documents.normalise import normalise
from coder.gold.cells import Trouble
from coder.model import Span

JOINED = " | "
"""What stands between the quotes of one cell, here and in the long export."""


def find_quotes(quotes: Iterable[str], text: str) -> tuple[tuple[Span, ...], tuple[Trouble, ...]]:
    """Each quote's first place in the version's text, runs of blanks aside, and a trouble for each one not found."""
    spans: list[Span] = []
    troubles: list[Trouble] = []
    for quote in quotes:
        span = _find(quote, text)
        if span is None:
            shown = quote if len(quote) <= 80 else f"{quote[:77]}..."
            gone = "" if text else ", whose text was purged"
            troubles.append(Trouble("quote", f"the quote {shown!r} does not occur in the document{gone}"))
        else:
            spans.append(span)
    return tuple(spans), tuple(troubles)


def split_quotes(cell: str, text: str) -> list[str]:
    """The quotes of a cell; a mark between quotes that stands in the document itself is part of a quote."""
    if not cell.strip():
        return []
    return (
        [cell]
        if JOINED not in cell or _find(cell, text) is not None
        else [part for part in cell.split(JOINED) if part.strip()]
    )


def _find(quote: str, text: str) -> Span | None:
    for wanted in (quote.strip(), normalise(quote).strip()):  # the first is far cheaper, and mostly enough
        start = text.find(wanted) if wanted else -1
        if start >= 0:
            return Span(start=start, end=start + len(wanted))
    wanted = normalise(quote).strip()
    if not wanted:
        return None
    match = re.search(r"\s+".join(map(re.escape, wanted.split())), text)
    return Span(start=match.start(), end=match.end()) if match else None
