"""The history of an item: who did what, when, and what was on the screen. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from coder.adjudicate.log import standing_acts
from coder.adjudicate.wording import answer_words
from coder.model import Coding, Decision, DimensionBase
from coder.model.decision import Action, Visible


@dataclass(frozen=True)
class Entry:
    """One line of an item's history. `what` is the answer in words, `memo` the memo; `stands` is False once undone."""

    who: str
    when: datetime
    action: Action
    what: str
    memo: str
    visible: Visible
    seconds: float
    stands: bool


def history(
    log: Sequence[Decision], codings: Mapping[str, Coding], names: Mapping[str, str], dimension: DimensionBase
) -> tuple[Entry, ...]:
    """The decisions on one item, the oldest first. `codings` and `names` (of coders) are by id."""
    standing = {act.id for act in standing_acts(log)}
    return tuple(
        Entry(
            who=names[act.coder_id],
            when=act.created_at,
            action=act.action,
            what=answer_words(dimension, codings[act.coding_id]) if act.coding_id else "",
            memo=act.memo,
            visible=act.visible,
            seconds=act.seconds,
            stands=act.id in standing or act.action in ("undo", "redo", "reveal"),
        )
        for act in log
    )


def entry_words(entry: Entry) -> str:
    """An entry in one line."""
    when = entry.when.strftime("%Y-%m-%d %H:%M:%S UTC")
    what = f": {entry.what}" if entry.what else ""
    memo = f" ({entry.memo})" if entry.memo else ""
    took = f", {entry.seconds:.0f} s" if entry.seconds else ""
    return f"{when}  {entry.who}  {entry.action}{what}{memo}, {entry.visible}{took}{'' if entry.stands else ', undone'}"
