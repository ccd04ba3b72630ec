"""Two coders against the same reference on the same items: the difference of their agreement with it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from coder.agreement.clusters import Clusters, cluster_robust_se, cluster_rows, few_clusters, n_clusters
from coder.agreement.coefficients import (
    Statistic,
    cohen_kappa,
    kappa_influence,
    kappa_statistic,
)
from coder.agreement.hypotheses import two_sided_p
from coder.agreement.intervals import LEVEL, Bootstrap, Interval, Method, bootstrap_interval, too_few
from coder.agreement.tables import FloatArray, IntArray, Table, contingency_table

SAME = "no test: the two coders gave the same answers"
UNDEFINED = "undefined: one of the two kappas is"


@dataclass(frozen=True)
class PairedDifference:
    """first - second with its linearised standard error, z, two-sided p and joint bootstrap interval.

    With `clusters` whole clusters were resampled, the standard error sums within them, and p is of Student's t with
    one degree of freedom fewer than clusters. What is None is missing for the `reason` given; the values themselves
    are given wherever they are defined.
    """

    first: float | None
    second: float | None
    difference: float | None
    se: float | None
    z: float | None
    p: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    reason: str | None = None
    clusters: int | None = None


@dataclass(frozen=True, eq=False)
class Triples:
    """The distinct answers of reference, first and second coder, shape (triples,) each, and the items of each.

    Positions 0 to `scale` - 1 are the declared categories; the `never_agree` after them agree with nothing. Where items
    share a source, `clusters` are the same items by source, over the triples.
    """

    reference: IntArray
    first: IntArray
    second: IntArray
    counts: IntArray
    scale: int
    never_agree: int = 0
    clusters: Clusters | None = None

    def tables(self) -> tuple[Table, Table]:
        """The table of each coder with the reference."""
        first, second = (
            contingency_table(self.reference, coder, self.scale, never_agree=self.never_agree, counts=self.counts)
            for coder in (self.first, self.second)
        )
        return first, second


def triples(
    reference: IntArray,
    first: IntArray,
    second: IntArray,
    scale: int,
    *,
    never_agree: int = 0,
    clusters: Sequence[Hashable] | None = None,
) -> Triples:
    """Triples from the positions each gave to the items, shape (items,) each.

    Items without a reference are left out beforehand; an answer that is missing takes a position that never agrees, so
    that a coder gains nothing by refusing. `clusters` names the source of each item where items share one. ValueError
    where the lengths differ or a position lies outside.
    """
    if not len(reference) == len(first) == len(second):
        raise ValueError(f"{len(reference)}, {len(first)} and {len(second)} items are not the same items")
    answers = np.stack([reference, first, second], axis=1).astype(np.int64).reshape(-1, 3)
    if answers.size and not 0 <= answers.min() <= answers.max() < scale + never_agree:
        raise ValueError(f"category positions must lie in 0..{scale + never_agree - 1}")
    found, place, counts = np.unique(answers, axis=0, return_inverse=True, return_counts=True)
    each = np.ones(len(answers), dtype=np.int64)
    kinds = None if clusters is None else cluster_rows(clusters, place.reshape(-1), each, len(found))
    return Triples(found[:, 0], found[:, 1], found[:, 2], counts.astype(np.int64), scale, never_agree, kinds)


def paired_kappas(
    items: Triples,
    weights: FloatArray | None = None,
    *,
    bootstrap: Bootstrap | None = None,
    method: Method = "bca",
    level: float = LEVEL,
) -> PairedDifference:
    """kappa of the first coder less that of the second, with agreement weights as for `cohen_kappa`.

    The standard error is that of the mean difference of the influences (Gwet 2016, Educational and Psychological
    Measurement 76; McKenzie et al. 1996), the interval resamples the triples, so that both keep what the two coders
    have in common. The interval is missing where either table would carry none.
    """
    one, two = items.tables()
    first, second = (cohen_kappa(table, weights).value for table in (one, two))
    sources = n_clusters(items.clusters)
    if first is None or second is None:
        return PairedDifference(first, second, None, None, None, None, None, None, level, one.n, UNDEFINED, sources)
    difference = first - second
    influence = (
        kappa_influence(one, weights)[items.reference, items.first]
        - kappa_influence(two, weights)[items.reference, items.second]
    )
    if reason := SAME if np.abs(influence).max() < 1e-12 else few_clusters(items.clusters):
        return PairedDifference(first, second, difference, None, None, None, None, None, level, one.n, reason, sources)
    se = _standard_error(items, influence)
    z = difference / se
    p = two_sided_p(z, df=None if sources is None else sources - 1)
    interval = _interval(items, (one, two), weights, bootstrap or Bootstrap(), method, level)
    ends = (interval.low, interval.high)
    return PairedDifference(first, second, difference, se, z, p, *ends, level, one.n, interval.reason, sources)


def _standard_error(items: Triples, influence: FloatArray) -> float:
    """Of the mean of the influences, shape (triples,), over the items or summed within their clusters."""
    if items.clusters is not None:
        return cluster_robust_se(influence, items.clusters)
    return float(np.sqrt(items.counts @ influence**2)) / int(items.counts.sum())


def _interval(
    items: Triples,
    tables: tuple[Table, Table],
    weights: FloatArray | None,
    bootstrap: Bootstrap,
    method: Method,
    level: float,
) -> Interval:
    for table in tables:
        if reason := too_few(table.reference[: table.scale], table.coder[: table.scale], table.n):
            return Interval(reason=reason)
    first, second = (
        _of_triples(items, coder, table, weights)
        for coder, table in zip((items.first, items.second), tables, strict=True)
    )
    return difference_interval(
        items.counts, first, second, bootstrap, method=method, level=level, clusters=items.clusters
    )


def difference_interval(
    counts: IntArray,
    first: Statistic,
    second: Statistic,
    bootstrap: Bootstrap,
    *,
    method: Method = "bca",
    level: float = LEVEL,
    clusters: Clusters | None = None,
) -> Interval:
    """The interval of the difference of any two coefficients on the same items, from one resample of the items.

    `counts` are the items of each distinct pattern of answers, shape (patterns,), and both coefficients are functions
    of such counts; `clusters`, over the same patterns, are resampled whole.
    """

    def difference(drawn: FloatArray) -> FloatArray:
        return first(drawn) - second(drawn)

    return bootstrap_interval(counts, difference, bootstrap, method=method, level=level, clusters=clusters)


def _of_triples(items: Triples, coder: IntArray, table: Table, weights: FloatArray | None) -> Statistic:
    """Kappa of one coder as a function of the counts of the triples."""
    _, statistic = kappa_statistic(table, np.eye(table.scale) if weights is None else weights)
    occurring = table.counts > 0
    place = np.cumsum(occurring).reshape(table.counts.shape)[items.reference, coder] - 1
    member = np.eye(int(occurring.sum()))[place]
    return lambda counts: statistic(counts @ member)
