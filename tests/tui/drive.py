"""Read the desk's screen as the terminal shows it."""

from __future__ import annotations

import html
import re

from coder.tui.app import DeskApp


def picture(app: DeskApp) -> str:
    """The whole screen with its colours, as SVG; equal pictures are equal screens."""
    return app.export_screenshot()


def words(app: DeskApp) -> str:
    """All text on the screen, line by line."""
    lines: dict[float, list[tuple[float, str]]] = {}
    for tag, text in re.findall(r"<text ([^>]*)>([^<]*)</text>", picture(app)):
        places = {name: float(value) for name, value in re.findall(r'\b(x|y)="([\d.]+)"', tag)}
        lines.setdefault(places["y"], []).append((places["x"], html.unescape(text).replace("\xa0", " ")))
    return "\n".join("".join(text for _, text in sorted(line)) for _, line in sorted(lines.items()))
