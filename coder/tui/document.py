"""The document pane: numbered segments, evidence once it may be seen, search; it draws only the lines in sight."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from coder.adjudicate.views import BlindView
from coder.model import Span
from coder.tui.layout import Row, broken, rows_of

Who = Literal["model", "gold"]
SIGNS: dict[Who, str] = {"model": "»", "gold": "◆"}
"""The sign in the margin of a cited segment; the legend under the title says it in words."""


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
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "document--number",
        "document--context",
        "document--model",
        "document--gold",
        "document--match",
    }

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._rows: tuple[Row, ...] = ()
        self._cited: tuple[Cited, ...] = ()
        self._pattern: re.Pattern[str] | None = None
        self._digits = 1
        self._lines: list[Line] = []
        self._line_of_row: list[int] = []
        self._painted: dict[int, Content] = {}
        self._jumps: dict[str, int] = {}

    def show(self, view: BlindView, cited: Sequence[Cited] = ()) -> None:
        """Show a document; the place is kept where it is the same text as before."""
        rows = rows_of(view.text, view.segments, view.context)
        self._cited = tuple(cited)
        self._jumps.clear()
        if rows != self._rows:
            self._rows = rows
            self._pattern = None
            self._lay_out()
            self.scroll_home(animate=False)
        self._paint_again()

    def search(self, words: str) -> int:
        """Mark every place that holds the words (case aside) and give their number."""
        self._pattern = re.compile(re.escape(words), re.IGNORECASE) if words else None
        self._jumps.pop("match", None)
        self._paint_again()
        return sum(len(row.found(self._pattern)) for row in self._rows) if self._pattern else 0

    def next_match(self) -> None:
        """Scroll to the next row with a match, from the first again after the last."""
        pattern = self._pattern
        if pattern is not None:
            self._jump("match", [place for place, row in enumerate(self._rows) if row.found(pattern)])

    def next_evidence(self) -> None:
        """Scroll to the next cited row, from the first again after the last."""
        cited = [place for place, row in enumerate(self._rows) if any(row.within(one.span) for one in self._cited)]
        self._jump("evidence", cited)

    def _jump(self, what: str, places: list[int]) -> None:
        if not places:
            return
        turn = (self._jumps.get(what, -1) + 1) % len(places)
        self._jumps[what] = turn
        line = self._line_of_row[places[turn]]
        self.scroll_to_region(Region(0, max(line - 1, 0), 1, 3), animate=False)

    # Drawing: where the lines break is found once a width, how they look only for those in sight.

    def on_resize(self) -> None:
        """Break the lines to the new width."""
        self._lay_out()

    def notify_style_update(self) -> None:
        """Take the colours of a new theme."""
        super().notify_style_update()
        self._paint_again()

    def _paint_again(self) -> None:
        self._painted.clear()
        self.refresh()

    def _lay_out(self) -> None:
        self._digits = len(str(max((row.number or 0 for row in self._rows), default=0)))
        margin = self._digits + 4
        width = max(self.scrollable_content_region.width - margin, 8)
        self._lines, self._line_of_row = [], []
        for place, row in enumerate(self._rows):
            if row.apart:
                self._lines.append(Line(place, 0, 0, first=False))
            self._line_of_row.append(len(self._lines))
            pieces = enumerate(broken(row.text, width))
            self._lines.extend(Line(place, start, end, first=number == 0) for number, (start, end) in pieces)
        self.virtual_size = Size(width + margin, len(self._lines))
        self.refresh()

    def _gutter(self, row: Row) -> Content:
        signs = "".join(
            sign for who, sign in SIGNS.items() if any(row.within(one.span) for one in self._cited if one.who == who)
        )
        number = "" if row.number is None else str(row.number)
        return Content(f"{signs:<2}{number:>{self._digits}}  ").stylize(self.get_visual_style("document--number"))

    def _content(self, place: int) -> Content:
        if place not in self._painted:
            self._painted[place] = self._paint(self._rows[place])
        return self._painted[place]

    def _paint(self, row: Row) -> Content:
        content = Content(row.text)
        if row.start is None:
            content = content.stylize(self.get_visual_style("document--context"))
        for one in self._cited:
            part = row.within(one.span)
            if part is not None:
                content = content.stylize(self.get_visual_style(f"document--{one.who}"), part.start, part.end)
        for part in row.found(self._pattern) if self._pattern else ():
            content = content.stylize(self.get_visual_style("document--match"), part.start, part.end)
        return content

    def render_line(self, y: int) -> Strip:
        """One line of the pane."""
        number = y + self.scroll_offset.y
        style = self.visual_style
        if number >= len(self._lines):
            return Strip.blank(self.size.width, style.rich_style)
        line = self._lines[number]
        gutter = self._gutter(self._rows[line.row]) if line.first else Content(" " * (self._digits + 4))
        text = self._content(line.row)[line.start : line.end]
        pieces = [*gutter.render_segments(style), *text.render_segments(style)]
        return Strip(pieces).adjust_cell_length(self.size.width, style.rich_style)
