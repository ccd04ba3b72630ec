"""The small screens over the desk: memo, keys, and the codebook's page on a dimension."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from coder.adjudicate.choices import choices
from coder.adjudicate.desk import Desk
from coder.adjudicate.history import Entry, entry_words
from coder.adjudicate.views import Similar
from coder.adjudicate.wording import answer_words
from coder.model import Codebook, Dimension
from coder.tui.paint import definition_text, line, question_text


class MemoScreen(ModalScreen[str | None]):
    """Asks for a memo; gives its text, or None when it was left with escape."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Leave it as it was")]

    def __init__(self, memo: str) -> None:
        super().__init__()
        self._memo = memo

    def compose(self) -> ComposeResult:
        """One line to write in."""
        with Vertical(classes="dialog"):
            yield Static(line("Memo on this item", "bold"))
            yield Input(self._memo, placeholder="What should be remembered?", id="memo")
            yield Static(line("enter saves it, escape leaves it as it was", "$text-muted"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand the text back."""
        self.dismiss(event.value.strip())


class PageScreen(ModalScreen[None]):
    """A page to read: scrolls with the arrow and page keys, closes with escape, q or the key that opened it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "dismiss", "Close")]

    def __init__(self, page: Content) -> None:
        super().__init__()
        self._page = page

    def compose(self) -> ComposeResult:
        """The page, and how to leave it."""
        with VerticalScroll(classes="dialog", can_focus=True):
            yield Static(self._page)
            yield Static(line("\nescape closes", "$text-muted"))


class ConfirmScreen(ModalScreen[bool]):
    """Asks before an act on many items; enter or y does it, everything else leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "dismiss(True)", "Do it"),
        Binding("escape,n,q", "dismiss(False)", "Leave it"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question, and how it is answered."""
        with Vertical(classes="dialog"):
            yield Static(line(self._question, "bold"))
            yield Static(line("\u25b8 enter or y does it", "$text-warning"), id="do")
            yield Static(line("  escape or n leaves it", "$text-muted"), id="leave")

    def on_click(self, event: Click) -> None:
        """Answer by mouse."""
        if event.widget is not None and event.widget.id in ("do", "leave"):
            self.dismiss(event.widget.id == "do")


def progress_page(desk: Desk) -> Content:
    """What is left of every dimension."""
    progress = desk.progress()
    rows = [
        line(f"{progress.left.get(dimension.id, 0):>7}  {dimension.name}") for dimension in desk.codebook.dimensions
    ]
    return Content("\n").join([line(f"Left, of {progress.total} in all", "bold"), *rows])


def history_page(entries: Sequence[Entry], comparison: Content | None) -> Content:
    """What was done with an item, under all that may be seen of it."""
    rows = [line(entry_words(entry)) for entry in entries] or [line("Nothing was done with it yet.")]
    above = [] if comparison is None else [comparison, line("")]
    return Content("\n").join([*above, line("History of this item", "bold"), *rows])


def similar_page(found: Sequence[Similar], dimension: Dimension) -> Content:
    """How the items most like this one were settled."""
    rows = [
        Content("").join(
            [line(f"{one.likeness:>5.0%} alike  {one.document}: "), line(answer_words(dimension, one.settled), "bold")]
        )
        for one in found
    ] or [line("Nothing like it is settled yet.")]
    return Content("\n").join([line("How was this decided before?", "bold"), *rows])


def keys_page(bindings: Iterable[tuple[str, str]]) -> Content:
    """Every key with what it does, as bound now."""
    rows = [Content("").join([line(f"{key:>10}  ", "bold"), line(words)]) for key, words in bindings]
    return Content("\n").join([line("Keys", "bold"), *rows])


def whole_codebook_page(codebook: Codebook) -> Content:
    """All dimensions, one after the other."""
    return Content("\n\n\n").join([codebook_page(dimension) for dimension in codebook.dimensions])


def codebook_page(dimension: Dimension) -> Content:
    """All that the codebook says of a dimension."""
    entries = [
        Content("\n").join([line(f"{choice.key}", "bold"), definition_text(choice)]) for choice in choices(dimension)
    ]
    return Content("\n\n").join([question_text(dimension), *entries])
