"""Cohen's kappa as it is reported: the coefficient on a table with its interval, or the reason for none."""

from __future__ import annotations

from typing import Literal

from coder.agreement.coefficients import Weighting, agreement_weights, cohen_kappa, kappa_statistic
from coder.agreement.intervals import Bootstrap, bca_interval, too_few
from coder.agreement.tables import Table
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
    """Kappa over the table's scale with its standard error and BCa interval, where the items carry them."""
    name, weights = NAMES[weighting], agreement_weights(weighting, table.scale)
    kappa = cohen_kappa(table, weights)
    if kappa.value is None:
        return Coefficient(coefficient=name, value=None, n=table.n, reason=kappa.reason)
    if reason := no_interval(table):
        return Coefficient(coefficient=name, value=kappa.value, n=table.n, reason=reason)
    interval = bca_interval(*kappa_statistic(table, weights), bootstrap)
    return Coefficient(
        coefficient=name,
        value=kappa.value,
        low=interval.low,
        high=interval.high,
        se=kappa.se if interval.reason is None else None,
        n=table.n,
        reason=interval.reason,
    )


def no_interval(table: Table) -> str | None:
    """Why a table cannot carry an interval; None where it can be tried."""
    if table.n and table.agreed == table.n:
        return PERFECT
    if table.n and max(table.reference.max(), table.coder.max()) == table.n:
        return ONE_SIDED
    return too_few(table.reference[: table.scale], table.coder[: table.scale], table.n)
