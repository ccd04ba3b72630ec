"""The desk line by line, for screen readers and poor links: nothing is drawn, every answer is typed and confirmed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TextIO

from coder.adjudicate.choices import Marks, choices, mark, notes_of
from coder.adjudicate.desk import Desk
from coder.adjudicate.history import entry_words
from coder.adjudicate.views import BlindView, ItemView, RevealedView, blind_of, can_take, first_marks
from coder.adjudicate.wording import answer_words, stripped
from coder.errors import CoderError
from coder.model import Coding, Decision, Dimension

KEYS = """\
numbers  mark a category (several where several may apply); type it again to unmark
0        none applies
x        cannot tell
n        does not apply, where the question has a condition
a        save your answer; after the reveal, make what is marked final
m, g     after the reveal: take the model's answer, take the gold answer
s        skip
f        flag, or take the flag away
c TEXT   write a memo
j, k     next item, previous item
u, U     undo, redo
t        read the document again
d        read the definitions of the categories
/WORD    find the segments that hold a word
h        the history of this item
w        after the reveal: how was this decided before, in texts like this one?
A        accept at once every answer of yours that everyone else gave too (shown items alone; u takes all back)
p        progress
?        these keys
q        quit; everything saved stays saved"""

_TOKEN = re.compile(r"\d+|\S")


def run_plain(desk: Desk, source: TextIO, sink: TextIO) -> None:
    """Work through the queue, reading commands from `source` until `q` or its end, writing to `sink`."""
    say = _Voice(sink)
    if desk.left_out:
        say(f"{desk.left_out} items belong to dimensions this codebook lacks and are left out.")
    items = [item.item_id for item in desk.worklist()]
    if items:
        _Session(desk, say, desk.next_open() or items[0]).run(source)
    else:
        say("Nothing is queued.")


class _Voice:
    """Writes lines without control characters, and without letters that the stream's encoding lacks."""

    def __init__(self, sink: TextIO) -> None:
        self._sink = sink
        self._encoding = getattr(sink, "encoding", None) or "utf-8"

    def __call__(self, text: str) -> None:
        self._sink.write(stripped(text).encode(self._encoding, "replace").decode(self._encoding) + "\n")

    def prompt(self) -> None:
        """Say that a line is awaited."""
        self._sink.write("> ")
        self._sink.flush()


