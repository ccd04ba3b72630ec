"""Read the desk's screen as the terminal shows it."""

from __future__ import annotations

import html
import re

from rich.cells import cell_len

from coder.tui.app import DeskApp


def picture(app: DeskApp) -> str:
    """The whole screen with its colours, as SVG; equal pictures are equal screens."""
    return app.export_screenshot()


CELL = 12.2
"""The width of a cell in a picture."""


def words(app: DeskApp) -> str:
    """All text on the screen, line by line, each word in its place."""
    lines: dict[float, list[tuple[float, str]]] = {}
    for tag, text in re.findall(r"<text ([^>]*)>([^<]*)</text>", picture(app)):
        places = {name: float(value) for name, value in re.findall(r'\b(x|y)="([\d.]+)"', tag)}
        lines.setdefault(places["y"], []).append((places["x"], html.unescape(text).replace("\xa0", " ")))
    return "\n".join(_line(sorted(line)) for _, line in sorted(lines.items())).replace("\xa0", " ")


def _line(pieces: list[tuple[float, str]]) -> str:
    shown = ""
    for x, text in pieces:
        shown += " " * (round(x / CELL) - cell_len(shown)) + text
    return shown


def column(app: DeskApp, text: str) -> int:
    """Where a text stands on the first line that has it."""
    return next(line.index(text) for line in words(app).splitlines() if text in line)
