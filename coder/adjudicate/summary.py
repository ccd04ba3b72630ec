"""What one coder did at the desk: work done, agreement with oneself, and what the codebook should learn. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coder.adjudicate.log import standing_acts
from coder.adjudicate.queueing import Cell, differ
from coder.model import Coding, Decision, QueueItem, Status

SUGGESTION = "codebook:"
"""A memo that begins so suggests a change of the codebook."""


@dataclass(frozen=True)
class WorkDone:
    """One coder's standing acts, counted; `kept` of the settled are as answered before. `seconds` are those of all."""

    answered: int
    settled: Mapping[str, int]
    kept: int
    skipped: int
    flagged: int
    seconds: float


@dataclass(frozen=True)
class SelfAgreement:
    """How often a coder gave the same answer again, without knowing that the item was a repeat."""

    dimension: str
    n: int
    same: int


def work_done(
    items: Iterable[QueueItem], decisions: Sequence[Decision], codings: Mapping[str, Coding], coder_id: str
) -> WorkDone:
    """What stands of one coder's work on these items. `codings` hold every coding that `decisions` name."""
    dimension_of = {item.id: item.dimension_id for item in items}
    acts = [act for act in standing_acts(decisions) if act.coder_id == coder_id and act.item_id in dimension_of]
    last = {(act.action, act.item_id): act for act in acts}
    answers = {item: act for (action, item), act in last.items() if action == "answer"}
    settles = {item: act for (action, item), act in last.items() if action == "settle"}
    flags = Counter(act.item_id for act in acts if act.action == "flag")
    return WorkDone(
        answered=len(answers),
        settled=Counter(dimension_of[item] for item in settles),
        kept=sum(
            item in answers and not differ(codings[act.coding_id or ""], codings[answers[item].coding_id or ""])
            for item, act in settles.items()
        ),
        skipped=sum(action == "skip" and item not in settles for action, item in last),
        flagged=sum(count % 2 for count in flags.values()),
        seconds=sum(act.seconds for act in acts),
    )


def blind_answers(
    items: Iterable[QueueItem], decisions: Sequence[Decision], codings: Mapping[str, Coding], coder_id: str
) -> dict[str, Coding]:
    """A coder's standing blind answer to each of these items that has one, by item id."""
    asked = {item.id for item in items}
    return {
        act.item_id: codings[act.coding_id or ""]
        for act in standing_acts(decisions)
        if act.coder_id == coder_id and act.item_id in asked and act.action == "answer" and act.visible == "blind"
    }


def self_agreement(
    items: Sequence[QueueItem], decisions: Sequence[Decision], codings: Mapping[str, Coding], coder_id: str
) -> tuple[SelfAgreement, ...]:
    """Agreement of a coder's blind answers with those to silent repeats, by dimension; "cannot tell" is left out."""
    repeated = [item for item in items if item.reason == "repeat" and item.coder_id == coder_id]
    again = blind_answers(repeated, decisions, codings, coder_id)
    first: dict[tuple[Cell, bool], Coding] = {}
    originals = [item for item in items if item.reason != "repeat"]
    answers = blind_answers(originals, decisions, codings, coder_id)
    for item in originals:
        if item.id in answers:
            first.setdefault((_cell(item), item.run_id is None), answers[item.id])
    n, same = Counter[str](), Counter[str]()
    for item in repeated:
        one, other = again.get(item.id), first.get((_cell(item), item.run_id is None))
        if one is not None and other is not None and Status.UNDECIDABLE not in (one.status, other.status):
            n[item.dimension_id] += 1
            same[item.dimension_id] += not differ(one, other)
    return tuple(SelfAgreement(dimension, count, same[dimension]) for dimension, count in n.items())


def codebook_memos(decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """The standing acts whose memo suggests a change of the codebook, in order of time."""
    return tuple(act for act in standing_acts(decisions) if act.memo.casefold().startswith(SUGGESTION))


def _cell(item: QueueItem) -> Cell:
    return item.version_id, item.dimension_id
