"""Answers that are sets of labels: MASI distance, Krippendorff's alpha with it, and a kappa for each label."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Literal

import numpy as np

from coder.agreement import coefficients
from coder.agreement.alpha import alpha_statistic
from coder.agreement.clusters import few_clusters, n_clusters
from coder.agreement.coefficients import NO_ITEMS, Statistic
from coder.agreement.intervals import MIN_RARER, Bootstrap, bca_interval, too_few
from coder.agreement.kappa import PERFECT, kappa_coefficient
from coder.agreement.pairing import Answer, Mark, Pairs
from coder.agreement.ratings import Patterns, Ratings, from_columns
from coder.agreement.tables import FloatArray, IntArray, Table, contingency_table
from coder.model.agreement import Coefficient, CoefficientName, LabelAgreement, LabelMean

SetDistance = Literal["masi", "jaccard"]
ALPHAS: dict[SetDistance, CoefficientName] = {"masi": "alpha_masi", "jaccard": "alpha_jaccard"}
GIVEN, NOT_GIVEN, NOT_APPLICABLE, REFUSED = range(4)
SAME_SET = "undefined: chance alone would give perfect agreement, since every answer is the same set"


def masi_distance(first: Set[str], second: Set[str]) -> float:
    """1 - J M between two sets of labels (Passonneau 2006).

    J is the Jaccard index; M is 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap and 0 where
    they are disjoint. Two empty sets are equal: distance 0.
    """
    return float(masi_distances([frozenset(first), frozenset(second)])[0, 1])


def masi_distances(answers: Sequence[Answer]) -> FloatArray:
    """MASI distances between distinct answers, shape (answers, answers).

    A mark (not applicable to one coder, no answer) is at distance 1 from every answer, its like included.
    """
    return set_distances(answers, "masi")


def jaccard_distance(first: Set[str], second: Set[str]) -> float:
    """1 - J between two sets of labels, J the share of their union that both hold; 0 for two empty sets."""
    return float(set_distances([frozenset(first), frozenset(second)], "jaccard")[0, 1])


def set_distances(answers: Sequence[Answer], name: SetDistance) -> FloatArray:
    """MASI or Jaccard distances between distinct answers, shape (answers, answers); a mark is 1 from everything."""
    labels = sorted({label for answer in answers if not isinstance(answer, Mark) for label in answer})
    column = {label: position for position, label in enumerate(labels)}
    member = np.zeros((len(answers), len(labels)))
    for row, answer in enumerate(answers):
        if not isinstance(answer, Mark):
            member[row, [column[label] for label in answer]] = 1
    shared, size = member @ member.T, member.sum(axis=1)
    union = size[:, None] + size[None, :] - shared
    likeness = np.divide(shared, union, out=np.ones_like(union), where=union > 0)
    if name == "masi":
        smaller, larger = np.minimum.outer(size, size), np.maximum.outer(size, size)
        likeness *= np.select([shared == larger, shared == smaller, shared > 0], [1.0, 2 / 3, 1 / 3])
    distance = 1 - likeness
    marks = np.array([isinstance(answer, Mark) for answer in answers], dtype=bool)
    distance[marks, :] = distance[:, marks] = 1.0
    return np.asarray(distance, dtype=np.float64)


def set_ratings(columns: Sequence[Sequence[Set[str] | None]]) -> Ratings:
    """Ratings whose categories are the distinct sets given, one column of sets a coder, None where one is missing.

    For `measure(ratings, "alpha", distance=set_distances(ratings.categories, "masi"))`: a distance between sets does
    not change when a set that nobody gave is left out.
    """
    given = [[None if answer is None else frozenset(answer) for answer in column] for column in columns]
    found = {answer for column in given for answer in column if answer is not None}
    return from_columns(given, sorted(found, key=sorted) or [frozenset()])


def pairs_statistic(pairs: Pairs, distances: FloatArray) -> Statistic:
    """Krippendorff's alpha of two coders without gaps, as a function of the counts of the distinct pairs."""
    codes, rows = np.stack([pairs.reference, pairs.coder], axis=1), np.arange(len(pairs.counts))
    return alpha_statistic(Patterns(codes, pairs.counts, rows, len(distances)), distances)


