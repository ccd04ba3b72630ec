"""The stage of the desk: worklist, document, codebook and answer at three widths. It shows; it does nothing."""

from __future__ import annotations

import time
from typing import Literal

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Input, OptionList, Static
from textual.widgets.option_list import Option

from coder.adjudicate.choices import Choice, Marks, choices
from coder.adjudicate.desk import Desk
from coder.adjudicate.views import ItemView, RevealedView, blind_of, can_take, first_marks
from coder.tui.document import DocumentView
from coder.tui.paint import (
    choice_line,
    cited,
    comparison_text,
    definition_text,
    line,
    progress_line,
    question_text,
    state_line,
    worklist_line,
)

Pane = Literal["items", "document", "answer"]
PANES: tuple[Pane, ...] = ("items", "document", "answer")


class PaneTab(Static):
    """A name to click that brings a pane to the front where not all fit."""

    def __init__(self, pane: Pane, label: str) -> None:
        super().__init__(line(label), id=f"tab-{pane}")
        self.pane: Pane = pane


class Stage(Screen[None]):
    """Worklist, document and answer of one desk, as the desk lets them be seen."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-two"), (120, "-three")]  # noqa: RUF012 - typed by Textual

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.item_id: str | None = None
        self.view: ItemView | None = None
        self.marks: Marks | None = None
        self.since = time.monotonic()
        self.pane: Pane = "document"
        self._said = ""
        self._keys: tuple[bool, ...] = ()

    def compose(self) -> ComposeResult:
        """The three panes, and what is in sight at every width: progress, state, definition, keys."""
        yield Static(id="progress")
        with Horizontal(id="tabs"):
            yield from (PaneTab(pane, f"F{number} {pane.capitalize()}") for number, pane in enumerate(PANES, start=2))
        with Horizontal(id="body"):
            yield OptionList(id="items", markup=False)
            with Vertical(id="document-pane"):
                yield Static(line("» cited by the model   ◆ cited in gold"), id="legend")
                yield DocumentView(id="document")
                yield Input(placeholder="Search; enter: next, escape: close", id="search")
            with Vertical(id="answer-pane"):
                yield VerticalScroll(Static(id="question-text"), id="question", can_focus=False)
                yield VerticalScroll(Static(id="comparison-text"), id="comparison", can_focus=False)
                yield OptionList(id="choices", markup=False)
        with Vertical(id="foot"):
            yield Static(id="state")
            yield Static(id="message")
            yield VerticalScroll(Static(id="definition-text"), id="definition", can_focus=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Open the first item that waits."""
        for option_list in self.query(OptionList):
            option_list.can_focus = False
        self.query_one("#items").border_title = "Items"
        self.query_one("#answer-pane").border_title = "Question"
        self.show_pane("document")
        self._fill_worklist()
        items = self.desk.worklist()
        if items:
            self.open_item(self.desk.next_open() or items[0].item_id)
        else:
            self.query_one("#progress", Static).update(progress_line(self.desk, None))
            self.say("Nothing is queued. q quits.")
        if self.desk.left_out:
            self.say(f"{self.desk.left_out} items belong to dimensions this codebook lacks and are left out.")

    @on(OptionList.OptionHighlighted, "#choices")
    def _define(self, event: OptionList.OptionHighlighted) -> None:
        # The event may come late, when another question with fewer answers is on the stage already.
        if event.option_index < len(self.choices):
            chosen = self.choices[event.option_index]
            self.query_one("#definition-text", Static).update(definition_text(chosen, self._question))
            self.query_one("#definition").scroll_home(animate=False)

    def open_item(self, item_id: str) -> None:
        """Bring an item onto the stage, with nothing marked but what is saved and may be seen."""
        self.item_id = item_id
        self.since = time.monotonic()
        view = self.desk.view(item_id)
        self.marks = first_marks(view)
        self.show(view)
        held = [place for place, choice in enumerate(self.choices) if choice.held_by(self.marks)]
        self.query_one("#choices", OptionList).highlighted = held[0] if held else 0
        items = self.query_one("#items", OptionList)
        items.highlighted = items.get_option_index(item_id)

    def show(self, view: ItemView) -> None:
        """Draw an item as its view allows."""
        self.view = view
        blind = blind_of(view)
        self.set_class(isinstance(view, RevealedView), "-revealed")
        self.query_one("#document-pane").border_title = line(blind.document.strip() or "(no name)")
        self.query_one(DocumentView).show(blind, cited(view))
        self.query_one("#question-text", Static).update(question_text(blind.dimension))
        comparison = comparison_text(view) if isinstance(view, RevealedView) else ""
        self.query_one("#comparison-text", Static).update(comparison)
        self.query_one("#progress", Static).update(progress_line(self.desk, blind.dimension), layout=False)
        self.show_marks()
        self._show_keys(view)

    def show_marks(self) -> None:
        """Draw the answers to choose from, and what is marked."""
        if self.view is None:
            return
        options = self.query_one("#choices", OptionList)
        single = blind_of(self.view).dimension.single
        highlighted = options.highlighted or 0
        options.set_options(Option(choice_line(choice, self.marks, single, self.view)) for choice in self.choices)
        options.highlighted = min(highlighted, len(self.choices) - 1)
        memo = blind_of(self.view).memo
        state = state_line(self.view, self.marks)
        self.query_one("#state", Static).update(state + line(f"   memo: {memo}") if memo else state, layout=False)

    def _show_keys(self, view: ItemView) -> None:
        # Drawing the footer is the dearest part of a key; it changes with the reveal only.
        revealed = isinstance(view, RevealedView)
        takes = (can_take(view, whose) for whose in ("model", "gold")) if isinstance(view, RevealedView) else ()
        keys = (revealed, *takes, any(choice.key == "n" for choice in self.choices))
        if keys != self._keys:
            self._keys = keys
            self.refresh_bindings()

    def show_worklist(self) -> None:
        """Draw the items whose state has changed."""
        options = self.query_one("#items", OptionList)
        for item in self.desk.worklist():
            prompt = worklist_line(item)
            if options.get_option(item.item_id).prompt != prompt:
                options.replace_option_prompt(item.item_id, prompt)

    def say(self, text: str) -> None:
        """Say what the last key did, until the next one."""
        message = self.query_one("#message", Static)
        if text != self._said:
            self._said = text
            message.update(line(text))

    def show_pane(self, pane: Pane) -> None:
        """Bring a pane to the front where not all fit."""
        self.pane = pane
        for name in PANES:
            self.set_class(name == pane, f"-{name}")

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The answers to choose from."""
        return () if self.view is None else choices(blind_of(self.view).dimension)

    @property
    def _question(self) -> str:
        return "" if self.view is None else blind_of(self.view).dimension.name

    def _fill_worklist(self) -> None:
        document = None
        options: list[Option] = []
        for item in self.desk.worklist():
            if item.document_id != document:
                options.append(Option(line(item.document), disabled=True))
                document = item.document_id
            options.append(Option(worklist_line(item), id=item.item_id))
        self.query_one("#items", OptionList).set_options(options)
