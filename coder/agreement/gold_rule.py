"""Gold by rule: one reference coding a cell from the codings of several people, or none, with the reason counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from coder.model.coding import Assignment, Coding, Status

RuleName = Literal["majority", "consensus"]
Cause = Literal["tie", "disagreement", "too_few_coders"]
MIN_CODERS = 2


@dataclass(frozen=True)
class Rule:
    """How several people's codings become one: by a strict majority, or where all agree (or have settled).

    A cell that fewer than `min_coders` people coded has no gold, and neither has a tie.
    """

    name: RuleName
    min_coders: int = MIN_CODERS

    def __str__(self) -> str:
        coded = f"at least {self.min_coders} people who coded the item"
        if self.name == "majority":
            return f"the answer of more than half of {coded} (of sets: each label); a tie is no gold"
        return f"what all of {coded} agree on, or what people settled on; a disagreement is no gold"


@dataclass(frozen=True)
class LeftOut:
    """A cell that people coded and the rule left without gold."""

    dimension_id: str
    version_id: str
    cause: Cause


@dataclass(frozen=True)
class RuledGold:
    """The gold codings, and the cells that the rule left without gold.

    The codings' `coder_id` is the rule's name; `derived_from` names the first of the codings they rest on.
    """

    rule: Rule
    codings: tuple[Coding, ...]
    left_out: tuple[LeftOut, ...]


def gold_by_rule(
    rule: Rule, codings: Iterable[Coding], *, multilabel: Collection[str] = (), settled: Collection[str] = ()
) -> RuledGold:
    """Apply the rule to people's codings, cell by cell; of several codings by one coder the newest counts.

    `multilabel` are the ids of the dimensions whose answers are sets, `settled` those of the coders of kind consensus.
    Skipped cells are not coded; "cannot tell" is an answer as any other, which can be the majority's. Raises
    ValueError for a rule that asks for less than one coder.
    """
    if rule.min_coders < 1:
        raise ValueError("a rule needs at least one coder")
    cells: dict[tuple[str, str, str], dict[str, Coding]] = {}
    for coding in sorted(codings, key=lambda coding: coding.id):
        if coding.status is not Status.SKIPPED:
            cell = coding.dimension_id, coding.dimension_hash, coding.version_id
            cells.setdefault(cell, {})[coding.coder_id] = coding
    gold: list[Coding] = []
    left_out: list[LeftOut] = []
    for (dimension, _, version), by_coder in cells.items():
        people = [coding for coder, coding in by_coder.items() if coder not in settled]
        final = [coding for coder, coding in by_coder.items() if coder in settled]
        found = _decide(rule, people, final, sets=dimension in multilabel)
        if isinstance(found, Coding):
            gold.append(found)
        else:
            left_out.append(LeftOut(dimension, version, found))
    return RuledGold(rule, tuple(gold), tuple(left_out))


def _decide(rule: Rule, people: Sequence[Coding], final: Sequence[Coding], *, sets: bool) -> Coding | Cause:
    if rule.name == "consensus" and final:
        # What people settled on stands, whoever coded before; two settlements that differ settle nothing.
        return _unanimous(rule, final)
    if len(people) < rule.min_coders:
        return "too_few_coders"
    if rule.name == "consensus":
        return _unanimous(rule, people)
    return _majority_of_sets(rule, people) if sets else _majority(rule, people)


def _unanimous(rule: Rule, votes: Sequence[Coding]) -> Coding | Cause:
    if len({_answer(vote) for vote in votes}) > 1:
        return "disagreement"
    return _ruled(rule, votes[0], votes[0].codes)


def _majority(rule: Rule, votes: Sequence[Coding]) -> Coding | Cause:
    answer, count = Counter(map(_answer, votes)).most_common(1)[0]
    if 2 * count <= len(votes):
        return "tie"
    first = next(vote for vote in votes if _answer(vote) == answer)
    return _ruled(rule, first, first.codes)


def _majority_of_sets(rule: Rule, votes: Sequence[Coding]) -> Coding | Cause:
    """Whether the dimension applies and can be told is decided first, then each label among those who gave a set.

    A set that stays empty although most gave some label is a tie: nobody's majority said that the text is silent.
    """
    sets = [vote for vote in votes if vote.status.is_answer]
    if 2 * len(sets) <= len(votes):
        return _majority(rule, votes)
    given = Counter(code for vote in sets for code in dict.fromkeys(vote.codes))
    labels = tuple(code for code, count in given.items() if 2 * count > len(sets))
    empty = sum(not vote.codes for vote in sets)
    if any(2 * count == len(sets) for count in given.values()) or (not labels and 2 * empty <= len(sets)):
        return "tie"
    return _ruled(rule, sets[0], labels)


def _answer(coding: Coding) -> tuple[bool | Status, frozenset[str]]:
    """What was said; an empty set is the same as `absent`."""
    return coding.status.is_answer or coding.status, frozenset(coding.codes)


def _ruled(rule: Rule, first: Coding, codes: Sequence[str]) -> Coding:
    """A coding of the rule's own; the codes decide between `coded` and `absent`, any other status stays."""
    status = first.status
    if status.is_answer:
        status = Status.CODED if codes else Status.ABSENT
    return Coding(
        version_id=first.version_id,
        dimension_id=first.dimension_id,
        coder_id=rule.name,
        status=status,
        assignments=tuple(Assignment(category=code) for code in codes),
        codebook_hash=first.codebook_hash,
        dimension_hash=first.dimension_hash,
        derived_from=first.id,
    )
