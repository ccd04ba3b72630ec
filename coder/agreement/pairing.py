"""What each status of a coding means for agreement, and the pairs of answers that enter a coefficient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from coder.agreement.clusters import Clusters, cluster_rows
from coder.agreement.tables import IntArray
from coder.errors import InputError
from coder.model.codebook import DimensionBase
from coder.model.coding import Coding, Status

ABSENT = Status.ABSENT.value


class Mark(StrEnum):
    """An answer that agrees with no other, not even with its like."""

    NOT_APPLICABLE = "not_applicable"
    REFUSED = "refused"


Answer = frozenset[str] | Mark
"""The codes given, the empty set for `absent`; or a mark."""

EXCLUSIONS = ("no_reference", "not_coded", "not_applicable", "undecidable", "skipped")
"""Why an item is out: no reference coding, no coding by the coder, not applicable to both, or a person's status."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """The distinct pairs of answers with how often each occurs; `answers` holds each distinct answer once.

    `reference`, `coder` (positions in `answers`) and `counts` have the shape (pairs,). `clusters` are the items by
    source, over the pairs; None where each stands alone.
    """

    answers: tuple[Answer, ...]
    reference: IntArray
    coder: IntArray
    counts: IntArray
    excluded: dict[str, int]
    clusters: Clusters | None = None

    @property
    def n(self) -> int:
        """The number of items."""
        return int(self.counts.sum())

    @property
    def complete(self) -> Pairs:
        """The pairs in which neither coder's answer is missing, for values: without clusters."""
        given = np.array([answer is not Mark.REFUSED for answer in self.answers], dtype=bool)
        kept = given[self.reference] & given[self.coder]
        return Pairs(self.answers, self.reference[kept], self.coder[kept], self.counts[kept], self.excluded)


def pair_answers(
    dimension: DimensionBase,
    reference: Iterable[Coding],
    coder: Iterable[Coding],
    clusters: Mapping[str, Hashable] | None = None,
) -> Pairs:
    """Pair the codings of one dimension by version. InputError where they do not fit the dimension as it is.

    `clusters` names the cluster of each version; one that is not named is a cluster of its own.
    """
    gold, other = _by_version(dimension, reference, "reference"), _by_version(dimension, coder, "coder")
    excluded = dict.fromkeys(EXCLUSIONS, 0)
    found: dict[str, tuple[Answer, Answer]] = {}
    for version in dict.fromkeys([*gold, *other]):
        first, second = gold.get(version), other.get(version)
        cause = _exclusion(first, second)
        if cause is not None or first is None or second is None:
            excluded[cause or "not_coded"] += 1
            continue
        found[version] = _answer(first), _answer(second)
    return _pairs(found, excluded, clusters)


def shared_answers(
    dimension: DimensionBase, reference: Iterable[Coding], *coders: Iterable[Coding]
) -> dict[str, tuple[Answer, ...]]:
    """The reference's answer and each coder's by version, where none of them leaves it out; order as the reference's.

    A version is out where it would be out for one of the coders, so that all are held to the same items.
    """
    gold = _by_version(dimension, reference, "reference")
    others = [_by_version(dimension, coder, "coder") for coder in coders]
    found = {}
    for version, first in gold.items():
        theirs = [other.get(version) for other in others]
        if not any(_exclusion(first, coding) for coding in theirs):
            found[version] = (_answer(first), *(_answer(coding) for coding in theirs if coding is not None))
    return found


def _pairs(
    found: Mapping[str, tuple[Answer, Answer]], excluded: dict[str, int], clusters: Mapping[str, Hashable] | None
) -> Pairs:
    """The pairs in an order of their own, so that resampling does not depend on the order of the items."""
    counts = Counter(found.values())
    answers = sorted({answer for pair in counts for answer in pair}, key=_order)
    position = {answer: index for index, answer in enumerate(answers)}
    cells = sorted((position[left], position[right], count) for (left, right), count in counts.items())
    columns = np.array(cells, dtype=np.int64).reshape(-1, 3).T
    pairs = Pairs(tuple(answers), columns[0], columns[1], columns[2], excluded)
    if clusters is None:
        return pairs
    place = {(answers[left], answers[right]): row for row, (left, right, _) in enumerate(cells)}
    rows = np.array([place[pair] for pair in found.values()], dtype=np.int64)
    names = cluster_names(found, clusters)
    return replace(pairs, clusters=cluster_rows(names, rows, np.ones(len(rows), dtype=np.int64), len(cells)))


def cluster_names(versions: Iterable[str], clusters: Mapping[str, Hashable]) -> list[Hashable]:
    """The cluster of each version; one that is not named is alone in its own."""
    return [(True, clusters[version]) if version in clusters else (False, version) for version in versions]


def _order(answer: Answer) -> tuple[bool, list[str]]:
    return (True, [answer.value]) if isinstance(answer, Mark) else (False, sorted(answer))


def _exclusion(reference: Coding | None, coder: Coding | None) -> str | None:
    for coding, missing in ((reference, "no_reference"), (coder, "not_coded")):
        if coding is None:
            return missing
        if coding.status in (Status.UNDECIDABLE, Status.SKIPPED):
            return coding.status.value
    statuses = {coding.status for coding in (reference, coder) if coding is not None}
    return "not_applicable" if statuses == {Status.NOT_APPLICABLE} else None


def _answer(coding: Coding) -> Answer:
    if coding.status is Status.NOT_APPLICABLE:
        return Mark.NOT_APPLICABLE
    return Mark.REFUSED if coding.status.never_agrees else frozenset(coding.codes)


def _by_version(dimension: DimensionBase, codings: Iterable[Coding], side: str) -> dict[str, Coding]:
    """One coding a version: of several replicates the first."""
    found: dict[str, Coding] = {}
    dimension_hash, codes = dimension.hash(), {category.id for category in dimension.codes}
    for coding in codings:
        if coding.dimension_id != dimension.id:
            continue
        _check(dimension, coding, dimension_hash, codes, side)
        earlier = found.get(coding.version_id)
        if earlier is not None and earlier.replicate == coding.replicate:
            raise InputError(
                f"dimension '{dimension.id}', version {coding.version_id}: the {side} has two codings",
                "Agreement compares one coding an item: name one coder, one run or one gold set.",
            )
        if earlier is None or coding.replicate < earlier.replicate:
            found[coding.version_id] = coding
    return found


def _check(dimension: DimensionBase, coding: Coding, dimension_hash: str, codes: set[str], side: str) -> None:
    place = f"dimension '{dimension.id}', version {coding.version_id}: the {side}'s coding"
    if coding.dimension_hash != dimension_hash:
        raise InputError(
            f"{place} was made with another wording of the dimension",
            "Evaluate with the codebook it was made with, or carry it over: intercoder codebook migrate.",
        )
    if unknown := sorted(set(coding.codes) - codes):
        raise InputError(f"{place} holds '{unknown[0]}', which is no category", "Import or code the item again.")
    if dimension.single and coding.status is Status.CODED and len(coding.codes) != 1:
        raise InputError(f"{place} holds {len(coding.codes)} categories, not one", "Import or code the item again.")
    if dimension.single and coding.status is Status.ABSENT and dimension.absent is None:
        raise InputError(
            f"{place} says 'absent', which the codebook does not offer",
            "Add 'absent' to the dimension, or code the item again.",
        )
