"""Do two coders use the categories equally often? Tests of marginal homogeneity on a square table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import bdtr, chdtrc

from coder.agreement.tables import FloatArray, IntArray

NO_DISAGREEMENT = "no test: the coders agree on every item"
NOT_BINARY = "no test: McNemar's test compares two categories"
DEPENDENT = "no test: it takes items for independent, and these share sources"
SEPARATED = "no test: on the categories on which the coders differ, the table is singular"


@dataclass(frozen=True)
class ChiSquare:
    """A statistic with its degrees of freedom and p; None, with the reason, where no test can be had.

    `exact` is the p of the exact binomial test, for McNemar's only.
    """

    statistic: float | None
    df: int | None
    p: float | None
    exact: float | None = None
    reason: str | None = None


def stuart_maxwell(counts: IntArray) -> ChiSquare:
    """d' V^-1 d with V under equal margins (Stuart 1955, Maxwell 1970), d the differences of the margins.

    V_kk = r_k + c_k - 2 n_kk, V_kl = -(n_kl + n_lk). Categories on which nobody differs carry nothing; the degrees
    of freedom are the rank of V: the categories less the groups between which no item moves.
    """
    difference, variance = _margins(counts)
    df = _rank(counts)
    if df == 0:
        return ChiSquare(None, None, None, reason=NO_DISAGREEMENT)
    statistic = float(difference @ np.linalg.pinv(variance, hermitian=True) @ difference)
    return ChiSquare(statistic, df, float(chdtrc(df, statistic)))


def bhapkar(counts: IntArray) -> ChiSquare:
    """d' V^-1 d with V as observed (Bhapkar 1966), which is larger: S / (1 - S / n) of Stuart & Maxwell's S.

    The two differ by d d' / n in V (Keefe 1982), whose inverse is known.
    """
    stuart, n = stuart_maxwell(counts), int(counts.sum())
    if stuart.statistic is None or stuart.df is None:
        return stuart
    if stuart.statistic >= n * (1 - 1e-12):
        return ChiSquare(None, None, None, reason=SEPARATED)
    statistic = stuart.statistic / (1 - stuart.statistic / n)
    return ChiSquare(statistic, stuart.df, float(chdtrc(stuart.df, statistic)))


def mcnemar(counts: IntArray, *, correction: bool = False) -> ChiSquare:
    """(b - c)^2 / (b + c) of a 2x2 table (McNemar 1947), with the exact two-sided binomial p beside it.

    `correction` takes 1 from |b - c| (Edwards 1948). With few disagreements only the exact p is to be trusted.
    """
    if counts.shape != (2, 2):
        return ChiSquare(None, None, None, reason=NOT_BINARY)
    more, less = sorted((int(counts[0, 1]), int(counts[1, 0])), reverse=True)
    if more == 0:
        return ChiSquare(None, None, None, reason=NO_DISAGREEMENT)
    statistic = max(more - less - correction, 0) ** 2 / (more + less)
    exact = min(1.0, 2 * float(bdtr(less, more + less, 0.5)))
    return ChiSquare(statistic, 1, float(chdtrc(1, statistic)), exact)


def _margins(counts: IntArray) -> tuple[FloatArray, FloatArray]:
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"a table of agreement is square, not {counts.shape}")
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    variance = np.diag(rows + columns) - counts - counts.T
    return (rows - columns).astype(np.float64), variance.astype(np.float64)


def _rank(counts: IntArray) -> int:
    moves = csr_array(counts - np.diag(np.diag(counts)))
    return int(len(counts) - connected_components(moves, directed=False)[0])
