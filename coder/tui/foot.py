"""The foot of the desk: where the item stands, what the last key did, and the definition under the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.strip import Strip

from coder.tui.lines import Lines

MESSAGE_LINES = 3
"""The most lines that a message takes from the definition."""


class Foot(Lines):
    """Of one height whatever is said, so that the panes above keep still."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, cut="… cut here: Definitions has all of it")
        self._state = self._message = self._definition = Content("")

    def stand(self, state: Content) -> None:
        """Show where the item stands."""
        self._state = state
        self.renew()

    def say(self, message: Content) -> None:
        """Show what the last key did."""
        self._message = message
        self.renew()

    def define(self, definition: Content) -> None:
        """Show the definition of the category under the cursor."""
        self._definition = definition
        self.renew()

    def drawn(self, width: int, height: int) -> Sequence[Strip]:
        """State, message and as much of the definition as there is room for."""
        above = [
            *self.fitted([self._state.truncate(width, ellipsis=True)], width, 1),
            *self.fitted([self._message], width, MESSAGE_LINES),
        ]
        return [*above, *self.fitted([self._definition], width, height - len(above))]
