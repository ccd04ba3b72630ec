"""Why a dimension's codes fail: people among themselves, the model, the gold, or the definitions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from coder.adjudicate.casebook import labels_of
from coder.adjudicate.queueing import Cell, differ
from coder.model import Coding, DimensionBase

Cause = Literal["gold", "ambiguity", "model", "unchecked", "codebook"]
CAUSES: tuple[Cause, ...] = ("gold", "ambiguity", "model", "unchecked", "codebook")
"""A cell has the first of these that holds; `codebook` comes from a test of the definitions, not from cells."""


@dataclass(frozen=True)
class Finding:
    """Cells of one dimension that fail for one cause between the same codes.

    `codes` are the two (or more) answers that stand against each other, `documents` those concerned, by version's id.
    `words` says more where the cause is the codebook.
    """

    dimension: str
    cause: Cause
    codes: tuple[tuple[str, ...], ...]
    documents: tuple[str, ...]
    words: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """What was found of one dimension. `n` cells have an answer by the model and by gold, `several` of them one by two
    people or more, `settled` were settled by a second coder, `failing` have a finding."""

    dimension: str
    n: int
    several: int
    settled: int
    failing: int
    findings: tuple[Finding, ...]


def diagnose(
    dimension: DimensionBase,
    model: Iterable[Coding],
    gold: Iterable[Coding],
    people: Iterable[Coding],
    settled: Mapping[Cell, Sequence[Coding]],
    weak: Sequence[Finding] = (),
) -> Diagnosis:
    """Sort the cells of a dimension by why they fail.

    The second coder overruled gold: `gold`. People differ: `ambiguity`. People agree (two or more, or gold and whoever
    settled) and the model differs: `model`. The model differs from gold that nobody else checked: `unchecked`. `weak`
    are what a test found of the definitions.
    """
    of_model, of_gold = (_cells(dimension, codings) for codings in (model, gold))
    by_people: dict[str, list[Coding]] = {}
    for coding in people:
        if coding.dimension_id == dimension.id:
            by_people.setdefault(coding.version_id, []).append(coding)
    cells = [version for version in of_gold if version in of_model]
    grouped: dict[tuple[Cause, tuple[tuple[str, ...], ...]], list[str]] = {}
    ruled = {version: settled[version, dimension.id] for version in cells if (version, dimension.id) in settled}
    for version in cells:
        found = _cause(of_model[version], of_gold[version], by_people.get(version, []), ruled.get(version, ()))
        if found is not None:
            grouped.setdefault(found, []).append(version)
    findings = [Finding(dimension.id, cause, codes, tuple(documents)) for (cause, codes), documents in grouped.items()]
    findings.sort(key=lambda one: (CAUSES.index(one.cause), -len(one.documents), one.codes))
    several = sum(len(by_people.get(version, ())) > 1 for version in cells)
    failing = sum(len(one.documents) for one in findings)
    return Diagnosis(dimension.id, len(cells), several, len(ruled), failing, (*findings, *weak))


def _cells(dimension: DimensionBase, codings: Iterable[Coding]) -> dict[str, Coding]:
    return {coding.version_id: coding for coding in codings if coding.dimension_id == dimension.id}


def _cause(
    model: Coding, gold: Coding, people: Sequence[Coding], settled: Sequence[Coding]
) -> tuple[Cause, tuple[tuple[str, ...], ...]] | None:
    if settled and differ(gold, settled[-1]):
        return "gold", (labels_of(gold), labels_of(settled[-1]))
    if any(differ(one, other) for one, other in combinations(people, 2)):
        return "ambiguity", tuple(sorted({labels_of(one) for one in people}))
    if differ(gold, model):
        checked = len(people) > 1 or bool(settled)
        return ("model" if checked else "unchecked"), (labels_of(gold), labels_of(model))
    return None
