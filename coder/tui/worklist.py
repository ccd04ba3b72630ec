"""The worklist: every item under its document's name; only the lines in sight are looked up and drawn."""

from __future__ import annotations

from textual.content import Content
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from coder.adjudicate.desk import Desk
from coder.tui.paint import line, worklist_line


class Worklist(ScrollView):
    """The items of a desk in working order, one line each, with the item at work marked."""

    can_focus = False
    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"worklist--document", "worklist--cursor"}  # noqa: RUF012 - typed by Textual
    current: var[str | None] = var(None)

    class Picked(Message):
        """An item was clicked."""

        def __init__(self, item_id: str) -> None:
            super().__init__()
            self.item_id = item_id

    def __init__(self, desk: Desk, *, id: str) -> None:
        super().__init__(id=id)
        self._desk = desk
        self._lines: list[str | None] = []
        self._line_of: dict[str, int] = {}
        self._painted: dict[int, tuple[Content, bool]] = {}
        self._drawn: dict[int, Strip] = {}

    def fill(self) -> None:
        """Lay out every item of the desk."""
        document, lines = None, self._lines
        lines.clear()
        for item_id in self._desk.order:
            at_hand = self._desk.document(item_id).id
            if at_hand != document:
                lines.append(None)
                document = at_hand
            lines.append(item_id)
        self._line_of = {item_id: place for place, item_id in enumerate(lines) if item_id is not None}
        self._drawn.clear()
        self.virtual_size = Size(1, len(lines))
        self.refresh()

    def go_to(self, item_id: str) -> None:
        """Mark an item as the one at work and bring it into sight."""
        self.current = item_id
        place = self._line_of[item_id]
        above = 1 if place and self._lines[place - 1] is None else 0
        self.scroll_to_region(Region(0, place - above, 1, 1 + above), animate=False)
        self.renew()

    def renew(self) -> None:
        """Look again at the items in sight, and paint those that differ."""
        for place, painted in list(self._painted.items()):
            if place not in self._in_sight:
                del self._painted[place]
                self._drawn.pop(place, None)
            elif self._content(place) != painted[0] or self._is_current(place) != painted[1]:
                self._drawn.pop(place, None)
                self.refresh_line(place)

    @property
    def _in_sight(self) -> range:
        top = self.scroll_offset.y
        return range(top, min(top + self.size.height, len(self._lines)))

    def _is_current(self, place: int) -> bool:
        return self._lines[place] is not None and self._lines[place] == self.current

    def _content(self, place: int) -> Content:
        item_id = self._lines[place]
        if item_id is None:
            below = self._lines[place + 1]
            return line(self._desk.document(str(below)).name or "(no name)")
        width = self.scrollable_content_region.width
        return worklist_line(self._desk.work_item(item_id), self._is_current(place), width)

    def on_resize(self) -> None:
        """Cut the lines to the new width, and keep the item at work in sight."""
        self._drawn.clear()
        if self.current is not None and self.current in self._line_of:
            self.go_to(self.current)

    def notify_style_update(self) -> None:
        """Take the colours of a new theme."""
        super().notify_style_update()
        self._drawn.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the pane."""
        place = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        if place >= len(self._lines):
            return Strip.blank(width, self.visual_style.rich_style)
        if place not in self._drawn:
            self._painted[place] = self._content(place), self._is_current(place)
            self._drawn[place] = self._strip(place, width)
        return self._drawn[place]

    def _strip(self, place: int, width: int) -> Strip:
        content, current = self._painted[place]
        style = self.visual_style
        if self._lines[place] is None:
            style += self.get_visual_style("worklist--document")
        elif current:
            style += self.get_visual_style("worklist--cursor")
        fitting = content.truncate(width, ellipsis=True)
        return Visual.to_strips(self, fitting, width, 1, style, pad=True)[0]

    def on_click(self, event: Click) -> None:
        """Pick the item under the mouse."""
        offset = event.get_content_offset(self)
        place = -1 if offset is None else offset.y + self.scroll_offset.y
        if 0 <= place < len(self._lines):
            item_id = self._lines[place]
            if item_id is not None:
                self.post_message(self.Picked(item_id))
