"""Lay a document out as numbered rows, so that evidence and search can find their place in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from coder.adjudicate.wording import visible
from coder.model import Segment, Span


@dataclass(frozen=True)
class Row:
    """One numbered segment, or what stands between segments (a ruled line, a context field) without a number.

    `start` is where the text stands in the version, in code points, and None where it is not part of it; `lead` is the
    length of the bullet or bar shown in front.
    """

    number: int | None
    text: str
    start: int | None = None
    lead: int = 0
    apart: bool = False

    def within(self, span: Span) -> Span | None:
        """The part of a version's span that lies in this row, as offsets into the row's text."""
        if self.start is None:
            return None
        first = max(span.start - self.start, 0) + self.lead
        last = min(span.end - self.start + self.lead, len(self.text))
        return Span(start=first, end=last) if first < last else None

    def found(self, pattern: re.Pattern[str], start: int = 0, end: int | None = None) -> tuple[Span, ...]:
        """Where a pattern stands in this row, or in a part of it."""
        last = len(self.text) if end is None else end
        matches = pattern.finditer(self.text, max(start, 0), last)
        return tuple(Span(start=match.start(), end=match.end()) for match in matches)


def rows_of(text: str, segments: Sequence[Segment], context: Mapping[str, str]) -> tuple[Row, ...]:
    """The rows of a document: context fields, then every segment, with what stands between them.

    Every character is made harmless and none is lost but white space. A row is `apart` where the text leaves a blank
    line before it.
    """
    rows = [Row(None, visible(f"{name}: {value}").replace("\n", " ")) for name, value in context.items()]
    position = 0
    for segment in segments:
        between = text[position : segment.start]
        rows.extend(_unnumbered(between.split("\n")[:-1]))
        lead = visible(between.rpartition("\n")[2].lstrip())
        shown = visible(text[segment.start : segment.end]).replace("\n", " ")
        apart = between.count("\n") > 1 or (position == 0 and bool(context))
        rows.append(Row(segment.number, lead + shown, segment.start, len(lead), apart))
        position = segment.end
    rows.extend(_unnumbered(text[position:].split("\n")))
    return tuple(rows)


def broken(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Where a row's text breaks into lines of at most `width` cells, as offsets into it."""
    if _ONE_CELL_EACH.fullmatch(text):
        yield from _broken_by_letters(text, width)
        return
    position = 0
    for line in Content(text, strip_control_codes=False).wrap(width):
        start = text.index(line.plain, position)
        position = start + len(line.plain)
        yield start, position


_ONE_CELL_EACH = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e]*")
"""Latin, Greek and Cyrillic without combining marks: as many cells as letters, so that no width need be looked up."""


def _broken_by_letters(text: str, width: int) -> Iterator[tuple[int, int]]:
    start = 0
    while len(text) - start > width:
        space = text.rfind(" ", start + 1, start + width + 1)
        end = start + width if space < 0 else space
        yield start, end
        start = end + (space >= 0)
    yield start, len(text)


def _unnumbered(lines: Sequence[str]) -> Iterator[Row]:
    return (Row(None, visible(line.strip())) for line in lines if line.strip())
