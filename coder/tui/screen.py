"""The keys of the desk: each does one act, saved before it is shown as saved."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input

from coder.adjudicate.choices import mark
from coder.adjudicate.desk import Desk
from coder.adjudicate.views import RevealedView, blind_of, can_take
from coder.errors import CoderError
from coder.model import Decision
from coder.tui.answer import AnswerView
from coder.tui.dialogs import (
    ConfirmScreen,
    MemoScreen,
    PageScreen,
    codebook_page,
    history_page,
    keys_page,
    progress_page,
    similar_page,
    whole_codebook_page,
)
from coder.tui.document import DocumentView
from coder.tui.lines import Lines
from coder.tui.paint import comparison_text, keys_line
from coder.tui.stage import PANES, Pane, Stage
from coder.tui.worklist import Worklist


class DeskScreen(Stage):
    """The stage with its keys. Everything that can be pressed can be clicked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Digits have no id: they belong to the categories and cannot be remapped.
        *(Binding(str(digit), f"choose('{digit}')", f"Category {digit}", show=False) for digit in range(1, 10)),
        Binding("0", "choose('0')", "None applies", show=False),
        Binding("question_mark", "keys", "Keys", id="keys", key_display="?"),
        Binding("a", "save", "Save", id="save"),
        Binding("m", "take('model')", "Take model's", id="take_model"),
        Binding("g", "take('gold')", "Take gold", id="take_gold"),
        Binding("x", "choose('x')", "Cannot tell", id="cannot_tell"),
        Binding("n", "choose('n')", "Does not apply", id="does_not_apply"),
        Binding("space", "skip", "Skip", id="skip"),
        Binding("u", "undo", "Undo", id="undo"),
        Binding("q", "app.quit", "Quit", id="quit"),
        Binding("U", "redo", "Redo", id="redo", key_display="U"),
        Binding("f", "flag", "Flag", id="flag"),
        Binding("c", "memo", "Memo", id="memo"),
        Binding("j", "step(1)", "Next item", id="next", show=False),
        Binding("k", "step(-1)", "Previous item", id="previous", show=False),
        Binding("e", "evidence(1)", "Next evidence", id="evidence"),
        Binding("E", "evidence(-1)", "Previous evidence", id="evidence_before", show=False, key_display="E"),
        Binding("w", "similar", "Decided before", id="similar"),
        Binding("A", "accept", "Accept identical", id="accept", show=False, key_display="A"),
        Binding("h", "history", "History", id="history"),
        Binding("d", "codebook", "Definitions", id="codebook"),
        Binding("b", "whole_codebook", "Codebook", id="whole_codebook"),
        Binding("p", "progress", "Progress", id="progress", show=False),
        Binding("slash", "search", "Search", id="search", key_display="/"),
        Binding("down", "cursor(1)", "Next answer", id="cursor_down", show=False),
        Binding("up", "cursor(-1)", "Previous answer", id="cursor_up", show=False),
        Binding("enter", "choose_cursor", "Mark the answer under the cursor", id="mark", show=False),
        Binding("pagedown", "scroll_document(1)", "Document down", id="document_down", show=False),
        Binding("pageup", "scroll_document(-1)", "Document up", id="document_up", show=False),
        Binding("tab", "next_pane(1)", "Next pane", id="next_pane", show=False),
        Binding("shift+tab", "next_pane(-1)", "Previous pane", id="previous_pane", show=False),
        Binding("f2", "pane('items')", "Items", id="pane_items", show=False, key_display="F2"),
        Binding("f3", "pane('document')", "Document", id="pane_document", show=False, key_display="F3"),
        Binding("f4", "pane('answer')", "Answer", id="pane_answer", show=False, key_display="F4"),
        Binding("escape", "close_search", "Close search", id="close_search", show=False),
    ]

    def __init__(self, desk: Desk, keymap: Mapping[str, str]) -> None:
        super().__init__(desk)
        self.keymap = keymap

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key works now: what belongs to the reveal does not exist before it."""
        if action == "take":
            return isinstance(self.view, RevealedView) and can_take(self.view, str(parameters[0]))
        if action in ("evidence", "similar", "accept"):
            return isinstance(self.view, RevealedView)
        if action == "choose" and parameters == ("n",):
            return any(choice.key == "n" for choice in self.choices)
        return True

    def on_mount(self) -> None:
        """Learn how the keys are called before anything is shown."""
        self.key_names = {one.id: self._name_of(one) for one in self.BINDINGS if isinstance(one, Binding) and one.id}
        super().on_mount()

    def _name_of(self, binding: Binding) -> str:
        key = self.keymap.get(str(binding.id), binding.key)
        shown = binding.key_display if key == binding.key else None
        return self.app.get_key_display(replace(binding, key=key.split(",")[0], key_display=shown))

    # Marking

    def action_choose(self, key: str) -> None:
        """Mark the answer with this key."""
        places = [place for place, choice in enumerate(self.choices) if choice.key == key]
        if places:
            self._mark(places[0])
        else:
            self.say(f"This question has no answer on {key}.")

    def action_choose_cursor(self) -> None:
        """Mark the answer under the cursor."""
        self._mark(self.cursor)

    @on(AnswerView.Picked)
    def _answer_clicked(self, event: AnswerView.Picked) -> None:
        self._mark(event.place)

    def _mark(self, place: int) -> None:
        if self.view is not None and place < len(self.choices):
            self.cursor = place
            self.marks = mark(blind_of(self.view).dimension, self.marks, self.choices[place])
            self.say("")
            self.show_marks()

    # Acts

    def action_save(self) -> None:
        """Save the own answer; after that, make what is marked final."""
        item, marks = self.item_id, self.marks
        if item is None or marks is None:
            self.say("Nothing is marked: mark an answer first.")
        elif isinstance(self.view, RevealedView) and self.view.answer is not None:
            self._act(lambda: self.desk.settle(item, marks, seconds=self._seconds()), self._go_on)
        else:
            self._act(lambda: self.desk.answer(item, marks, seconds=self._seconds()), self._reveal)

    def action_take(self, whose: str) -> None:
        """Make the model's or the gold answer final."""
        item = self.item_id
        if item is not None:
            take = self.desk.take_model if whose == "model" else self.desk.take_gold
            self._act(lambda: take(item, seconds=self._seconds()), self._go_on)

    def action_skip(self) -> None:
        """Put the item behind the others."""
        item = self.item_id
        if item is not None:
            self._act(lambda: self.desk.skip(item, seconds=self._seconds()), lambda: self._go_on("→ Skipped."))

    def action_flag(self) -> None:
        """Set or take away the flag."""
        item = self.item_id
        if item is not None:
            self._act(lambda: self.desk.flag(item), lambda: self._stay("✓ Flag saved."))

    def action_memo(self) -> None:
        """Write a memo."""
        item = self.item_id
        if item is None or self.view is None:
            return

        def save(text: str | None) -> None:
            if text is not None:
                self._act(lambda: self.desk.memo(item, text), lambda: self._stay("✓ Memo saved."))

        self.app.push_screen(MemoScreen(blind_of(self.view).memo), save)

    def action_accept(self) -> None:
        """Make every shown answer final that everyone else gave too, once that is confirmed."""
        count = len(self.desk.identical())
        if not count:
            self.say("No shown answer waits that everyone else gave too.")
            return

        def accept(sure: bool | None) -> None:
            if sure:
                self._act(self._accept)

        question = f"Accept {count} of your answers that everyone else gave too? One undo takes all of it back."
        self.app.push_screen(ConfirmScreen(question), accept)

    def _accept(self) -> None:
        count = self.desk.accept_identical()
        self.show_worklist()
        self._go_on(f"✓ {count} settled and saved.")

    def action_undo(self) -> None:
        """Take back the last act."""
        self._act(lambda: self._reversed(self.desk.undo(), "Undone", "Nothing to undo."))

    def action_redo(self) -> None:
        """Bring back what was undone."""
        self._act(lambda: self._reversed(self.desk.redo(), "Done again", "Nothing to redo."))

    def _act(self, act: Callable[[], None], then: Callable[[], None] | None = None) -> None:
        """Do an act; what it brings is shown only if it was saved."""
        try:
            act()
        except CoderError as error:
            self.say(f"! Not saved: {error.message}. {error.hint}")
            return
        self.show_worklist()
        if then is not None:
            then()

    def _reveal(self) -> None:
        if self.item_id is not None:
            view = self.desk.view(self.item_id)
            if not isinstance(view, RevealedView):
                self._go_on("✓ Saved.")
                return
            self.since = time.monotonic()
            self.show(view)
            self.say("✓ Saved.")
            self.query_one(DocumentView).next_evidence()
            self.show_pane("answer")

    def _stay(self, message: str) -> None:
        if self.item_id is not None:
            self.show(self.desk.view(self.item_id))
            self.say(message)

    def _go_on(self, message: str = "✓ Settled and saved.") -> None:
        following = self.desk.next_open(self.item_id)
        if following is not None:
            self._turn_to(following)
            self.say(message)
        elif self.item_id is not None:
            self.open_item(self.item_id)
            self.say(f"{message} Nothing else is left.")

    def _reversed(self, act: Decision | None, done: str, nothing: str) -> None:
        if act is None:
            self.say(nothing)
            return
        if self.desk.holds(act.item_id):
            self.open_item(act.item_id)
        self.say(f"{done}: {act.action}.")

    def _seconds(self) -> float:
        return time.monotonic() - self.since

    # Moving

    def action_step(self, by: int) -> None:
        """Go to the next or the previous item."""
        place = -1 if self.item_id is None else self.desk.place(self.item_id) + by
        if 0 <= place < len(self.desk.order):
            self._turn_to(self.desk.order[place])
        else:
            self.say("There is no further item this way.")

    def _turn_to(self, item_id: str) -> None:
        self.open_item(item_id)
        self.say("")
        if self.pane == "answer":
            self.show_pane("document")

    @on(Worklist.Picked)
    def _item_clicked(self, event: Worklist.Picked) -> None:
        self.open_item(event.item_id)
        self.say("")
        self.show_pane("document")

    def action_pane(self, pane: Pane) -> None:
        """Bring a pane to the front."""
        self.show_pane(pane)

    def action_next_pane(self, by: int) -> None:
        """Bring the next pane to the front."""
        self.show_pane(PANES[(PANES.index(self.pane) + by) % len(PANES)])

    def action_scroll_document(self, by: int) -> None:
        """Scroll the document by a page."""
        document = self.query_one(DocumentView)
        document.scroll_relative(y=by * max(document.size.height - 2, 1), animate=False)

    def action_evidence(self, by: int) -> None:
        """Scroll to the next evidence, or the one before."""
        self.show_pane("document")
        self.query_one(DocumentView).next_evidence(by)

    # Looking up

    def action_search(self) -> None:
        """Search in the document."""
        self.show_pane("document")
        search = self.query_one("#search", Input)
        search.add_class("-open")
        search.focus()

    @on(Input.Changed, "#search")
    def _searched(self, event: Input.Changed) -> None:
        found = self.query_one(DocumentView).search(event.value)
        self.say(f"{found} found" if event.value else "")
        self.query_one(DocumentView).next_match()

    @on(Input.Submitted, "#search")
    def _search_on(self) -> None:
        self.query_one(DocumentView).next_match()

    def action_cursor(self, by: int) -> None:
        """Move the cursor among the answers; in the search, among what was found."""
        if isinstance(self.focused, Input):
            self.query_one(DocumentView).next_match(by)
        elif self.choices:
            self.point_at((self.cursor + by) % len(self.choices))

    def action_close_search(self) -> None:
        """Leave the search."""
        search = self.query_one("#search", Input)
        search.remove_class("-open")
        search.value = ""
        self.set_focus(None)

    def action_codebook(self) -> None:
        """Read the codebook on this question."""
        if self.view is not None:
            self.app.push_screen(PageScreen(codebook_page(blind_of(self.view).dimension)))

    def action_whole_codebook(self) -> None:
        """Read the whole codebook."""
        self.app.push_screen(PageScreen(whole_codebook_page(self.desk.codebook)))

    def action_progress(self) -> None:
        """See what is left of every dimension."""
        self.app.push_screen(PageScreen(progress_page(self.desk)))

    def action_history(self) -> None:
        """See what was done with the item."""
        if self.item_id is not None:
            seen = comparison_text(self.view) if isinstance(self.view, RevealedView) else None
            self.app.push_screen(PageScreen(history_page(self.desk.history(self.item_id), seen)))

    def action_similar(self) -> None:
        """See how the items most like this one were settled."""
        if self.item_id is not None and isinstance(self.view, RevealedView):
            page = similar_page(self.desk.similar(self.item_id), self.view.blind.dimension)
            self.app.push_screen(PageScreen(page))

    # Keys as they are bound now

    def action_keys(self) -> None:
        """List the keys as they are bound now."""
        self.app.push_screen(PageScreen(keys_page(self.keys_now())))

    def keys_now(self) -> list[tuple[str, str]]:
        """Every key that works now, with what it does."""
        return [(key, binding.description) for key, binding in self._bound()] + [("^p", "Command palette")]

    def show_keys(self) -> None:
        """Draw the keys that work now; each can be clicked."""
        shown = [(key, one.description, one.action) for key, one in self._bound() if one.show]
        self.query_one("#keys", Lines).show(keys_line(shown))

    def _bound(self) -> list[tuple[str, Binding]]:
        return [
            (self.app.get_key_display(active.binding), active.binding)
            for active in self.active_bindings.values()
            if active.node is self and active.enabled
        ]
