"""Two coders held against the same reference on the same items, dimension by dimension."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coder.agreement.alpha import alpha_statistic
from coder.agreement.clusters import Clusters, cluster_rows, few_clusters, n_clusters
from coder.agreement.coefficients import Statistic, agreement_weights
from coder.agreement.hypotheses import holm, two_sided_p
from coder.agreement.intervals import Bootstrap, Interval, too_few
from coder.agreement.multilabel import masi_distances
from coder.agreement.paired import difference_interval, paired_kappas, triples
from coder.agreement.pairing import ABSENT, Answer, Mark, cluster_names, shared_answers
from coder.agreement.ratings import Patterns
from coder.agreement.tables import IntArray
from coder.model.agreement import CoefficientName
from coder.model.codebook import Codebook, Dimension
from coder.model.coding import Coding

NO_ITEMS = "undefined: no item has an answer from all three"
UNDEFINED = "undefined: one of the two coefficients is"


@dataclass(frozen=True)
class Comparison:
    """first - second on one dimension, over the `n` items that the reference and both coders have.

    `p` is two-sided, `p_holm` adjusted for the number of dimensions (Holm 1979); items that carry no interval carry no
    test either. What is None is missing for `reason`. `clusters` counts the sources that were resampled whole; None
    where items were.
    """

    dimension: str
    coefficient: CoefficientName
    n: int
    first: float | None
    second: float | None
    difference: float | None
    low: float | None
    high: float | None
    se: float | None
    p: float | None
    p_holm: float | None = None
    reason: str | None = None
    clusters: int | None = None


def compare_coders(
    codebook: Codebook,
    reference: Sequence[Coding],
    first: Sequence[Coding],
    second: Sequence[Coding],
    bootstrap: Bootstrap,
    clusters: Mapping[str, Hashable] | None = None,
) -> tuple[Comparison, ...]:
    """The paired difference on every dimension, in the codebook's order, with p adjusted over them.

    `clusters` names the source of each version where items share one.
    """
    found = []
    for dimension in codebook.dimensions:
        answers = shared_answers(dimension, *(_of(dimension, codings) for codings in (reference, first, second)))
        names = None if clusters is None else cluster_names(answers, clusters)
        compare = _kappas if dimension.single else _alphas
        found.append(compare(dimension, list(answers.values()), names, bootstrap))
    adjusted = holm([one.p for one in found])
    return tuple(replace(one, p_holm=p) for one, p in zip(found, adjusted, strict=True))


def _of(dimension: Dimension, codings: Sequence[Coding]) -> list[Coding]:
    return [coding for coding in codings if coding.dimension_id == dimension.id]


def _kappas(
    dimension: Dimension,
    answers: Sequence[tuple[Answer, ...]],
    clusters: Sequence[Hashable] | None,
    bootstrap: Bootstrap,
) -> Comparison:
    codes = [category.id for category in dimension.codes]
    declared = codes if dimension.absent is None else [*codes, ABSENT]
    place = {name: position for position, name in enumerate([*declared, *(mark.value for mark in Mark)])}
    gold, first, second = _columns([[place[_name(answer)] for answer in row] for row in answers])
    linear = dimension.ordered and dimension.absent is None
    weights = agreement_weights("linear" if linear else "unweighted", len(declared))
    found = paired_kappas(
        triples(gold, first, second, len(declared), never_agree=len(Mark), clusters=clusters),
        weights,
        bootstrap=bootstrap,
    )
    return Comparison(
        dimension.id,
        "cohen_kappa_linear" if linear else "cohen_kappa",
        found.n,
        found.first,
        found.second,
        found.difference,
        found.low,
        found.high,
        found.se,
        None if found.low is None else found.p,
        reason=found.reason if answers else NO_ITEMS,
        clusters=found.clusters,
    )


def _alphas(
    dimension: Dimension,
    answers: Sequence[tuple[Answer, ...]],
    clusters: Sequence[Hashable] | None,
    bootstrap: Bootstrap,
) -> Comparison:
    """Krippendorff's alpha with MASI distance; z from the standard deviation of the resampled differences."""
    distinct = sorted({answer for row in answers for answer in row}, key=_order)
    if not distinct:
        return _undefined(dimension, 0, None, None, NO_ITEMS)
    place = {answer: position for position, answer in enumerate(distinct)}
    placed = [[place[answer] for answer in row] for row in answers]
    patterns, of_item, counts = np.unique(placed, axis=0, return_inverse=True, return_counts=True)
    each = np.ones(len(answers), dtype=np.int64)
    kinds = None if clusters is None else cluster_rows(clusters, of_item.reshape(-1), each, len(patterns))
    one, two = (_alpha(patterns, counts, side, distinct) for side in (1, 2))
    first, second = (_value(statistic, counts) for statistic in (one, two))
    n = len(answers)
    if first is None or second is None:
        return _undefined(dimension, n, first, second, UNDEFINED)
    few = few_clusters(kinds) or _few(patterns, counts, 1) or _few(patterns, counts, 2)
    interval = Interval(reason=few) if few else difference_interval(counts, one, two, bootstrap, clusters=kinds)
    difference, p = first - second, _p(first - second, interval, kinds)
    return Comparison(
        dimension.id, "alpha_masi", n, first, second, difference, interval.low, interval.high, interval.sd, p,
        reason=interval.reason, clusters=n_clusters(kinds),
    )  # fmt: skip


def _p(difference: float, interval: Interval, clusters: Clusters | None) -> float | None:
    if interval.low is None or not interval.sd:
        return None
    return two_sided_p(difference / interval.sd, df=None if clusters is None else clusters.n - 1)


def _undefined(dimension: Dimension, n: int, first: float | None, second: float | None, reason: str) -> Comparison:
    return Comparison(dimension.id, "alpha_masi", n, first, second, None, None, None, None, None, None, reason)


def _alpha(patterns: IntArray, counts: IntArray, side: int, answers: Sequence[Answer]) -> Statistic:
    """Alpha of the reference and one coder as a function of the counts of the patterns of all three."""
    two = Patterns(patterns[:, [0, side]], counts, np.arange(len(counts)), len(answers))
    return alpha_statistic(two, masi_distances(answers))


def _value(statistic: Statistic, counts: IntArray) -> float | None:
    value = float(statistic(counts[None, :].astype(np.float64))[0])
    return None if np.isnan(value) else value


def _few(patterns: IntArray, counts: IntArray, side: int) -> str | None:
    size = int(patterns.max()) + 1
    reference, coder = (np.bincount(patterns[:, place], counts, size).astype(np.int64) for place in (0, side))
    return too_few(reference, coder, int(counts.sum()))


def _columns(rows: Sequence[Sequence[int]]) -> IntArray:
    return np.array(rows, dtype=np.int64).reshape(-1, 3).T


def _name(answer: Answer) -> str:
    return answer.value if isinstance(answer, Mark) else next(iter(answer), ABSENT)


def _order(answer: Answer) -> tuple[bool, list[str]]:
    return (True, [answer.value]) if isinstance(answer, Mark) else (False, sorted(answer))
