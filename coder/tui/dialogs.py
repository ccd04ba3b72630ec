"""The small screens over the desk: memo, keys, and the codebook's page on a dimension."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from coder.adjudicate.choices import choices
from coder.model import Dimension
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

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,d,enter", "dismiss", "Close")]

    def __init__(self, page: Content) -> None:
        super().__init__()
        self._page = page

    def compose(self) -> ComposeResult:
        """The page, and how to leave it."""
        with VerticalScroll(classes="dialog", can_focus=True):
            yield Static(self._page)
            yield Static(line("\nescape closes", "$text-muted"))


def keys_page(bindings: Iterable[tuple[str, str]]) -> Content:
    """Every key with what it does, as bound now."""
    rows = [Content("").join([line(f"{key:>10}  ", "bold"), line(words)]) for key, words in bindings]
    return Content("\n").join([line("Keys", "bold"), *rows])


def codebook_page(dimension: Dimension) -> Content:
    """All that the codebook says of a dimension."""
    entries = [
        Content("\n").join([line(f"{choice.key}", "bold"), definition_text(choice)]) for choice in choices(dimension)
    ]
    return Content("\n\n").join([question_text(dimension), *entries])
