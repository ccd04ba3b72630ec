"""What people noted, flagged and disagreed on, gathered by category: where a codebook's definitions rub. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from coder.adjudicate.log import standing_acts
from coder.adjudicate.queueing import Cell, differ
from coder.adjudicate.summary import SUGGESTION
from coder.adjudicate.wording import answer_words
from coder.model import Codebook, Coding, Decision, GoldItem, QueueItem, Status

Note = Literal["memo", "codebook", "flag", "borderline", "disagreement"]


@dataclass(frozen=True)
class Case:
    """One note on one cell, with the categories that it concerns; `who` names the coders, `words` says what.

    `codebook` is a memo that suggests a change of it, `borderline` a gold coding beside which other codes can be
    defended, `disagreement` two coders who differ.
    """

    note: Note
    version: str
    dimension: str
    categories: tuple[str, ...]
    who: str
    words: str


def cases(
    codebook: Codebook,
    items: Sequence[QueueItem],
    decisions: Sequence[Decision],
    decided: Mapping[str, Coding],
    codings: Iterable[Coding],
    arguable: Iterable[GoldItem],
    names: Mapping[str, str],
) -> list[Case]:
    """Every case, in the order of kinds: notes from the desk, memos beside codings, borderline gold, disagreements.

    `codings` are each coder's newest of each cell; `names` are the coders' by id, with their kinds.
    """
    held = list(codings)
    by_id = {coding.id: coding for coding in held}
    known = {dimension.id for dimension in codebook.dimensions}
    found = [*_from_desk(items, decisions, decided, names), *_memos(held, decisions, names)]
    found += _borderline(codebook, arguable, by_id, names)
    found += _disagreements(codebook, held, names)
    return [case for case in found if case.dimension in known]


def labels_of(coding: Coding | None) -> tuple[str, ...]:
    """The categories of a coding, its status where it names none."""
    if coding is None:
        return ()
    return coding.codes or (coding.status.value,)


def _from_desk(
    items: Iterable[QueueItem], decisions: Sequence[Decision], decided: Mapping[str, Coding], names: Mapping[str, str]
) -> Iterator[Case]:
    item_of = {item.id: item for item in items}
    acts = [act for act in standing_acts(decisions) if act.item_id in item_of]
    last: dict[tuple[str, str], Coding] = {}
    for act in acts:
        if act.coding_id is not None and act.coding_id in decided:
            last[act.item_id, act.coder_id] = decided[act.coding_id]
    flags: dict[tuple[str, str], int] = {}
    for act in acts:
        item, coding = item_of[act.item_id], last.get((act.item_id, act.coder_id))
        if act.memo:
            suggests = act.memo.casefold().startswith(SUGGESTION)
            yield Case(
                "codebook" if suggests else "memo", item.version_id, item.dimension_id, labels_of(coding),
                names[act.coder_id], act.memo[len(SUGGESTION) :].strip() if suggests else act.memo,
            )  # fmt: skip
        if act.action == "flag":
            flags[act.item_id, act.coder_id] = flags.get((act.item_id, act.coder_id), 0) + 1
    for (item_id, coder_id), count in flags.items():
        if count % 2:
            item, coding = item_of[item_id], last.get((item_id, coder_id))
            yield Case("flag", item.version_id, item.dimension_id, labels_of(coding), names[coder_id], item.detail)


def _memos(codings: Iterable[Coding], decisions: Iterable[Decision], names: Mapping[str, str]) -> Iterator[Case]:
    """Memos that came in with codings; those of the desk are told by its log."""
    told = {act.coding_id for act in decisions}
    for one in codings:
        if one.memo and one.id not in told:
            yield Case("memo", one.version_id, one.dimension_id, labels_of(one), names[one.coder_id], one.memo)


def _borderline(
    codebook: Codebook, arguable: Iterable[GoldItem], codings: Mapping[str, Coding], names: Mapping[str, str]
) -> Iterator[Case]:
    for item in arguable:
        coding = codings.get(item.coding_id)
        if coding is None or not item.defensible or coding.dimension_id not in {one.id for one in codebook.dimensions}:
            continue
        dimension = codebook.dimension(coding.dimension_id)
        labels = {category.id: category.label for category in dimension.codes}
        others = [", ".join(labels.get(code, code) for code in codes) or "none" for codes in item.defensible]
        concerned = dict.fromkeys((*labels_of(coding), *(code for codes in item.defensible for code in codes)))
        words = f"{answer_words(dimension, coding)}; also defensible: {'; '.join(others)}"
        yield Case(
            "borderline", coding.version_id, coding.dimension_id, tuple(concerned), names[coding.coder_id], words
        )


def _disagreements(codebook: Codebook, codings: Iterable[Coding], names: Mapping[str, str]) -> Iterator[Case]:
    cells: dict[Cell, list[Coding]] = {}
    for coding in codings:
        cells.setdefault((coding.version_id, coding.dimension_id), []).append(coding)
    known = {dimension.id: dimension for dimension in codebook.dimensions}
    for (version_id, dimension_id), given in cells.items():
        if dimension_id not in known or not any(differ(one, other) for one, other in combinations(given, 2)):
            continue
        dimension = known[dimension_id]
        said = "; ".join(f"{names[one.coder_id]}: {answer_words(dimension, one)}" for one in given)
        who = ", ".join(names[one.coder_id] for one in given)
        yield Case("disagreement", version_id, dimension_id, _disputed(given), who, said)


def _disputed(codings: Sequence[Coding]) -> tuple[str, ...]:
    """The categories that not every answer holds."""
    answers = [labels_of(one) for one in codings if one.status not in (Status.UNDECIDABLE, Status.SKIPPED)]
    every = dict.fromkeys(label for labels in answers for label in labels)
    return tuple(label for label in every if not all(label in labels for labels in answers))


def counted(codebook: Codebook, noted: Iterable[tuple[str, Sequence[str], str]]) -> list[dict[str, Any]]:
    """How many cases of each kind a category has, in the codebook's order; categories without any are left out.

    `noted` holds of each case its dimension, its categories and its kind.
    """
    found: dict[tuple[str, str], dict[str, int]] = {}
    for dimension_id, categories, note in noted:
        for category in categories or ("",):
            kinds = found.setdefault((dimension_id, category), {})
            kinds[note] = kinds.get(note, 0) + 1
    order = {
        (dimension.id, category.id): (place, rank)
        for place, dimension in enumerate(codebook.dimensions)
        for rank, category in enumerate(dimension.codes)
    }
    places = {dimension.id: place for place, dimension in enumerate(codebook.dimensions)}
    keys = sorted(found, key=lambda key: (*order.get(key, (places[key[0]], 10_000)), key[1]))
    return [{"dimension": key[0], "category": key[1], **found[key]} for key in keys]
