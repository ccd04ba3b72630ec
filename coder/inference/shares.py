"""Shares of a dimension's categories, corrected for the model's errors, beside the naive and the human-only ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from coder.agreement.tables import FloatArray, IntArray
from coder.inference.bounds import LEVEL, Bounds, Quantile, Spread, bounds
from coder.inference.coded import Coded, filled, usable, usable_codes
from coder.inference.estimates import Estimate, dsl_means, human_means, naive_means
from coder.inference.evidence import too_few_coded, unseen_variance
from coder.inference.ppi import ppi_sample_means
from coder.inference.sampling import Sample

Method = Literal["naive", "human", "dsl", "ppi"]
METHODS: tuple[Method, ...] = ("naive", "human", "dsl", "ppi")

NAIVE = "no interval: the model coded every document, and its errors are not in any variance of its codes"
UNEQUAL = "not computed: PPI++ needs equal probabilities, and these differ; see dsl"


@dataclass(frozen=True)
class Share:
    """One category's share with both kinds of bounds; None where the dimension applies to no document.

    `superpopulation`: the documents are themselves a sample of an endless stream. `finite`: they are all there are.
    `effective_n` is the number of hand codes of a simple random sample that would be as precise (by the former).
    """

    category: str
    value: float | None
    superpopulation: Bounds
    finite: Bounds
    effective_n: float | None


@dataclass(frozen=True)
class MethodShares:
    """One method's shares in the order of the categories, with their joint covariances (nan where not estimable).

    `tuning` is PPI++'s weight of the model's codes. Without shares, `reason` says why.
    """

    method: Method
    shares: tuple[Share, ...] = ()
    covariance: tuple[tuple[float, ...], ...] = ()
    covariance_finite: tuple[tuple[float, ...], ...] = ()
    tuning: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class ShareReport:
    """Shares by four methods side by side.

    `n` hand-coded documents with a usable code, of `population`. Intervals at `level` by `quantile` with `df` degrees
    of freedom. `refused` counts the documents without a model code, `excluded` the hand codes left out, by cause.
    `notes` are sentences for the reader on what was assumed.
    """

    categories: tuple[str, ...]
    n: int
    population: int
    level: float
    quantile: Quantile
    df: int
    naive: MethodShares
    human: MethodShares
    dsl: MethodShares
    ppi: MethodShares
    refused: int
    excluded: Mapping[str, int]
    notes: tuple[str, ...] = ()


def estimate_shares(
    gold: IntArray,
    predicted: IntArray,
    categories: Sequence[str],
    sample: Sample,
    *,
    not_applicable: str | None = None,
    cluster: IntArray | None = None,
    level: float = LEVEL,
) -> ShareReport:
    """Shares of `categories` (codes and `absent`) over all documents, by the four methods.

    `gold` holds the position of each document's hand code, shape (N,), or UNCODED or UNDECIDABLE; `predicted` that of
    the model's, or NO_ANSWER. Where `categories` has the category `not_applicable`, shares are among the documents to
    which the dimension applies (a ratio, by the delta method) and that category is left out. `cluster` (N,) makes the
    superpopulation covariance robust to documents that share a source. A document that the model refused stays: its
    predicted vector is the model's distribution over the documents it did answer, which is no code and does not depend
    on the sample, so that the correction stays unbiased. Drawn documents without a usable code are left out, counted,
    and stood in for by the rest of their stratum. InputError where a stratum has none left; ValueError where positions
    or shapes do not fit.
    """
    coded = usable_codes(gold, predicted, len(categories), sample)
    estimates = four_ways(coded, cluster)
    unseen = _unseen(coded)
    labels, n = tuple(categories), coded.sample.n
    if not_applicable is not None:
        out = labels.index(not_applicable)
        n -= int(coded.positives[out])
        unseen = {
            method: np.delete(added, out, axis=1) / max(1 - estimates[method].value[out], 1e-9) ** 2
            for method, added in unseen.items()
            if method in estimates
        }
        estimates = {method: applicable(estimate, out) for method, estimate in estimates.items()}
        labels = labels[:out] + labels[out + 1 :]
    return _report(coded, estimates, labels, unseen, n, Spread(degrees(coded.sample, cluster), level))


def estimate_labels(
    gold: FloatArray,
    predicted: FloatArray,
    labels: Sequence[str],
    sample: Sample,
    *,
    cluster: IntArray | None = None,
    level: float = LEVEL,
) -> ShareReport:
    """The share of documents with each label of a multi-label dimension; shares need not add up to 1.

    `gold` and `predicted` are 0/1, shape (N, labels); a row of NaN in `gold` is no usable hand code, one in
    `predicted` no answer. Otherwise as `estimate_shares`.
    """
    uncoded = np.isnan(gold).any(axis=1)
    answered = np.asarray(~np.isnan(predicted).any(axis=1), dtype=np.bool_)
    coded = usable(gold, filled(predicted, answered), answered, sample, {"without a hand code": sample.drawn & uncoded})
    spread = Spread(degrees(coded.sample, cluster), level)
    return _report(coded, four_ways(coded, cluster), tuple(labels), _unseen(coded), coded.sample.n, spread)


def four_ways(coded: Coded, cluster: IntArray | None) -> dict[Method, Estimate]:
    """The means of the indicators by each method; PPI++ only where the probabilities are equal.

    Whole clusters that were drawn together are clusters of the variance too, where `cluster` names no others.
    """
    if cluster is None and coded.sample.has_clusters:
        cluster = coded.sample.unit
    found: dict[Method, Estimate] = {
        "naive": naive_means(
            coded.predicted[coded.answered] if coded.answered.any() else coded.predicted,
            cluster[coded.answered] if cluster is not None and coded.answered.any() else cluster,
        ),
        "human": human_means(coded.gold, coded.sample, cluster),
        "dsl": dsl_means(coded.gold, coded.predicted, coded.sample, cluster),
    }
    if coded.sample.has_equal_probabilities:
        found["ppi"] = ppi_sample_means(coded.gold, coded.predicted, coded.sample, cluster=cluster)
    return found


def degrees(sample: Sample, cluster: IntArray | None) -> int:
    """Degrees of freedom: those of the sample, or the clusters with a hand code less one where these are fewer."""
    return sample.df if cluster is None else min(sample.df, len(np.unique(cluster[sample.drawn])) - 1)


def applicable(estimate: Estimate, out: int) -> Estimate:
    """Shares among the rest when category `out` is taken away: p_k / (1 - p_out), by the delta method."""
    rest = np.delete(estimate.value, out)
    whole = 1 - estimate.value[out]
    if whole <= 0:
        empty = np.full((len(rest), len(rest)), np.nan)
        return Estimate(np.full(len(rest), np.nan), empty, empty, estimate.tuning)
    jacobian = np.delete(np.eye(len(estimate.value)), out, axis=0) / whole
    jacobian[:, out] = rest / whole**2
    return estimate.mapped(rest / whole, jacobian)


def _unseen(coded: Coded) -> dict[Method, FloatArray]:
    """For each method, what to add to the variances, shape (2, p): superpopulation, then finite population."""
    people = np.array(unseen_variance(coded.gold, coded.sample))
    if coded.sample.is_census:
        return {"naive": np.zeros_like(people), "human": people, "dsl": people, "ppi": people}
    errors = np.array(unseen_variance(coded.gold - coded.predicted, coded.sample))
    return {
        "naive": np.zeros_like(people),
        "human": people,
        "dsl": errors,
        "ppi": np.maximum(people, errors),
    }


def _report(
    coded: Coded,
    estimates: Mapping[Method, Estimate],
    labels: tuple[str, ...],
    unseen: Mapping[Method, FloatArray],
    n: int,
    spread: Spread,
) -> ShareReport:
    """The four methods' shares with their bounds, or the reasons for none; `n` hand-coded ones are in the domain."""
    rule = too_few_coded(n)
    exact = None if coded.sample.is_census else rule
    made = {
        method: _method(method, estimates[method], labels, unseen[method], spread, rule, exact)
        if method in estimates
        else MethodShares(method, reason=UNEQUAL)
        for method in METHODS
    }
    return ShareReport(
        labels,
        coded.sample.n,
        coded.sample.population,
        spread.level,
        spread.quantile,
        spread.df,
        **made,
        refused=int((~coded.answered).sum()),
        excluded=coded.excluded,
        notes=(*coded.notes, *_precision(estimates["human"], estimates["dsl"])),
    )


