"""Percent agreement, Cohen's kappa with any weights, and the indices without which a kappa cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from coder.agreement.tables import FloatArray, IntArray, Table

Weighting = Literal["unweighted", "linear", "quadratic"]
Statistic = Callable[[FloatArray], FloatArray]
"""A coefficient as a function of counts: shape (tables, cells) in, (tables,) out, NaN where it is undefined."""

EPSILON = 1e-12
"""Below this, 1 - expected agreement (or expected disagreement) is rounding error: the coefficient is undefined."""

NO_ITEMS = "undefined: no item has an answer from both coders"
ONE_CATEGORY = "undefined: chance alone would give perfect agreement, since both coders used the same single category"


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa with its non-null standard error; both None, with a reason, where kappa is undefined."""

    value: float | None
    se: float | None
    observed: float | None
    expected: float | None
    reason: str | None = None


def agreement_weights(weighting: Weighting, size: int) -> FloatArray:
    """Agreement weights over a declared scale of `size` categories: 1 on the diagonal, 0 at the far corners.

    Linear: 1 - |i - j| / (size - 1), quadratic: 1 - (i - j)^2 / (size - 1)^2 (Cohen 1968; Fleiss & Cohen 1973).
    """
    if weighting == "unweighted" or size == 1:
        return np.eye(size)
    position = np.arange(size)
    distance = np.abs(position[:, None] - position[None, :]) / (size - 1)
    return np.asarray(1 - (distance if weighting == "linear" else distance**2), dtype=np.float64)


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

    Cohen 1960, 1968. The standard error is the non-null one of Fleiss, Cohen & Everitt 1969; it does not test
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
    variance = max(first - second, 0.0) / (table.n * (1 - expected) ** 2)
    return Kappa(kappa, 0.0 if variance < EPSILON**2 else float(np.sqrt(variance)), observed, expected)


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


def kappa_max(table: Table) -> float | None:
    """The largest unweighted kappa these margins allow (Cohen 1960); None where kappa is undefined."""
    kappa = cohen_kappa(table)
    if kappa.value is None or kappa.expected is None:
        return None
    shared = np.minimum(table.reference, table.coder)[: table.scale].sum() / table.n
    return float((shared - kappa.expected) / (1 - kappa.expected))


def pabak(table: Table) -> float | None:
    """(q po - 1) / (q - 1) over the q declared categories; None without items or with a single category.

    For two categories the prevalence-adjusted bias-adjusted kappa of Byrt, Bishop & Carlin 1993, for more the
    coefficient of Brennan & Prediger 1981.
    """
    observed = percent_agreement(table)
    if observed is None or table.scale < 2:
        return None
    return (table.scale * observed - 1) / (table.scale - 1)


def prevalence_index(table: Table) -> float | None:
    """|a - d| / n of a 2x2 table (Byrt, Bishop & Carlin 1993); None for any other, or where an item never agrees."""
    cells = _two_by_two(table)
    return None if cells is None else abs(int(cells[0, 0] - cells[1, 1])) / table.n


def bias_index(table: Table) -> float | None:
    """|b - c| / n of a 2x2 table (Byrt, Bishop & Carlin 1993); None for any other, or where an item never agrees."""
    cells = _two_by_two(table)
    return None if cells is None else abs(int(cells[0, 1] - cells[1, 0])) / table.n


def _two_by_two(table: Table) -> IntArray | None:
    cells = table.counts[:2, :2]
    return cells if table.scale == 2 and table.n and cells.sum() == table.n else None
