"""Cohen's kappa as it is reported: the coefficient on a table with its interval, or the reason for none."""

from __future__ import annotations

from typing import Literal

import numpy as np

from coder.agreement.clusters import Clusters, cluster_robust_se, few_clusters, n_clusters
from coder.agreement.coefficients import Weighting, agreement_weights, cohen_kappa, kappa_influence, kappa_statistic
from coder.agreement.intervals import Bootstrap, bca_interval, too_few
from coder.agreement.tables import FloatArray, Table
from coder.model.agreement import Coefficient

KappaName = Literal["cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic"]
NAMES: dict[Weighting, KappaName] = {
    "unweighted": "cohen_kappa",
    "linear": "cohen_kappa_linear",
    "quadratic": "cohen_kappa_quadratic",
}
PERFECT = "interval not estimable: the coders agree on every item (see the lower limit of percent agreement)"
ONE_SIDED = "interval not estimable: one coder gave every item the same code, or none"


def kappa_coefficient(table: Table, weighting: Weighting, bootstrap: Bootstrap) -> Coefficient:
    """Kappa over the table's scale with its standard error and BCa interval, where the items carry them.

    Where the table has clusters both are those of clusters.
    """
    name, weights = NAMES[weighting], agreement_weights(weighting, table.scale)
    kappa = cohen_kappa(table, weights)
    if kappa.value is None:
        return Coefficient(
            coefficient=name, value=None, n=table.n, reason=kappa.reason, clusters=n_clusters(table.clusters)
        )
    if reason := no_interval(table):
        return Coefficient(
            coefficient=name, value=kappa.value, n=table.n, reason=reason, clusters=n_clusters(table.clusters)
        )
    interval = bca_interval(*kappa_statistic(table, weights), bootstrap, clusters=_occurring(table))
    return Coefficient(
        coefficient=name,
        value=kappa.value,
        low=interval.low,
        high=interval.high,
        se=_standard_error(table, weights, kappa.se) if interval.reason is None else None,
        n=table.n,
        reason=interval.reason,
        clusters=n_clusters(table.clusters),
    )


def _occurring(table: Table) -> Clusters | None:
    """The clusters over the non-empty cells, of which kappa is a function."""
    return None if table.clusters is None else table.clusters.among(np.flatnonzero(table.counts))


def _standard_error(table: Table, weights: FloatArray, of_items: float | None) -> float | None:
    if table.clusters is None:
        return of_items
    return cluster_robust_se(kappa_influence(table, weights).ravel(), table.clusters)


def no_interval(table: Table) -> str | None:
    """Why a table cannot carry an interval; None where it can be tried."""
    if few := few_clusters(table.clusters):
        return few
    if table.n and table.agreed == table.n:
        return PERFECT
    if table.n and max(table.reference.max(), table.coder.max()) == table.n:
        return ONE_SIDED
    return too_few(table.reference[: table.scale], table.coder[: table.scale], table.n)
