"""Every coefficient that applies to some ratings, with what it is read with: margins, indices, tests, pairs, labels."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Literal

import numpy as np

from coder.agreement import coefficients as of_table
from coder.agreement.alpha import Distance
from coder.agreement.benchmarks import Benchmark, benchmark
from coder.agreement.clusters import cluster_rows
from coder.agreement.coefficients import Kappa, cohen_kappa
from coder.agreement.estimates import Estimate, IntervalMethod, degrees, estimate, standard_error
from coder.agreement.fleiss import NullTest, fleiss_by_category, fleiss_test
from coder.agreement.homogeneity import DEPENDENT, ChiSquare, bhapkar, mcnemar, stuart_maxwell
from coder.agreement.hypotheses import ThresholdTest, threshold_test
from coder.agreement.intervals import Bootstrap
from coder.agreement.measures import Measure, Name, measure
from coder.agreement.multilabel import SetDistance, set_distances, set_ratings
from coder.agreement.proportions import Proportion, clustered_proportion, proportion
from coder.agreement.ratings import MISSING, Ratings, from_columns
from coder.agreement.tables import FloatArray, IntArray, Table
from coder.agreement.weights import WeightName

Key = Literal[
    "percent_agreement", "cohen_kappa", "scott_pi", "gwet_ac", "brennan_prediger", "krippendorff_alpha", "fleiss_kappa",
    "conger_kappa", "alpha_masi", "alpha_jaccard",
]  # fmt: skip
COEFFICIENTS: dict[Key, Name] = {
    "percent_agreement": "percent",
    "cohen_kappa": "cohen",
    "scott_pi": "scott",
    "gwet_ac": "gwet",
    "brennan_prediger": "brennan_prediger",
    "krippendorff_alpha": "alpha",
    "fleiss_kappa": "fleiss",
    "conger_kappa": "conger",
}
MOST_PAIRED = 30
"""Coders up to whom each two are compared; more are workers who coded a few units each."""
_NO_VARIANCE = 1e-9
Sets = Sequence[Sequence[frozenset[str] | None]]


@dataclass(frozen=True, eq=False)
class Method:
    """How coefficients are computed: agreement weights, and the distance of alpha (None: 1 - weights).

    `clusters` names the cluster of each row of the ratings; whole clusters are then resampled.
    """

    weights: FloatArray | None = None
    """Shape (categories, categories); None: unweighted."""
    distance: Distance | None = None
    interval: IntervalMethod = "bca"
    bootstrap: Bootstrap = field(default_factory=Bootstrap)
    clusters: Sequence[Hashable] | None = None


@dataclass(frozen=True, eq=False)
class Overview:
    """All there is to say of some ratings.

    `n` units have codes of two coders or more. `categories` are the scale, or the labels where answers are `sets`.
    `whose` is false where it is not known who gave which code.
    """

    ratings: Ratings
    coders: tuple[str, ...]
    categories: tuple[str, ...]
    whose: bool
    n: int
    method: Method
    coefficients: dict[Key, Estimate]
    tests: dict[Key, ThresholdTest]
    two: TwoCoders | None = None
    pairs: tuple[Pair, ...] = ()
    fleiss: NullTest | None = None
    by_category: tuple[NullTest, ...] = ()
    labels: tuple[LabelOfSets, ...] = ()

    def benchmarks(self) -> dict[Key, Benchmark]:
        """The level that a coefficient reaches with probability 0.95, where its units carry an interval."""
        return {
            key: benchmark(one.value, one.se, "krippendorff" if one.name == "alpha" else "landis_koch")
            for key, one in self.coefficients.items()
            if one.value is not None and one.se and one.low is not None and key != "percent_agreement"
        }


def overview(
    ratings: Ratings,
    coders: Sequence[str],
    method: Method,
    *,
    threshold: float | None = None,
    reference: bool = False,
) -> Overview:
    """The overview of codes of one category each; with `reference` the pairs are those with the first coder."""
    found = every_coefficient(ratings, method)
    several = ratings.coders > 2
    paired = several and ratings.identified and (reference or ratings.coders <= MOST_PAIRED)
    return Overview(
        ratings,
        tuple(coders),
        tuple(map(str, ratings.categories)),
        ratings.identified,
        units_of_two(ratings),
        method,
        found,
        {} if threshold is None else threshold_tests(found, threshold),
        two_coders(ratings, method.weights, method.clusters),
        tuple(pairs(ratings, method.weights, with_first=reference)) if paired else (),
        _null(fleiss_test(ratings), method) if several else None,
        tuple(_null(one, method) for one in fleiss_by_category(ratings)) if several else (),
    )


def _null(test: NullTest, method: Method) -> NullTest:
    """The kappa without its test against 0 where units share sources, which that test takes for independent."""
    if method.clusters is None or test.kappa is None:
        return test
    return replace(test, se_null=None, z=None, reason=DEPENDENT)


def overview_of_sets(
    sets: Sets, coders: Sequence[str], names: Sequence[str], method: Method, *, threshold: float | None = None
) -> Overview:
    """The overview of codes that are sets of the labels `names`: one sequence a coder, None for a gap."""
    ratings = set_ratings(sets)
    found = set_coefficients(ratings, method)
    return Overview(
        ratings,
        tuple(coders),
        tuple(names),
        True,
        units_of_two(ratings),
        method,
        found,
        {} if threshold is None else threshold_tests(found, threshold),
        labels=tuple(labels(sets, names, method)),
    )


def units_of_two(ratings: Ratings) -> int:
    """The units with codes of two coders or more."""
    return int(ratings.patterns.least(2).counts.sum())


def every_coefficient(ratings: Ratings, method: Method) -> dict[Key, Estimate]:
    """Those that apply: Cohen's and Scott's to two coders, Cohen's and Conger's where it is known whose a code is."""
    two = {"cohen_kappa", "scott_pi"} if ratings.coders != 2 else set()
    whose = set() if ratings.identified else {"cohen_kappa", "conger_kappa"}
    return {key: _estimate(ratings, name, method) for key, name in COEFFICIENTS.items() if key not in two | whose}


def set_coefficients(ratings: Ratings, method: Method) -> dict[Key, Estimate]:
    """Of ratings whose categories are sets of labels: the share of identical sets, alpha with MASI and with Jaccard."""
    found: dict[Key, Estimate] = {"percent_agreement": _estimate(ratings, "percent", method)}
    answers = [category for category in ratings.categories if isinstance(category, frozenset)]
    distances: tuple[tuple[Key, SetDistance], ...] = (("alpha_masi", "masi"), ("alpha_jaccard", "jaccard"))
    for key, name in distances:
        found[key] = _estimate(ratings, "alpha", replace(method, distance=set_distances(answers, name)))
    return found


def _estimate(ratings: Ratings, name: Name, method: Method) -> Estimate:
    """The estimate; its standard error also where the units are too few for an interval."""
    weights = _weights(method.weights)
    found = estimate(
        ratings, name, weights=weights, distance=method.distance, method=method.interval, bootstrap=method.bootstrap,
        clusters=method.clusters,
    )  # fmt: skip
    if found.se is not None or method.clusters is not None:
        return found
    return replace(found, se=_se(ratings, measure(ratings, name, weights=weights, distance=method.distance)))


def _weights(weights: FloatArray | None) -> WeightName | FloatArray:
    return "unweighted" if weights is None else weights


def _se(ratings: Ratings, found: Measure) -> float | None:
    ddof = degrees(ratings, found.name)
    if found.influence is None or found.n <= max(ddof, 1):
        return None
    se = standard_error(found, ddof=ddof)
    return se if se > _NO_VARIANCE else None


def threshold_tests(found: Mapping[Key, Estimate], threshold: float) -> dict[Key, ThresholdTest]:
    """Each coefficient against a threshold, where the units carry an interval; else why there is no test."""
    tests = {}
    for key, one in found.items():
        test = threshold_test(one.value, one.se, threshold)
        tests[key] = ThresholdTest(threshold, test.side, None, None, one.reason) if one.low is None else test
    return tests


@dataclass(frozen=True)
class TwoCoders:
    """Two coders on the units that both coded: their table, what Cohen's kappa is read with, and tests of margins.

    `kappa` has the weights' standard error under kappa = 0. Precision and recall of the second coder against the
    first, and specific agreement, are one value a category, None where neither (or one) used it. Where items share
    sources, the interval of identical codes rests on the effective number of items, and margins have no test.
    """

    table: Table
    kappa: Kappa
    identical: Proportion
    prevalence_index: float | None
    bias_index: float | None
    pabak: float | None
    kappa_max: float | None
    specific_agreement: tuple[float | None, ...]
    precision: tuple[float | None, ...]
    recall: tuple[float | None, ...]
    stuart_maxwell: ChiSquare
    bhapkar: ChiSquare
    mcnemar: ChiSquare


def two_coders(
    ratings: Ratings, weights: FloatArray | None = None, clusters: Sequence[Hashable] | None = None
) -> TwoCoders | None:
    """The companions of a coefficient of two coders; None for more, or where it is not known whose a code is."""
    if ratings.coders != 2 or not ratings.identified:
        return None
    table = square_table(ratings, clusters)
    counts, both = table.counts, np.diag(table.counts)
    untested = ChiSquare(None, None, None, reason=DEPENDENT) if clusters is not None else None
    return TwoCoders(
        table,
        cohen_kappa(table, weights) if untested is None else replace(cohen_kappa(table, weights), se_null=None),
        _identical(table),
        of_table.prevalence_index(table),
        of_table.bias_index(table),
        of_table.pabak(table),
        of_table.kappa_max(table, weights),
        of_table.specific_agreement(table),
        tuple(int(b) / int(c) if c else None for b, c in zip(both, table.coder, strict=True)),
        tuple(int(b) / int(r) if r else None for b, r in zip(both, table.reference, strict=True)),
        untested or stuart_maxwell(counts),
        untested or bhapkar(counts),
        untested or mcnemar(counts),
    )


def _identical(table: Table) -> Proportion:
    if table.clusters is None:
        return proportion(table.agreed, table.n)
    return clustered_proportion(np.eye(table.scale).ravel(), table.counts.ravel(), table.clusters)


def square_table(ratings: Ratings, clusters: Sequence[Hashable] | None = None) -> Table:
    """The units that two coders both coded, by category of the first (row) and of the second (column)."""
    both = (ratings.codes != MISSING).all(axis=1)
    counts, size = np.zeros(ratings.size**2, dtype=np.int64), ratings.size
    cells = np.where(both, ratings.codes[:, 0] * size + ratings.codes[:, 1], MISSING)
    np.add.at(counts, cells[both], ratings.counts[both])
    found = None if clusters is None else cluster_rows(clusters, cells, ratings.counts, size * size)
    return Table(counts.reshape(size, size), size, found)


def margins(ratings: Ratings) -> IntArray:
    """How many units each coder gave each category, shape (coders, categories)."""
    each = [
        np.bincount(column[column != MISSING], ratings.counts[column != MISSING], ratings.size)
        for column in ratings.codes.T
    ]
    return np.asarray(each, dtype=np.int64)


def missing(ratings: Ratings) -> tuple[int, ...]:
    """How many units each coder did not code."""
    return tuple(int(ratings.counts[column == MISSING].sum()) for column in ratings.codes.T)


@dataclass(frozen=True)
class Pair:
    """Cohen's kappa of two coders, by their positions, on the `n` units that both coded."""

    first: int
    second: int
    n: int
    value: float | None
    reason: str | None


def pairs(ratings: Ratings, weights: FloatArray | None = None, *, with_first: bool = False) -> Iterator[Pair]:
    """Each two coders, or each with the first one."""
    for first, second in combinations(range(ratings.coders), 2):
        if with_first and first:
            return
        two = Ratings(ratings.codes[:, [first, second]], ratings.counts, ratings.categories, ratings.values)
        found = measure(two, "cohen", weights=_weights(weights))
        yield Pair(first, second, found.n, found.value, found.reason)


@dataclass(frozen=True)
class LabelOfSets:
    """One label, given or not: Cohen's kappa of two coders, Krippendorff's alpha of more; `given` by each coder."""

    label: str
    estimate: Estimate
    given: tuple[int, ...]


def labels(sets: Sets, names: Sequence[str], method: Method) -> Iterator[LabelOfSets]:
    """Each label of the coders' sets, one sequence a coder, units in order and None for a gap."""
    name: Name = "cohen" if len(sets) == 2 else "alpha"
    for label in names:
        given = [[None if answer is None else label in answer for answer in column] for column in sets]
        ratings = from_columns(given, (True, False))
        found = _estimate(ratings, name, replace(method, weights=None, distance=None))
        yield LabelOfSets(label, found, tuple(column.count(True) for column in given))