def set_alpha(pairs: Pairs, bootstrap: Bootstrap, distance: SetDistance = "masi") -> Coefficient:
    """Krippendorff's alpha of sets, its interval by resampling items, or whole clusters where the pairs have them."""
    value, distances = alpha_value(pairs, distance), set_distances(pairs.answers, distance)
    name, clusters = ALPHAS[distance], n_clusters(pairs.clusters)
    if value is None:
        reason: str | None = SAME_SET if pairs.n else NO_ITEMS
    else:
        reason = few_clusters(pairs.clusters) or _no_interval(pairs, distances)
    if reason is not None:
        return Coefficient(coefficient=name, value=value, n=pairs.n, reason=reason, clusters=clusters)
    either = _either_way(pairs)
    interval = bca_interval(either.counts, pairs_statistic(either, distances), bootstrap, clusters=either.clusters)
    return Coefficient(
        coefficient=name,
        value=value,
        low=interval.low,
        high=interval.high,
        se=interval.sd,
        n=pairs.n,
        reason=interval.reason,
        clusters=clusters,
    )


def _either_way(pairs: Pairs) -> Pairs:
    """The pairs without who gave which answer, of which alpha knows nothing: fewer to resample."""
    sides = np.sort(np.stack([pairs.reference, pairs.coder], axis=1), axis=1)
    found, place = np.unique(sides, axis=0, return_inverse=True)
    place = place.reshape(-1)
    counts = np.bincount(place, pairs.counts, minlength=len(found)).astype(np.int64)
    clusters = None if pairs.clusters is None else pairs.clusters.onto(place, len(found))
    return Pairs(pairs.answers, found[:, 0], found[:, 1], counts, pairs.excluded, clusters)


def _no_interval(pairs: Pairs, distances: FloatArray) -> str | None:
    differ = distances[pairs.reference, pairs.coder].any()
    return too_few(*_margins(pairs), pairs.n) if differ else PERFECT


def alpha_value(pairs: Pairs, distance: SetDistance = "masi") -> float | None:
    """Krippendorff's alpha of sets; None without items or where every answer is the same set."""
    if pairs.n == 0:
        return None
    statistic = pairs_statistic(pairs, set_distances(pairs.answers, distance))
    value = float(statistic(pairs.counts[None, :].astype(np.float64))[0])
    return None if np.isnan(value) else value


def _margins(pairs: Pairs) -> tuple[IntArray, IntArray]:
    size = len(pairs.answers)
    reference, coder = (np.bincount(side, pairs.counts, size) for side in (pairs.reference, pairs.coder))
    return reference.astype(np.int64), coder.astype(np.int64)


def label_table(pairs: Pairs, label: str) -> Table:
    """Given or not given, by reference and coder; the marks follow as answers that never agree."""
    state = np.array([_state(answer, label) for answer in pairs.answers], dtype=np.int64)
    sides = state[pairs.reference], state[pairs.coder]
    return contingency_table(*sides, 2, never_agree=2, counts=pairs.counts, clusters=pairs.clusters)


def _state(answer: Answer, label: str) -> int:
    if isinstance(answer, Mark):
        return NOT_APPLICABLE if answer is Mark.NOT_APPLICABLE else REFUSED
    return GIVEN if label in answer else NOT_GIVEN


def label_agreement(label: str, table: Table, bootstrap: Bootstrap) -> LabelAgreement:
    """Kappa of one label with precision and recall against the reference (an item without an answer is a miss)."""
    both, positives, given = (int(x[GIVEN]) for x in (table.counts[GIVEN], table.reference, table.coder))
    return LabelAgreement(
        **dict(kappa_coefficient(table, "unweighted", bootstrap)),
        label=label,
        positives=positives,
        coder_positives=given,
        prevalence=positives / table.n if table.n else None,
        precision=both / given if given else None,
        recall=both / positives if positives else None,
        percent_agreement=coefficients.percent_agreement(table),
        prevalence_index=coefficients.prevalence_index(table),
        bias_index=coefficients.bias_index(table),
        pabak=coefficients.pabak(table),
        kappa_max=coefficients.kappa_max(table),
        gwet_ac=coefficients.gwet_ac1(table),
    )


def mean_label_kappa(tables: Sequence[Table], labels: Sequence[LabelAgreement]) -> LabelMean:
    """The mean of the per-label kappas over the labels with enough items on the reference's rarer side."""
    values = [
        label.value
        for label, table in zip(labels, tables, strict=True)
        if label.value is not None and _rarer(table.reference) >= MIN_RARER
    ]
    if not values:
        return LabelMean(value=None, labels=0, reason=f"no label has {MIN_RARER} items on the reference's rarer side")
    return LabelMean(value=float(np.mean(values)), labels=len(values))


def _rarer(margin: IntArray) -> int:
    return int(margin[[GIVEN, NOT_GIVEN]].min())
