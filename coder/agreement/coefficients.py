"""Percent agreement, Cohen's kappa with any weights, and the indices without which a kappa cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linprog

from coder.agreement.tables import FloatArray, IntArray, Table
from coder.agreement.weights import weight_matrix

Weighting = Literal["unweighted", "linear", "quadratic"]
Statistic = Callable[[FloatArray], FloatArray]
"""A coefficient as a function of counts: shape (tables, cells) in, (tables,) out, NaN where it is undefined."""

EPSILON = 1e-12
"""Below this, 1 - expected agreement (or expected disagreement) is rounding error: the coefficient is undefined."""

NO_ITEMS = "undefined: no item has an answer from both coders"
ONE_CATEGORY = "undefined: chance alone would give perfect agreement, since both coders used the same single category"


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa with its non-null standard error; both None, with a reason, where kappa is undefined.

    `se_null` is the standard error under kappa = 0, which tests that hypothesis and no other.
    """

    value: float | None
    se: float | None
    observed: float | None
    expected: float | None
    reason: str | None = None
    se_null: float | None = None

    @property
    def z(self) -> float | None:
        """kappa / se_null, the test of kappa = 0; None where it is undefined."""
        return self.value / self.se_null if self.value is not None and self.se_null else None


def agreement_weights(weighting: Weighting, size: int) -> FloatArray:
    """Agreement weights over a declared scale of `size` categories: 1 on the diagonal, 0 at the far corners.

    Linear: 1 - |i - j| / (size - 1), quadratic: 1 - (i - j)^2 / (size - 1)^2 (Cohen 1968; Fleiss & Cohen 1973).
    """
    return weight_matrix(weighting, np.arange(size, dtype=np.float64))


def table_weights(table: Table, weights: FloatArray) -> FloatArray:
    """The weights of the scale, widened with zeros for what can never agree. ValueError where shapes do not fit."""
    if weights.shape != (table.scale, table.scale):
        raise ValueError(f"weights of shape {weights.shape} do not fit a scale of {table.scale} categories")
    if not np.allclose(np.diag(weights), 1):
        raise ValueError("agreement weights are 1 on the diagonal (were these disagreement weights?)")
    widened = np.zeros(table.counts.shape)
    widened[: table.scale, : table.scale] = weights
    return widened


def cohen_kappa(table: Table, weights: FloatArray | None = None) -> Kappa:
    """Kappa = (po - pe) / (1 - pe) with agreement weights, shape (scale, scale); identity when left out.

    Cohen 1960, 1968. The standard errors are those of Fleiss, Cohen & Everitt 1969; the non-null one does not test
    kappa = 0.
    """
    if table.n == 0:
        return Kappa(None, None, None, None, NO_ITEMS)
    weight = table_weights(table, np.eye(table.scale) if weights is None else weights)
    share = table.counts / table.n
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    observed, expected = float((weight * share).sum()), float(rows @ weight @ columns)
    if 1 - expected < EPSILON:
        return Kappa(None, None, observed, expected, ONE_CATEGORY)
    kappa = (observed - expected) / (1 - expected)
    margins = (weight @ columns)[:, None] + (rows @ weight)[None, :]
    first = float((share * (weight - margins * (1 - kappa)) ** 2).sum())
    second = (kappa - expected * (1 - kappa)) ** 2
    se_null = _root(float((np.outer(rows, columns) * (weight - margins) ** 2).sum()) - expected**2, table.n, expected)
    return Kappa(kappa, _root(first - second, table.n, expected), observed, expected, se_null=se_null)


def _root(spread: float, n: int, expected: float) -> float:
    """sqrt(spread / n) / (1 - expected); 0 where the spread is rounding error."""
    variance = max(spread, 0.0) / (n * (1 - expected) ** 2)
    return 0.0 if variance < EPSILON**2 else float(np.sqrt(variance))


def kappa_influence(table: Table, weights: FloatArray | None = None) -> FloatArray:
    """The influence of one item of each cell on kappa, shape of the table; its mean over the items is 0.

    (w - po) / (1 - pe) - (1 - kappa) (wc + wr - 2 pe) / (1 - pe), wc and wr the mean weights of the cell's row and
    column against the other margin (Gwet 2016, Educational and Psychological Measurement 76). The mean of the squares
    over n is the variance of Fleiss, Cohen & Everitt 1969. ValueError where kappa is undefined.
    """
    kappa = cohen_kappa(table, weights)
    if kappa.value is None or kappa.observed is None or kappa.expected is None:
        raise ValueError(kappa.reason)
    weight = table_weights(table, np.eye(table.scale) if weights is None else weights)
    rows, columns = table.reference / table.n, table.coder / table.n
    chance = (weight @ columns)[:, None] + (rows @ weight)[None, :] - 2 * kappa.expected
    return np.asarray((weight - kappa.observed - (1 - kappa.value) * chance) / (1 - kappa.expected), dtype=np.float64)


