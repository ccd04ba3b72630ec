"""The stage of the desk: worklist, document, codebook and answer at three widths. It shows; it does nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Literal

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input

from coder.adjudicate.choices import Choice, Marks, choices
from coder.adjudicate.desk import Desk
from coder.adjudicate.views import ItemView, RevealedView, blind_of, first_marks
from coder.tui.answer import AnswerView
from coder.tui.document import DocumentView
from coder.tui.foot import Foot
from coder.tui.lines import Lines
from coder.tui.paint import cited, definition_text, document_title, line, progress_line, state_line, tabs_line
from coder.tui.worklist import Worklist

Pane = Literal["items", "document", "answer"]
PANES: tuple[Pane, ...] = ("items", "document", "answer")
TWO, THREE = 80, 120
"""The widths from which two panes, and all three, stand side by side."""


class Stage(Screen[None]):
    """Worklist, document and answer of one desk, as the desk lets them be seen."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (TWO, "-two"), (THREE, "-three")]  # noqa: RUF012 - typed by Textual

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.item_id: str | None = None
        self.view: ItemView | None = None
        self.marks: Marks | None = None
        self.cursor = 0
        self.since = time.monotonic()
        self.pane: Pane = "document"
        self.key_names: Mapping[str, str] = {}

    def compose(self) -> ComposeResult:
        """The three panes, and what is in sight at every width: progress, state, definition, keys."""
        yield Lines(id="progress")
        yield Lines(id="tabs")
        with Horizontal(id="body"):
            yield Worklist(self.desk, id="items")
            with Vertical(id="document-pane"):
                yield DocumentView(id="document")
                yield Input(placeholder="Search; enter or down: next, up: previous, escape: close", id="search")
            yield AnswerView(id="answer-pane")
        yield Foot(id="foot")
        yield Lines(id="keys", cut="")

    def on_mount(self) -> None:
        """Open the first item that waits."""
        self.query_one("#items").border_title = "Items"
        self.query_one("#answer-pane").border_title = "Question"
        self.query_one(Worklist).fill()
        self.show_pane("document")
        if self.desk.order:
            self.open_item(self.desk.next_open() or self.desk.order[0])
        else:
            self.show_progress()
            self.show_keys()
            self.say("Nothing is queued. Quit when you like.")
        if self.desk.left_out:
            self.say(f"{self.desk.left_out} items belong to dimensions this codebook lacks and are left out.")

    def on_resize(self) -> None:
        """Put as many panes side by side as the new width holds."""
        self.show_pane(self.pane)

    def open_item(self, item_id: str) -> None:
        """Bring an item onto the stage, with nothing marked but what is saved and may be seen."""
        self.item_id = item_id
        self.since = time.monotonic()
        view = self.desk.view(item_id)
        self.marks = first_marks(view)
        held = [place for place, one in enumerate(choices(blind_of(view).dimension)) if one.held_by(self.marks)]
        self.cursor = held[0] if held else 0
        self.show(view)
        self.query_one(Worklist).go_to(item_id)

    def show(self, view: ItemView) -> None:
        """Draw an item as its view allows."""
        self.view = view
        self._show_title(view)
        self.query_one(DocumentView).show(blind_of(view), cited(view))
        self.show_progress()
        self.show_marks()
        self.show_keys()

    def show_marks(self) -> None:
        """Draw the answers to choose from, what is marked, and the definition under the cursor."""
        if self.view is None:
            return
        memo = blind_of(self.view).memo
        state = state_line(self.view, self.marks, self.key_names)
        self.query_one(Foot).stand(state + line(f"   memo: {memo}") if memo else state)
        self.point_at(self.cursor)

    def point_at(self, place: int) -> None:
        """Put the cursor on an answer; its definition comes into sight."""
        if self.view is not None:
            self.cursor = place
            self.query_one(AnswerView).show_item(self.view, self.marks, place)
            self.query_one(Foot).define(definition_text(self.choices[place], blind_of(self.view).dimension.name))

    def show_progress(self) -> None:
        """Draw what is done and what is left."""
        dimension = None if self.view is None else blind_of(self.view).dimension
        self.query_one("#progress", Lines).show(progress_line(self.desk, dimension))

    def show_keys(self) -> None:
        """Draw the keys that work now."""

    def show_worklist(self) -> None:
        """Draw the items whose state has changed."""
        self.query_one(Worklist).renew()

    def say(self, text: str) -> None:
        """Say what the last key did, until the next one."""
        self.query_one(Foot).say(line(text))

    def show_pane(self, pane: Pane) -> None:
        """Bring a pane to the front where not all fit."""
        self.pane = pane
        width = self.app.size.width
        self.query_one("#items").display = width >= THREE or pane == "items"
        behind = pane == "items" if width >= TWO else pane != "document"
        self.query_one("#document-pane").display = width >= THREE or not behind
        self.query_one("#answer-pane").display = width >= TWO or pane == "answer"
        tabs: tuple[Pane, ...] = PANES if width < TWO else PANES[:2]
        self.query_one("#tabs", Lines).show(tabs_line(pane if pane in tabs else "document", tabs, self.key_names))

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The answers to choose from."""
        return () if self.view is None else choices(blind_of(self.view).dimension)

    def _show_title(self, view: ItemView) -> None:
        pane = self.query_one("#document-pane")
        title = document_title(blind_of(view).document, isinstance(view, RevealedView))
        if pane.border_title != title:
            pane.border_title = title