class _Session:
    def __init__(self, desk: Desk, say: _Voice, item_id: str) -> None:
        self._desk = desk
        self._say = say
        self._item = item_id
        self._marks: Marks | None = None
        self._read = ""
        self._since = time.monotonic()
        self._acts: dict[str, Callable[[], None]] = {
            "a": self._save,
            "m": lambda: self._take(desk.take_model),
            "g": lambda: self._take(desk.take_gold),
            "s": self._skip,
            "f": self._flag,
            "j": lambda: self._step(1),
            "k": lambda: self._step(-1),
            "u": lambda: self._reversed(desk.undo(), "undo"),
            "U": lambda: self._reversed(desk.redo(), "redo"),
            "t": self._read_document,
            "d": self._read_definitions,
            "h": self._tell_history,
            "w": self._tell_similar,
            "A": self._accept,
            "p": lambda: self._say(self._progress()),
            "?": lambda: self._say(KEYS),
        }

    def run(self, source: TextIO) -> None:
        self._open(self._item)
        self._say.prompt()
        for line in source:
            if line.strip() == "q":
                break
            try:
                self._obey(line.strip())
            except CoderError as error:
                self._say(f"Not done: {error.message}. {error.hint}")
            self._say.prompt()
        self._say("Goodbye. " + self._progress())

    # Commands

    def _obey(self, line: str) -> None:
        if line.startswith("/"):
            self._find(line[1:].strip())
        elif line == "c" or line.startswith("c "):
            self._desk.memo(self._item, line[1:].strip())
            self._say("Memo saved.")
        else:
            for token in _TOKEN.findall(line):
                self._obey_token(token)

    def _obey_token(self, token: str) -> None:
        if token in self._acts:
            self._acts[token]()
        else:
            self._mark(token)

    def _mark(self, token: str) -> None:
        found = [choice for choice in choices(self._dimension) if choice.key == token]
        if not found:
            self._say(f"'{token}' is no key here. ? lists the keys.")
            return
        self._marks = mark(self._dimension, self._marks, found[0])
        words = "nothing" if self._marks is None else self._marks.words(self._dimension)
        self._say(f"Marked: {words}. Not saved yet: a saves.")

    def _save(self) -> None:
        if self._marks is None:
            self._say("Nothing is marked. Mark an answer first.")
        elif self._answer_saved:
            self._desk.settle(self._item, self._marks, seconds=self._seconds())
            self._go_on(self._settled_words())
        else:
            self._desk.answer(self._item, self._marks, seconds=self._seconds())
            view = self._desk.view(self._item)
            if isinstance(view, RevealedView):
                self._since = time.monotonic()
                self._say("Your answer is saved.")
                self._reveal(view)
            else:
                self._go_on("Your answer is saved.")

    def _take(self, take: Callable[..., None]) -> None:
        take(self._item, seconds=self._seconds())
        self._go_on(self._settled_words())

    def _settled_words(self) -> str:
        view = self._desk.view(self._item)
        if isinstance(view, RevealedView) and view.conflict:
            others = [one for one in view.settlements if one.coder.id != self._desk.coder.id]
            said = ", ".join(f"{one.who}: {answer_words(self._dimension, one.coding)}" for one in others)
            return f"Saved as final. Settled differently by {said}. Both stay, and the item is open."
        return "Saved as final."

    def _accept(self) -> None:
        count = self._desk.accept_identical()
        if count:
            self._go_on(f"{count} answers saved as final, in one act.")
        else:
            self._say("No shown answer of yours is everyone's and still open.")

    def _skip(self) -> None:
        self._desk.skip(self._item, seconds=self._seconds())
        self._go_on("Skipped.")

    def _flag(self) -> None:
        self._desk.flag(self._item)
        self._say("Flagged." if blind_of(self._desk.view(self._item)).flagged else "Flag taken away.")

    def _step(self, by: int) -> None:
        order = [item.item_id for item in self._desk.worklist()]
        position = order.index(self._item) + by
        if 0 <= position < len(order):
            self._open(order[position])
        else:
            self._say("There is no further item this way.")

    def _reversed(self, act: Decision | None, verb: str) -> None:
        if act is None:
            self._say(f"Nothing to {verb}.")
            return
        self._say(f"{verb.capitalize()}: {act.action}.")
        if any(item.item_id == act.item_id for item in self._desk.worklist()):
            self._open(act.item_id)

    def _go_on(self, message: str) -> None:
        self._say(message)
        following = self._desk.next_open(self._item)
        if following is not None:
            self._open(following)
        elif waiting := self._desk.progress().waiting:
            self._say(f"Nothing is left for you now: {waiting} wait for other people, or for answers beside them.")
        else:
            self._say("All items are answered." if self._desk.task == "code" else "All items are settled.")

    # Reading aloud

    def _open(self, item_id: str) -> None:
        self._item = item_id
        self._since = time.monotonic()
        view = self._desk.view(item_id)
        blind = blind_of(view)
        self._marks = first_marks(view)
        self._say(f"\n{self._progress()}\nDocument: {blind.document}")
        if blind.document + blind.text != self._read:
            self._read_document()
        self._say(f"Question: {blind.dimension.name}. {blind.dimension.question}")
        for choice in choices(blind.dimension):
            self._say(f"  {choice.key}  {choice.label}")
        if blind.memo:
            self._say(f"Memo: {blind.memo}")
        if blind.answer is not None and not isinstance(view, RevealedView):
            self._say(
                f"Your answer so far: {answer_words(blind.dimension, blind.answer)}. Mark another and a changes it."
            )
        self._reveal(view)

    def _read_document(self) -> None:
        blind = blind_of(self._desk.view(self._item))
        self._read = blind.document + blind.text
        for name, value in blind.context.items():
            self._say(f"{name} (shown, not coded): {value}")
        for segment in blind.segments:
            self._say(f"{segment.number}. {segment.text}")

    def _read_definitions(self) -> None:
        for choice in choices(self._dimension):
            self._say(f"{choice.key}  {choice.label}. {choice.definition}")
            for line in notes_of(choice):
                self._say(f"   {line}")

    def _tell_history(self) -> None:
        entries = self._desk.history(self._item)
        for entry in entries:
            self._say(entry_words(entry))
        if not entries:
            self._say("Nothing was done with this item yet.")

    def _tell_similar(self) -> None:
        found = self._desk.similar(self._item)
        for one in found:
            self._say(f"{one.document}: {answer_words(self._dimension, one.settled)} ({one.likeness:.0%} alike)")
        if not found:
            self._say("Nothing like it was settled yet.")

    def _reveal(self, view: ItemView) -> None:
        if not isinstance(view, RevealedView):
            return
        self._say(f"Queued for: {view.reason}. {view.detail}")
        if view.answer is not None:
            self._say(f"Yours: {answer_words(self._dimension, view.answer)}")
        for other in (view.model, *view.gold):
            if other is not None:
                self._say(f"{other.who}: {answer_words(self._dimension, other.coding)}")
                self._say_evidence(view.blind, other.coding)
        for other in view.settlements:
            self._say(f"Settled by {other.who}: {answer_words(self._dimension, other.coding)}")
        if view.conflict:
            self._say("Two people settled this differently.")
        takes = "".join(f", {whose[0]} takes the {whose}'s" for whose in ("model", "gold") if can_take(view, whose))
        self._say(f"Now settle: a keeps yours{takes}; or mark another, then a.")

    def _say_evidence(self, blind: BlindView, coding: Coding) -> None:
        for span in coding.all_evidence:
            numbers = [str(segment.number) for segment in blind.segments if segment.span.overlaps(span)]
            self._say(f"   evidence, segment {', '.join(numbers)}: {blind.text[span.start : span.end]}")

    def _find(self, word: str) -> None:
        blind = blind_of(self._desk.view(self._item))
        found = [segment for segment in blind.segments if word and word.casefold() in segment.text.casefold()]
        for segment in found:
            self._say(f"{segment.number}. {segment.text}")
        self._say(f"{len(found)} segments hold it.")

    # Small things

    @property
    def _dimension(self) -> Dimension:
        return blind_of(self._desk.view(self._item)).dimension

    @property
    def _answer_saved(self) -> bool:
        view = self._desk.view(self._item)
        return isinstance(view, RevealedView) and view.answer is not None

    def _seconds(self) -> float:
        return time.monotonic() - self._since

    def _progress(self) -> str:
        progress = self._desk.progress()
        names = {dimension.id: dimension.name for dimension in self._desk.codebook.dimensions}
        left = ", ".join(f"{names[dimension_id]} {count}" for dimension_id, count in progress.left.items())
        return f"{progress.done} of {progress.total} done. Left: {left or 'none'}."
