"""Turn the desk's views into lines for the screen. Pure; text goes in as text, never as markup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from textual.content import Content

from coder.adjudicate.choices import Choice, Marks, notes_of
from coder.adjudicate.desk import Desk
from coder.adjudicate.views import BlindView, ItemView, Other, Progress, RevealedView, WorkItem, WorkState, can_take
from coder.adjudicate.wording import answer_words, visible
from coder.model import Coding, Dimension
from coder.tui.document import SIGNS, Cited
from coder.tui.lines import clickable

WORK_SIGNS: dict[WorkState, tuple[str, str]] = {
    "to do": ("○", "$text-muted"),
    "answered": ("◐", "$text-warning"),
    "settled": ("✓", "$text-success"),
    "skipped": ("→", "$text-muted"),
    "conflict": ("!", "$text-error"),
}
"""The sign and colour of each state; the word stands beside them."""


def line(text: str, style: str = "") -> Content:
    """One line of untrusted text."""
    return Content.styled(visible(text).replace("\n", " "), style)


def progress_line(desk: Desk, dimension: Dimension | None) -> Content:
    """Who codes, what is done, what is left, and what is left of the dimension on the screen."""
    progress = desk.progress()
    parts = [
        line(f" {desk.coder.name}", "bold"),
        line(f"   {progress.done} of {progress.total} done · {progress.waiting} left{_time_left(progress)}"),
    ]
    if dimension is not None:
        parts.append(line(f"   {dimension.name}: {progress.left.get(dimension.id, 0)} left", "$text-muted"))
    if desk.open:
        parts.append(line("   ! open desk: nothing is blind", "$text-warning"))
    return Content("").join(parts)


def _time_left(progress: Progress) -> str:
    if progress.seconds_left is None or not progress.waiting:
        return ""
    minutes = round(progress.seconds_left / 60)
    if minutes < 1:
        return " · less than a minute"
    return f" · about {minutes} min" if minutes < 90 else f" · about {round(minutes / 60)} h"


def worklist_line(item: WorkItem, current: bool, width: int) -> Content:
    """One item: whether it is at work, sign, dimension (cut where it must be), state in words, flag in words."""
    sign, colour = WORK_SIGNS[item.state]
    lead = line(f"{'▸' if current else ' '}{sign} ", colour)
    flag = line(" ⚑ flagged", "$text-warning") if item.flagged else Content("")
    state = Content("").join([line(f" · {item.state}", colour), flag])
    name = line(item.dimension).truncate(max(width - lead.cell_length - state.cell_length, 4), ellipsis=True)
    return Content("").join([lead, name, state])


def question_text(dimension: Dimension) -> Content:
    """The question as the codebook asks it."""
    parts = [line(dimension.name, "bold"), Content(visible(dimension.question))]
    if not dimension.single:
        parts.append(line("Mark all that apply.", "$text-muted"))
    if dimension.instructions:
        parts.append(Content.styled(visible(dimension.instructions), "$text-muted"))
    return Content("\n").join(parts)


def choice_line(choice: Choice, marks: Marks | None, single: bool, view: ItemView) -> Content:
    """One answer to choose: whether it is marked, its key, its label and, after the reveal, who chose it."""
    held = choice.held_by(marks)
    box = ("(•)" if held else "( )") if single else ("[x]" if held else "[ ]")
    key = choice.key if len(choice.key) == 1 else " "
    label = line(f"{box} {key} {choice.label}", "bold" if held else "")
    return Content("").join([label, *_chosen_by(choice, view)])


def _chosen_by(choice: Choice, view: ItemView) -> Sequence[Content]:
    if not isinstance(view, RevealedView):
        return ()
    said: list[Content] = []
    if view.answer is not None and choice.held_by(Marks.of(view.answer)):
        said.append(line("  ● you", "$text-primary"))
    if view.model is not None and choice.held_by(Marks.of(view.model.coding)):
        said.append(line(f"  {SIGNS['model']} model", "$text-warning"))
    if any(choice.held_by(Marks.of(other.coding)) for other in view.gold):
        said.append(line(f"  {SIGNS['gold']} gold", "$text-success"))
    return said


def comparison_text(view: RevealedView) -> Content:
    """What was held back: why the item was queued, and what each coder said."""
    dimension = view.blind.dimension
    reason = {"audit": "random audit of agreements"}.get(view.reason, view.reason.replace("_", " "))
    parts = [line(f"Queued for: {reason}", "bold")]
    if view.detail:
        parts.append(line(view.detail, "$text-muted"))
    if view.answer is not None:
        parts.append(_said("●", "you", dimension, view.answer, "$text-primary"))
    if view.model is not None:
        parts.append(_said(SIGNS["model"], view.model.who, dimension, view.model.coding, "$text-warning"))
    parts.extend(
        _said(SIGNS["gold"], f"gold, {other.who}", dimension, other.coding, "$text-success") for other in view.gold
    )
    if view.conflict:
        parts.append(line("! Conflict: two people settled this differently", "$text-error"))
    parts.extend(_settled_line(dimension, other, view) for other in view.settlements)
    return Content("\n").join(parts)


def _said(sign: str, who: str, dimension: Dimension, coding: Coding, colour: str) -> Content:
    extra = f" – {coding.reason}" if coding.reason else ""
    return Content("").join(
        [line(f"{sign} {who}: ", colour), line(answer_words(dimension, coding), "bold"), line(extra)]
    )


def _settled_line(dimension: Dimension, other: Other, view: RevealedView) -> Content:
    mine = view.answer is not None and other.coding.coder_id == view.answer.coder_id
    return _said("✓", "settled by you" if mine else f"settled by {other.who}", dimension, other.coding, "")


def cited(view: ItemView) -> tuple[Cited, ...]:
    """The evidence to highlight: none before the reveal."""
    if not isinstance(view, RevealedView):
        return ()
    model = [] if view.model is None else [Cited(span, "model") for span in view.model.coding.all_evidence]
    return (*model, *(Cited(span, "gold") for other in view.gold for span in other.coding.all_evidence))


def definition_text(choice: Choice, question: str = "") -> Content:
    """The codebook on one answer, with the question's name where it stands away from the question."""
    name = line(f"{question} › {choice.label}" if question else choice.label, "bold")
    parts = [Content("").join([name, line("  "), line(choice.definition)])]
    parts.extend(line(note, "$text-muted") for note in notes_of(choice))
    return Content("\n").join(parts)


