"""A pane of text that draws its lines itself: when what it says changes, nothing is laid out or styled anew."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual
from textual.widget import Widget


class Lines(Widget):
    """Paragraphs, wrapped to the pane; what does not fit is cut, and `cut`, if any, says so on the last line."""

    can_focus = False
    ALLOW_SELECT = False

    def __init__(self, *, id: str, cut: str = "…") -> None:
        super().__init__(id=id)
        self.auto_links = False
        self._cut = cut
        self._said: tuple[Content, ...] = ()
        self._strips: list[Strip] = []

    def show(self, *paragraphs: Content) -> None:
        """Say this from now on."""
        self._said = paragraphs
        self.renew()

    def drawn(self, width: int, height: int) -> Sequence[Strip]:
        """The lines to draw; those beyond `height` are not seen."""
        return self.fitted(self._said, width, height)

    def fitted(self, paragraphs: Sequence[Content], width: int, height: int, style: Style | None = None) -> list[Strip]:
        """Paragraphs as at most `height` lines, the last one saying where something was cut."""
        base = style or self.visual_style
        lines = [strip for one in paragraphs for strip in Visual.to_strips(self, one, width, None, base, pad=True)]
        if len(lines) <= height or height == 1 or not self._cut:
            return lines[:height]
        return [*lines[: max(height - 1, 0)], *Visual.to_strips(self, Content(self._cut), width, 1, base, pad=True)]

    def renew(self) -> None:
        """Draw again, and paint the lines that differ."""
        width, height = self.content_size
        if not width:
            return
        lines = list(self.drawn(width, height))[:height]
        pairs = enumerate(zip_longest(self._strips, lines))
        changed = [Region(0, y, width, 1) for y, (before, after) in pairs if before != after]
        self._strips = lines
        if changed:
            self.refresh(*changed)

    def on_resize(self) -> None:
        """Wrap to the new width."""
        self._strips = []
        self.renew()

    def notify_style_update(self) -> None:
        """Take the colours of a new theme."""
        super().notify_style_update()
        self.renew()

    def render_line(self, y: int) -> Strip:
        """One line of the pane."""
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, self.visual_style.rich_style)


def clickable(content: Content, action: str) -> Content:
    """The text, doing an action of the screen when it is clicked."""
    return content.stylize(Style.from_meta({"@click": action if action.startswith("app.") else f"screen.{action}"}))