def kappa_statistic(table: Table, weights: FloatArray) -> tuple[IntArray, Statistic]:
    """The counts of the non-empty cells, shape (cells,), and kappa as a function of such counts."""
    weight = table_weights(table, weights)
    rows, columns = np.nonzero(table.counts)
    to_rows, to_columns = np.eye(len(weight))[rows], np.eye(len(weight))[columns]

    def statistic(counts: FloatArray) -> FloatArray:
        n = counts.sum(axis=1)
        observed = counts @ weight[rows, columns] / n
        expected = ((counts @ to_rows @ weight) * (counts @ to_columns)).sum(axis=1) / n**2
        beyond = 1 - expected
        defined = beyond > EPSILON
        kappa = np.full(len(counts), np.nan)
        kappa[defined] = ((observed - expected)[defined]) / beyond[defined]
        return kappa

    return table.counts[rows, columns], statistic


def percent_agreement(table: Table) -> float | None:
    """The share of items (0 to 1) with the same category; None without items."""
    return table.agreed / table.n if table.n else None


def kappa_max(table: Table, weights: FloatArray | None = None) -> float | None:
    """The largest kappa with these weights that the margins allow (Cohen 1960, 1968); None where kappa is undefined."""
    kappa = cohen_kappa(table, weights)
    if kappa.value is None or kappa.expected is None:
        return None
    if weights is None:
        shared = float(np.minimum(table.reference, table.coder)[: table.scale].sum()) / table.n
    else:
        shared = _most_observed(table, table_weights(table, weights))
    return (shared - kappa.expected) / (1 - kappa.expected)


def _most_observed(table: Table, weight: FloatArray) -> float:
    """The largest weighted agreement of a table with these margins: a transport problem over its cells."""
    size = len(table.counts)
    rows, columns = np.kron(np.eye(size), np.ones(size)), np.kron(np.ones(size), np.eye(size))
    margins = np.concatenate([table.reference, table.coder]) / table.n
    return -float(linprog(-weight.ravel(), A_eq=np.vstack([rows, columns]), b_eq=margins, method="highs").fun)


def pabak(table: Table) -> float | None:
    """(q po - 1) / (q - 1) over the q declared categories; None without items or with a single category.

    For two categories the prevalence-adjusted bias-adjusted kappa of Byrt, Bishop & Carlin 1993, for more the
    coefficient of Brennan & Prediger 1981.
    """
    observed = percent_agreement(table)
    if observed is None or table.scale < 2:
        return None
    return (table.scale * observed - 1) / (table.scale - 1)


def specific_agreement(table: Table) -> tuple[float | None, ...]:
    """2 n_kk / (r_k + c_k) for each category that can agree: the share of its uses in which the coders agree.

    For two categories positive and negative agreement (Cicchetti & Feinstein 1990). None where neither coder used it.
    """
    used = (table.reference + table.coder)[: table.scale]
    both = 2 * np.diag(table.counts)[: table.scale]
    return tuple(float(b / u) if u else None for b, u in zip(both, used, strict=True))


def scott_pi(table: Table, weights: FloatArray | None = None) -> float | None:
    """(po - pe) / (1 - pe), pe = pi' W pi with pi the mean share of both coders (Scott 1955); W as for `cohen_kappa`.

    What never agrees takes its share of the items and adds nothing to chance, as in Cohen's kappa. None without items
    or where both coders used the same single category.
    """
    if table.n == 0:
        return None
    weight = table_weights(table, np.eye(table.scale) if weights is None else weights)
    pi = (table.reference + table.coder) / (2 * table.n)
    observed, expected = float((weight * table.counts).sum()) / table.n, float(pi @ weight @ pi)
    return None if 1 - expected < EPSILON else (observed - expected) / (1 - expected)


def gwet_ac1(table: Table, weights: FloatArray | None = None) -> float | None:
    """AC1 (Gwet 2008), items that never agree counting as disagreements; None without items or with one category.

    With agreement weights, shape (scale, scale), it is AC2 (Gwet 2014): pe = T sum pi (1 - pi) / (q (q - 1)) over the
    q declared categories, T the sum of their weights (q without weights) and pi the mean share of both coders among
    the items. What never agrees is no category of chance agreement.
    """
    if table.n == 0 or table.scale < 2:
        return None
    weight = table_weights(table, np.eye(table.scale) if weights is None else weights)
    observed = float((weight * table.counts).sum()) / table.n
    pi = (table.reference + table.coder)[: table.scale] / (2 * table.n)
    expected = float(weight.sum()) * float((pi * (1 - pi)).sum()) / (table.scale * (table.scale - 1))
    return (observed - expected) / (1 - expected)


def prevalence_index(table: Table) -> float | None:
    """|a - d| / n of a 2x2 table (Byrt, Bishop & Carlin 1993); None for any other.

    On the items with an answer from both coders: what never agrees has no cell in it.
    """
    cells = _two_by_two(table)
    return None if cells is None else abs(int(cells[0, 0] - cells[1, 1])) / int(cells.sum())


def bias_index(table: Table) -> float | None:
    """|b - c| / n of a 2x2 table (Byrt, Bishop & Carlin 1993), as `prevalence_index`; None for any other."""
    cells = _two_by_two(table)
    return None if cells is None else abs(int(cells[0, 1] - cells[1, 0])) / int(cells.sum())


def _two_by_two(table: Table) -> IntArray | None:
    cells = table.counts[:2, :2]
    return cells if table.scale == 2 and cells.any() else None