def state_line(view: ItemView, marks: Marks | None, keys: Mapping[str, str]) -> Content:
    """Where the item stands, and what to press next; `keys` names the key of each binding."""
    save = keys.get("save", "")
    dimension = (view.blind if isinstance(view, RevealedView) else view).dimension
    words = "" if marks is None else marks.words(dimension)
    if isinstance(view, RevealedView) and view.answer is not None:
        return _settling_line(view, view.answer, marks, words, keys)
    if isinstance(view, BlindView) and view.answer is not None and marks == Marks.of(view.answer):
        return line(f"◐ Your answer is saved: {words} · the rest is shown when all of the document is", "$text-warning")
    if marks is not None:
        return line(f"✎ Marked, not saved: {words} · {save} saves it", "$text-warning")
    if isinstance(view, BlindView) and view.seen_before:
        return line("○ Not answered · you saw the other codes before, so it counts as not blind", "$text-muted")
    return line(f"○ Not answered · mark an answer, then {save} saves it", "$text-muted")


def _settling_line(
    view: RevealedView, answer: Coding, marks: Marks | None, words: str, keys: Mapping[str, str]
) -> Content:
    save = keys.get("save", "")
    final = None if view.settled is None else Marks.of(view.settled)
    if final is not None and marks == final:
        return line(f"✓ Settled: {words}", "$text-success")
    if marks is not None and marks != Marks.of(answer):
        return line(f"✎ Marked, not saved: {words} · {save} makes it final", "$text-warning")
    mine = answer_words(view.blind.dimension, answer)
    others = "".join(
        f", {keys.get(f'take_{whose}', '')} take {whose}" for whose in ("model", "gold") if can_take(view, whose)
    )
    return line(f"◐ Your answer is saved: {mine} · settle: {save} keep{others}", "$text-warning")


LEGEND = f"{SIGNS['model']} model · {SIGNS['gold']} gold   "
"""What the signs of evidence mean."""


def document_title(name: str, revealed: bool) -> Content:
    """The document's name, behind the words for the signs of evidence once there are any: a long name is cut."""
    shown = line(name.strip() or "(no name)")
    return Content("").join([line(LEGEND), shown]) if revealed else shown


def tabs_line(front: str, panes: Sequence[str], keys: Mapping[str, str]) -> Content:
    """The panes by key and name, each brought to the front by a click."""
    tabs = []
    for pane in panes:
        name = f"{'▸' if pane == front else ' '}{keys.get(f'pane_{pane}', '')} {pane.capitalize()} "
        tabs.append(clickable(line(name, "bold reverse" if pane == front else "$text-muted"), f"pane('{pane}')"))
    return Content(" ").join(tabs)


def keys_line(keys: Iterable[tuple[str, str, str]]) -> Content:
    """Keys with what they do (key, words, action), each done by a click too."""
    shown = [
        clickable(Content("\u00a0").join([line(key, "bold $text-accent"), line(words.replace(" ", "\u00a0"))]), action)
        for key, words, action in keys
    ]
    return Content("  ").join(shown)
