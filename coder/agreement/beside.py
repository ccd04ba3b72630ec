"""What stands beside a headline coefficient on request: the analytic interval, refusals, Scott's pi, Gwet's AC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri, stdtrit

from coder.agreement.coefficients import agreement_weights, gwet_ac1, scott_pi
from coder.agreement.homogeneity import mcnemar, stuart_maxwell
from coder.agreement.pairing import Mark
from coder.agreement.proportions import clopper_pearson, proportion
from coder.agreement.tables import FloatArray, Table
from coder.model.agreement import DimensionAgreement

MarginsTest = Literal["mcnemar", "stuart_maxwell"]


@dataclass(frozen=True)
class Beside:
    """Figures beside a headline; each None where it does not apply or cannot be had.

    `analytic_low` and `analytic_high` are kappa -/+ z times the non-null standard error (Fleiss, Cohen & Everitt
    1969), at the level of the BCa interval and only where that is given; with clusters the standard error sums within
    them and Student's t, with one degree of freedom fewer than clusters, stands for z. `refused_rate` is the share of
    items without a usable answer with its exact interval (Clopper & Pearson 1934; with clusters on the effective number
    of items, Korn & Graubard 1998). `scott_pi` (Scott 1955) and `gwet_ac`, which is AC1, or AC2 with the headline's
    weights (Gwet 2008, 2014), are over the declared categories and with the headline's weights; what never agrees
    counts as a disagreement. For sets of labels they are those of no table, and None. The margins'
    test asks whether gold and coder give the categories equally often, on the items with an answer from both: Stuart
    and Maxwell's, or for two categories McNemar's with the exact p; none with clusters, since both take items for
    independent.
    """

    analytic_low: float | None
    analytic_high: float | None
    refused_rate: float | None
    refused_low: float | None
    refused_high: float | None
    scott_pi: float | None
    gwet_ac: float | None
    margins_test: MarginsTest | None
    margins_statistic: float | None
    margins_df: int | None
    margins_p: float | None


def beside(result: DimensionAgreement) -> Beside:
    """The figures beside the headline of one dimension."""
    low, high = _analytic(result)
    share, least, most = _refused(result)
    pi, gwet = _chance_corrected(result)
    return Beside(low, high, share, least, most, pi, gwet, *_margins(result))


def _refused(result: DimensionAgreement) -> tuple[float | None, float | None, float | None]:
    """The share refused with its exact interval, on as many items as tell independently of it."""
    found = proportion(result.refused, result.n if result.categories else 0)
    if found.share is None or result.clusters is None:
        return found.share, found.low, found.high
    n = result.refused_effective
    return found.share, *((None, None) if n is None else clopper_pearson(found.share * n, n, result.level))


def _analytic(result: DimensionAgreement) -> tuple[float | None, float | None]:
    if result.value is None or result.se is None or not result.table:
        return None, None
    end = (1 + result.level) / 2
    reach = float(ndtri(end) if result.clusters is None else stdtrit(result.clusters - 1, end)) * result.se
    return max(-1.0, result.value - reach), min(1.0, result.value + reach)


def _chance_corrected(result: DimensionAgreement) -> tuple[float | None, float | None]:
    """Scott's pi and Gwet's AC with the headline's weights."""
    if not result.table:
        return None, None
    scale = _scale(result)
    linear = result.coefficient == "cohen_kappa_linear"
    weights: FloatArray | None = agreement_weights("linear", scale) if linear else None
    table = Table(np.array(result.table, dtype=np.int64), scale)
    return scott_pi(table, weights), gwet_ac1(table, weights)


def _margins(result: DimensionAgreement) -> tuple[MarginsTest | None, float | None, int | None, float | None]:
    scale = _scale(result)
    if not result.table or scale < 2 or result.clusters is not None:
        return None, None, None, None
    counts = np.array(result.table, dtype=np.int64)[:scale, :scale]
    if scale == 2:
        found = mcnemar(counts)
        return "mcnemar", found.statistic, found.df, found.exact
    found = stuart_maxwell(counts)
    return "stuart_maxwell", found.statistic, found.df, found.p


def _scale(result: DimensionAgreement) -> int:
    """How many of the table's categories are declared ones: the marks that never agree come last."""
    marks = {mark.value for mark in Mark}
    return sum(name not in marks for name in result.categories)
