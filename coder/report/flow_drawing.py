"""The PRISMA 2020 flow as a diagram: where each box and arrow stands, and the SVG."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import Literal

from coder.report.flow import COLUMNS, flow_words, included_words, steps, used
from coder.screening.flow import Column, Flow

Kind = Literal["head", "step", "aside", "included"]
INK, PAPER = "#1a1a1a", "#ffffff"
TINT: Mapping[Kind, tuple[str, float]] = {
    "head": ("#0072b2", 0.16),
    "step": (PAPER, 1.0),
    "aside": ("#5c5c5c", 0.08),
    "included": ("#e69f00", 0.22),
}
"""What a box is filled with and how strongly, so that the same tints do on white paper and on a dark page."""
_BOX, _GAP, _EDGE, LINE, PAD = 240, 26, 14, 15, 9
_CHARS, _BOLD, _MOST = 34, 31, 5
"""Characters of a line, and lines of an entry, that a box holds also where the reader's font is a wide one."""
_HEADING = ' class="h"'
_UNSAFE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_STYLE = (
    f".flow text{{font:12px system-ui,sans-serif;fill:{INK}}}.flow .h{{font-weight:600}}"
    f".flow rect,.flow path{{stroke:{INK};stroke-width:1.2}}.flow path{{fill:none}}"
    ".flow .aside{stroke-dasharray:4 3}.flow .included{stroke-width:2}"
    + "".join(f".flow .{kind}{{fill:{colour};fill-opacity:{strength}}}" for kind, (colour, strength) in TINT.items())
)


@dataclass(frozen=True)
class Line:
    """A line of a box: a heading stands out, a detail is indented."""

    text: str
    heading: bool = False
    indent: int = 0


@dataclass(frozen=True)
class Panel:
    """A box, by its upper left corner in pixels, as high as its lines."""

    x: int
    y: int
    kind: Kind
    lines: tuple[Line, ...]
    width: int = _BOX

    @property
    def bottom(self) -> int:
        """Where it ends."""
        return self.y + len(self.lines) * LINE + 2 * PAD


@dataclass(frozen=True)
class Drawing:
    """The diagram: boxes, and arrows by their corners, on so many pixels."""

    width: int
    height: int
    panels: tuple[Panel, ...]
    arrows: tuple[tuple[tuple[int, int], ...], ...]


def layout(flow: Flow, labels: Mapping[str, str] | None = None) -> Drawing:
    """Boxes of a fixed width: those that go on left, what does not beside them right, columns beside each other."""
    columns = used(flow)
    panels: list[Panel] = []
    arrows: list[tuple[tuple[int, int], ...]] = []
    ends = [
        _column(panels, arrows, flow, column, _EDGE + place * 2 * (_BOX + _GAP), labels)
        for place, column in enumerate(columns)
    ]
    lowest = max(panel.bottom for panel in panels) + _GAP
    last = Panel(_EDGE, lowest, "included", _lines(included_words(flow.boxes())))
    panels.append(last)
    for place, (x, y) in enumerate(ends):
        # The first column goes straight down into the last box, others come to it from the side, where there is room.
        middle = (last.y + last.bottom) // 2
        arrows.append(((x, y), (x, lowest)) if not place else ((x, y), (x, middle), (last.x + last.width, middle)))
    width = 2 * _EDGE + len(columns) * 2 * _BOX + (2 * len(columns) - 1) * _GAP
    return Drawing(width, last.bottom + _EDGE, tuple(panels), tuple(arrows))


def _column(
    panels: list[Panel],
    arrows: list[tuple[tuple[int, int], ...]],
    flow: Flow,
    column: Column,
    left: int,
    labels: Mapping[str, str] | None,
) -> tuple[int, int]:
    """Lay a column out from the top; returns the middle of the lower edge of its last box that goes on."""
    head = Panel(left, _EDGE, "head", (Line(COLUMNS[column], heading=True),), 2 * _BOX + _GAP)
    panels.append(head)
    middle, top, before = left + _BOX // 2, head.bottom + LINE, 0
    for step in steps(flow, column, labels):
        box = Panel(left, top, "step", _lines([step.head], step.lines))
        panels.append(box)
        if before:
            arrows.append(((middle, before), (middle, top)))
        lines = tuple(line for heading, details in step.aside for line in _lines([heading], details))
        beside = Panel(left + _BOX + _GAP, top, "aside", lines)
        if lines:
            panels.append(beside)
            arrows.append(((left + _BOX, top + 18), (beside.x, top + 18)))
        before = box.bottom
        top = max(before, beside.bottom if lines else 0) + _GAP
    return middle, before


def _lines(headings: Sequence[str], details: Sequence[str] = ()) -> tuple[Line, ...]:
    """The lines of a box, wrapped: the first heading stands out, details are indented."""
    made = []
    for place, text in enumerate(headings):
        made += [Line(piece, heading=not place) for piece in _wrapped(text, _CHARS if place else _BOLD)]
    for text in details:
        made += [Line(piece, indent=12) for piece in _wrapped(text, _CHARS - 2)]
    return tuple(made)


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines; of what takes too many the middle is left out, since the number stands at the end."""
    together = re.sub(r" (?=[\d,]+\)?$)", "\u00a0", _clean(text))  # a number on a line of its own says nothing
    pieces = [piece.replace("\u00a0", " ") for piece in wrap(together, width, break_long_words=True)] or [""]
    return pieces if len(pieces) <= _MOST else [*pieces[: _MOST - 2], "\u2026", pieces[-1]]


def flow_svg(flow: Flow, labels: Mapping[str, str] | None = None, *, described: bool = True) -> str:
    """The diagram as an SVG of its own; every number is in words too, colour adds none.

    `described`: with title and description, as a file needs them; a page says the same beside the drawing.
    """
    made = layout(flow, labels)
    root = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {made.width} {made.height}"'
    names = ""
    if described:
        root += f' width="{made.width}" height="{made.height}" role="img" aria-labelledby="flow-title flow-text"'
        names = (
            '<title id="flow-title">Flow of records (PRISMA 2020)</title>'
            f'<desc id="flow-text">{_safe(flow_words(flow, labels))}</desc>'
        )
    return (
        f'{root}>{names}<style>{_STYLE}</style><g class="flow">'
        '<defs><marker id="p" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" style="fill:{INK};stroke:none"/></marker></defs>'
        + "".join(map(_panel, made.panels))
        + "".join(map(_arrow, made.arrows))
        + "</g></svg>\n"
    )


def _panel(panel: Panel) -> str:
    rows = "".join(_text(panel, number, line) for number, line in enumerate(panel.lines))
    size = f'width="{panel.width}" height="{panel.bottom - panel.y}"'
    return f'<g><rect x="{panel.x}" y="{panel.y}" {size} rx="3" class="{panel.kind}"/>{rows}</g>'


def _text(panel: Panel, number: int, line: Line) -> str:
    at = f'x="{panel.x + PAD + line.indent}" y="{panel.y + PAD + 12 + number * LINE}"'
    return f"<text {at}{_HEADING if line.heading else ''}>{_safe(line.text)}</text>"


def _arrow(points: Sequence[tuple[int, int]]) -> str:
    way = "L".join(f"{x} {y}" for x, y in points)
    return f'<path marker-end="url(#p)" d="M{way}"/>'


def _clean(text: str) -> str:
    return _UNSAFE.sub("\ufffd", text).strip()


def _safe(text: str) -> str:
    return escape(_clean(text), quote=True)
