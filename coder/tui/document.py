"""The document pane: numbered segments, evidence once it may be seen, search; it draws only the lines in sight."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from coder.adjudicate.views import BlindView
from coder.model import Segment, Span
from coder.tui.layout import Row, broken, rows_of

Who = Literal["model", "gold"]
SIGNS: dict[Who, str] = {"model": "»", "gold": "◆"}
"""The sign in the margin of a cited segment; the legend under the title says it in words."""


KEPT = 2000
"""Drawn lines kept."""
REACH = 200
"""Characters to both sides of a line in which a match that reaches into it is looked for."""


@dataclass(frozen=True)
class Cited:
    """A span and who cited it as evidence."""

    span: Span
    who: Who


class Line(NamedTuple):
    """One line on the screen: a stretch of a row's text; the first of a row carries its number."""

    row: int
    start: int
    end: int
    first: bool


class DocumentView(ScrollView):
    """A document's rows, wrapped to the pane's width."""

    can_focus = False
    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "document--number",
        "document--context",
        "document--model",
        "document--gold",
        "document--match",
    }

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._source: tuple[str, Sequence[Segment], Mapping[str, str]] = ("", (), {})
        self._rows: tuple[Row, ...] = ()
        self._cited: tuple[Cited, ...] = ()
        self._pattern: re.Pattern[str] | None = None
        self._digits = 1
        self._width = 0
        self._lines: list[Line] = []
        self._line_of_row: list[int] = []
        self._drawn: dict[int, Strip] = {}
        self._jumps: dict[str, int] = {}

    def show(self, view: BlindView, cited: Sequence[Cited] = ()) -> None:
        """Show a document; the place is kept where it is the same text as before, and nothing is drawn in vain."""
        source = (view.text, view.segments, view.context)
        self._jumps.pop("evidence", None)
        if source != self._source:
            self._source = source
            self._rows = rows_of(*source)
            self._pattern = None
            self._jumps.clear()
            self._cited = tuple(cited)
            self._lay_out()
            self.scroll_home(animate=False)
        elif self._cited != tuple(cited):
            self._cited = tuple(cited)
            self._draw_again()

    def search(self, words: str) -> int:
        """Mark every place that holds the words (case aside) and give their number."""
        self._pattern = re.compile(re.escape(words), re.IGNORECASE) if words else None
        self._jumps.pop("match", None)
        self._draw_again()
        return sum(len(row.found(self._pattern)) for row in self._rows) if self._pattern else 0

    def next_match(self, by: int = 1) -> None:
        """Scroll to the next line with a match, or the one before; round at the ends."""
        pattern = self._pattern
        if pattern is not None:
            found = ((place, part) for place, row in enumerate(self._rows) for part in row.found(pattern))
            self._jump("match", [self._line_at(place, part.start) for place, part in found], by)

    def next_evidence(self, by: int = 1) -> None:
        """Scroll to the next cited row, or the one before; round at the ends."""
        parts = ((place, row.within(one.span)) for place, row in enumerate(self._rows) for one in self._cited)
        self._jump("evidence", [self._line_at(place, part.start) for place, part in parts if part is not None], by)

    def _jump(self, what: str, lines: list[int], by: int) -> None:
        ordered = sorted(set(lines))
        if not ordered:
            return
        before = self._jumps.get(what, -1 if by > 0 else 0)
        turn = (before + by) % len(ordered)
        self._jumps[what] = turn
        self.scroll_to_region(Region(0, max(ordered[turn] - 1, 0), 1, 3), animate=False)

    def _line_at(self, row: int, offset: int) -> int:
        """The line on which an offset of a row stands."""
        first = self._line_of_row[row]
        return bisect_right(self._lines, offset, lo=first, hi=self._last_line(row) + 1, key=lambda one: one.start) - 1

    def _last_line(self, row: int) -> int:
        following = self._line_of_row[row + 1] if row + 1 < len(self._rows) else len(self._lines)
        return following - 1 - (row + 1 < len(self._rows) and self._rows[row + 1].apart)

    # Drawing: where the lines break is found once a width, how they look only for those in sight.

    def on_resize(self) -> None:
        """Break the lines to the new width."""
        if self.scrollable_content_region.width != self._width:
            self._lay_out()

    def notify_style_update(self) -> None:
        """Take the colours of a new theme."""
        super().notify_style_update()
        self._draw_again()

    def _draw_again(self) -> None:
        self._drawn.clear()
        self.refresh()

    def _lay_out(self) -> None:
        self._digits = len(str(max((row.number or 0 for row in self._rows), default=0)))
        self._width = self.scrollable_content_region.width
        margin = self._digits + 4
        width = max(self._width - margin, 8)
        self._lines, self._line_of_row = [], []
        for place, row in enumerate(self._rows):
            if row.apart:
                self._lines.append(Line(place, 0, 0, first=False))
            self._line_of_row.append(len(self._lines))
            pieces = enumerate(broken(row.text, width))
            self._lines.extend(Line(place, start, end, first=number == 0) for number, (start, end) in pieces)
        self.virtual_size = Size(width + margin, len(self._lines))
        self._draw_again()

    def _gutter(self, row: Row) -> Content:
        signs = "".join(
            sign for who, sign in SIGNS.items() if any(row.within(one.span) for one in self._cited if one.who == who)
        )
        number = "" if row.number is None else str(row.number)
        return Content.assemble(
            signs.rjust(2), (number.rjust(self._digits + 1) + " ", self.get_visual_style("document--number"))
        )

    def _text(self, line: Line) -> Content:
        """A line's text with what is cited and what is searched for."""
        row = self._rows[line.row]
        content = Content(row.text[line.start : line.end], strip_control_codes=False)
        if row.start is None:
            content = content.stylize(self.get_visual_style("document--context"))
        marks = [(row.within(one.span), f"document--{one.who}") for one in self._cited]
        marks += [(part, "document--match") for part in self._matches(row, line)]
        for part, name in marks:
            if part is not None and part.start < line.end and part.end > line.start:
                first, last = max(part.start - line.start, 0), part.end - line.start
                content = content.stylize(self.get_visual_style(name), first, min(last, line.end - line.start))
        return content

    def _matches(self, row: Row, line: Line) -> tuple[Span, ...]:
        # Wide enough to both sides that a match over the line's ends is found, and no more: a row may be enormous.
        return () if self._pattern is None else row.found(self._pattern, line.start - REACH, line.end + REACH)

    def render_line(self, y: int) -> Strip:
        """One line of the pane."""
        number = y + self.scroll_offset.y
        if number >= len(self._lines):
            return Strip.blank(self.size.width, self.visual_style.rich_style)
        if number not in self._drawn:
            if len(self._drawn) > KEPT:
                self._drawn.clear()
            self._drawn[number] = self._strip(self._lines[number])
        return self._drawn[number]

    def _strip(self, line: Line) -> Strip:
        style = self.visual_style
        gutter = self._gutter(self._rows[line.row]) if line.first else Content(" " * (self._digits + 4))
        pieces = [*gutter.render_segments(style), *self._text(line).render_segments(style)]
        return Strip(pieces).adjust_cell_length(self.size.width, style.rich_style)