def _precision(human: Estimate, dsl: Estimate) -> tuple[str, ...]:
    """A warning where the model's codes take precision away (total variance; PPI++ would give them less weight)."""
    if not np.trace(dsl.covariance) > np.trace(human.covariance) * (1 + 1e-9):
        return ()
    return ("the model errs so much that dsl is less precise than people's codes alone; ppi weighs its codes down",)


def _method(
    method: Method,
    estimate: Estimate,
    labels: tuple[str, ...],
    unseen: FloatArray,
    spread: Spread,
    rule: str | None,
    exact: str | None,
) -> MethodShares:
    naive = method == "naive"
    shares = []
    for place, label in enumerate(labels):
        value, variance = float(estimate.value[place]), float(estimate.covariance[place, place])
        finite = float(estimate.covariance_finite[place, place])
        stream_unseen, finite_unseen = float(unseen[0, place]), float(unseen[1, place])
        shares.append(
            Share(
                label,
                value if np.isfinite(value) else None,
                bounds(value, variance, spread, None if naive else rule, unseen=stream_unseen),
                bounds(value, finite, spread, NAIVE if naive else exact, unseen=finite_unseen),
                value * (1 - value) / variance if variance > 0 and 0 < value < 1 else None,
            )
        )
    covariances = _rows(estimate.covariance), _rows(estimate.covariance_finite)
    return MethodShares(method, tuple(shares), *covariances, estimate.tuning)


def _rows(matrix: FloatArray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(cell) for cell in row) for row in matrix)
