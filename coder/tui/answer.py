"""The answer pane: the question, after the reveal what was held back, and the answers to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.strip import Strip
from textual.style import Style

from coder.adjudicate.choices import Marks, choices
from coder.adjudicate.views import ItemView, RevealedView, blind_of
from coder.tui.lines import Lines
from coder.tui.paint import choice_line, comparison_text, question_text

QUESTION_SHARE = 0.4
REVEALED_QUESTION_SHARE = 0.2
COMPARISON_SHARE = 0.45
"""The most of the pane's height that question and comparison take; the answers have the rest."""


class AnswerView(Lines):
    """An item's question with its answers; the one under the cursor is always in sight."""

    COMPONENT_CLASSES = {"answer--cursor"}  # noqa: RUF012 - typed by Textual

    class Picked(Message):
        """An answer was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, cut="… cut here: Definitions and History have all of it")
        self._view: ItemView | None = None
        self._marks: Marks | None = None
        self._cursor = 0
        self._places: list[int | None] = []

    def show_item(self, view: ItemView, marks: Marks | None, cursor: int) -> None:
        """Draw an item with what is marked and where the cursor is."""
        self._view, self._marks, self._cursor = view, marks, cursor
        self.renew()

    def drawn(self, width: int, height: int) -> Sequence[Strip]:
        """Question, comparison and answers, each within its share of the height."""
        if self._view is None:
            return ()
        head = self._head(self._view, width, height)
        answers = self._answers(self._view, width)
        top = self._top(answers, height - len(head))
        self._places = [None] * len(head) + [place for place, _ in answers[top:]]
        return [*head, *(strip for _, strip in answers[top:])]

    def _head(self, view: ItemView, width: int, height: int) -> list[Strip]:
        revealed = isinstance(view, RevealedView)
        share = REVEALED_QUESTION_SHARE if revealed else QUESTION_SHARE
        question = self.fitted([question_text(blind_of(view).dimension)], width, max(int(height * share), 2))
        blank = Strip.blank(width, self.visual_style.rich_style)
        if not isinstance(view, RevealedView):
            return [*question, blank]
        comparison = self.fitted([comparison_text(view)], width, max(int(height * COMPARISON_SHARE), 3))
        return [*question, blank, *comparison, blank]

    def _answers(self, view: ItemView, width: int) -> list[tuple[int, Strip]]:
        single = blind_of(view).dimension.single
        return [
            (place, strip)
            for place, choice in enumerate(choices(blind_of(view).dimension))
            for strip in self._answer(choice_line(choice, self._marks, single, view), width, place)
        ]

    def _answer(self, content: Content, width: int, place: int) -> list[Strip]:
        style: Style = self.visual_style
        if place == self._cursor:
            style += self.get_visual_style("answer--cursor")
        mark = "▸" if place == self._cursor else " "
        return self.fitted([Content("").join([Content(mark), content])], width, 3, style)

    def _top(self, answers: Sequence[tuple[int, Strip]], room: int) -> int:
        """The first line of the answers to draw, so that the cursor's lines are within the room."""
        last = max((number for number, (place, _) in enumerate(answers) if place == self._cursor), default=0)
        return max(last - max(room, 1) + 1, 0)

    def on_click(self, event: Click) -> None:
        """Pick the answer under the mouse."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y < len(self._places):
            place = self._places[offset.y]
            if place is not None:
                self.post_message(self.Picked(place))
