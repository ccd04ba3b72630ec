"""Cross-tables corrected for the model's errors: two dimensions, or a dimension and a document variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, fdtrc

from coder.agreement.tables import FloatArray, IntArray
from coder.inference.bounds import LEVEL, UNDEFINED, Bounds, Spread, bounds
from coder.inference.coded import DIFFERENT, Coded, usable_codes
from coder.inference.estimates import Estimate, dsl_means
from coder.inference.evidence import too_few_coded, unseen_variance
from coder.inference.sampling import Sample
from coder.inference.shares import degrees

MIN_EXPECTED = 5
"""Fewest hand-coded documents that independence would put into each cell, for a test of it."""
ROUNDING = 1e-12
"""A variance that is less than this share of the terms it is a sum of is none: what is left of them is rounding."""


@dataclass(frozen=True)
class Independence:
    """A test of independence; without a p value, `reason` says why."""

    statistic: float | None
    df: int
    p: float | None
    reason: str | None = None


@dataclass(frozen=True)
class Cell:
    """A cell's share of all documents (`joint`), and of its column (`given`), each with superpopulation bounds.

    `joint_finite` and `given_finite` bound them where the documents are all there are.
    """

    row: str
    column: str
    value: float
    joint: Bounds
    joint_finite: Bounds
    conditional: float | None
    given: Bounds
    given_finite: Bounds


@dataclass(frozen=True)
class CrossTable:
    """Cells row by row with the joint covariance of their shares, and tests of independence of rows and columns.

    `wald` uses the corrected shares and their covariance, `naive` is Pearson's chi-square on the model's codes, which
    takes them for true and every document for independent evidence.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[Cell, ...]
    covariance: tuple[tuple[float, ...], ...]
    n: int
    population: int
    wald: Independence
    naive: Independence
    excluded: Mapping[str, int]
    notes: tuple[str, ...]


def cross_dimensions(
    gold: tuple[IntArray, IntArray],
    predicted: tuple[IntArray, IntArray],
    categories: tuple[Sequence[str], Sequence[str]],
    sample: Sample,
    *,
    cluster: IntArray | None = None,
    level: float = LEVEL,
) -> CrossTable:
    """Dimension by dimension, from documents hand-coded on both; arrays and codes as in `estimate_shares`.

    The indicators of all cells are corrected together (design-based supervised learning), so that cells have a joint
    covariance; a document without a usable hand code on either dimension is left out.
    """
    first = usable_codes(gold[0], predicted[0], len(categories[0]), sample)
    second = usable_codes(gold[1], predicted[1], len(categories[1]), sample)
    unusable = sample.drawn & ~(first.sample.drawn & second.sample.drawn)
    excluded = {"without a usable hand code on both": int(unusable.sum())} if unusable.any() else {}
    coded = Coded(
        _products(first.gold, second.gold),
        _products(first.predicted, second.predicted),
        first.answered & second.answered,
        sample.without(unusable),
        excluded,
        tuple(dict.fromkeys([*first.notes, *second.notes])),
    )
    return _cross(coded, tuple(categories[0]), tuple(categories[1]), cluster, level)


def cross_variable(
    gold: IntArray,
    predicted: IntArray,
    categories: Sequence[str],
    variable: Sequence[str],
    sample: Sample,
    *,
    cluster: IntArray | None = None,
    level: float = LEVEL,
) -> CrossTable:
    """Dimension (rows) by a variable known of every document (columns), shape (N,): domain means as `given`."""
    values, member = np.unique(np.asarray(variable, dtype=str), return_inverse=True)
    known = np.eye(len(values))[member]
    first = usable_codes(gold, predicted, len(categories), sample)
    coded = Coded(
        _products(first.gold, known),
        _products(first.predicted, known),
        first.answered,
        first.sample,
        first.excluded,
        first.notes,
    )
    return _cross(coded, tuple(categories), tuple(str(value) for value in values), cluster, level)


def _products(first: FloatArray, second: FloatArray) -> FloatArray:
    """The indicator of every pair, shape (N, rows * columns), row by row."""
    return np.asarray((first[:, :, None] * second[:, None, :]).reshape(len(first), -1), dtype=np.float64)


def _cross(
    coded: Coded, rows: tuple[str, ...], columns: tuple[str, ...], cluster: IntArray | None, level: float
) -> CrossTable:
    sample = coded.sample
    if cluster is None and sample.has_clusters:
        cluster = sample.unit
    estimate = dsl_means(coded.gold, coded.predicted, sample, cluster)
    spread = Spread(degrees(sample, cluster), level)
    shape = len(rows), len(columns)
    return CrossTable(
        rows,
        columns,
        _cells(coded, estimate, rows, columns, spread),
        tuple(tuple(float(cell) for cell in line) for line in estimate.covariance),
        sample.n,
        sample.population,
        wald_independence(estimate, shape, sample.n, spread.df),
        pearson_independence(coded.predicted[coded.answered].sum(axis=0).reshape(shape)),
        coded.excluded,
        coded.notes,
    )


def _cells(
    coded: Coded, estimate: Estimate, rows: tuple[str, ...], columns: tuple[str, ...], spread: Spread
) -> tuple[Cell, ...]:
    shape = len(rows), len(columns)
    drawn = coded.sample.drawn
    inside = (np.maximum(coded.gold, coded.predicted)[drawn] > DIFFERENT).reshape(-1, *shape).any(axis=1).sum(axis=0)
    conditional = conditional_shares(estimate, shape)
    census = coded.sample.is_census
    stream, finite = unseen_variance(coded.gold if census else coded.gold - coded.predicted, coded.sample)
    totals = estimate.value.reshape(shape).sum(axis=0)
    cells = []
    for place in range(len(rows) * len(columns)):
        row, column = divmod(place, len(columns))
        value, total = float(conditional.value[place]), float(totals[column])
        within = too_few_coded(int(inside[column])) if total > 0 else UNDEFINED
        cells.append(
            Cell(
                rows[row],
                columns[column],
                float(estimate.value[place]),
                bounds(
                    float(estimate.value[place]),
                    float(estimate.covariance[place, place]),
                    spread,
                    too_few_coded(coded.sample.n),
                    unseen=float(stream[place]),
                ),
                bounds(
                    float(estimate.value[place]),
                    float(estimate.covariance_finite[place, place]),
                    spread,
                    None if census else too_few_coded(coded.sample.n),
                    unseen=float(finite[place]),
                ),
                value if total > 0 else None,
                bounds(
                    value,
                    float(conditional.covariance[place, place]),
                    spread,
                    within,
                    unseen=float(stream[place]) / total**2 if total > 0 else 0.0,
                ),
                bounds(
                    value,
                    float(conditional.covariance_finite[place, place]),
                    spread,
                    None if census and total > 0 else within,
                    unseen=float(finite[place]) / total**2 if total > 0 else 0.0,
                ),
            )
        )
    return tuple(cells)


def conditional_shares(estimate: Estimate, shape: tuple[int, int]) -> Estimate:
    """p_jh / p_+h for every cell, row by row, by the delta method; NaN where a column's share is not above 0.

    d(p_jh / p_+h) / d p_kh = (1[k = j] - p_jh / p_+h) / p_+h. Where the columns are a variable known of every
    document, this is the mean within the domain and its linearised variance.
    """
    size = shape[0] * shape[1]
    column = np.tile(np.arange(shape[1]), shape[0])
    totals = estimate.value.reshape(shape).sum(axis=0)
    whole = np.where(totals > 0, totals, np.nan)[column]
    value = estimate.value / whole
    same = column[:, None] == column[None, :]
    jacobian = np.where(same, (np.eye(size) - value[:, None]) / whole[:, None], 0.0)
    known = np.isfinite(value)
    mapped = estimate.mapped(value, np.where(known[:, None], jacobian, 0.0))
    both = known[:, None] & known[None, :]
    return Estimate(value, np.where(both, mapped.covariance, np.nan), np.where(both, mapped.covariance_finite, np.nan))


def wald_independence(estimate: Estimate, shape: tuple[int, int], n: int, df: int) -> Independence:
    """Wald's test of t_jh = p_jh - p_j+ p_+h = 0 over all rows and columns but the last (Rao & Scott 1984).

    W = t' V^-1 t with V = G Cov G' by the delta method; (d - k + 1)/(d k) W is referred to F(k, d - k + 1) for k
    contrasts and d degrees of freedom of the sample (Thomas & Rao 1987), which keeps the level where d is small. Rows
    and columns that nobody used, neither people nor the model, are left out. No test where independence would put
    fewer than 5 of the `n` hand-coded documents into a cell, or V is singular.
    """
    table, covariance = _used(estimate, shape)
    contrasts = (table.shape[0] - 1) * (table.shape[1] - 1)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    if contrasts < 1:
        return Independence(None, 0, None, "no test: one row or one column")
    if (low := float(expected.min()) * n) < MIN_EXPECTED:
        reason = f"no test: {low:.1f} of {n} hand-coded documents expected in a cell, fewer than {MIN_EXPECTED}"
        return Independence(None, contrasts, None, reason)
    if df - contrasts + 1 < 1:
        return Independence(None, contrasts, None, f"no test: {df} degrees of freedom for {contrasts} contrasts")
    difference = (table - expected)[:-1, :-1].ravel()
    gradient = _independence_gradient(table)
    variance = gradient @ covariance @ gradient.T
    rounding = ROUNDING * (np.abs(gradient) @ np.abs(covariance) @ np.abs(gradient).T).max()
    if not np.isfinite(variance).all() or np.linalg.eigvalsh(variance)[0] <= rounding:
        return Independence(None, contrasts, None, "no test: the covariance of the cells is singular")
    wald = float(difference @ np.linalg.solve(variance, difference))
    scaled = wald * (df - contrasts + 1) / (df * contrasts)
    return Independence(wald, contrasts, float(fdtrc(contrasts, df - contrasts + 1, scaled)))


def _used(estimate: Estimate, shape: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    """The table of shares and their covariance, without rows and columns whose shares are 0 for certain."""
    some = ((estimate.value != 0) | (np.diag(estimate.covariance) > 0)).reshape(shape)
    rows, columns = some.any(axis=1), some.any(axis=0)
    kept = np.flatnonzero(np.outer(rows, columns))
    table = estimate.value.reshape(shape)[rows][:, columns]
    return table, np.asarray(estimate.covariance[np.ix_(kept, kept)], dtype=np.float64)


def _independence_gradient(table: FloatArray) -> FloatArray:
    """d t_jh / d p_kl = 1[k = j, l = h] - 1[k = j] p_+h - 1[l = h] p_j+, for rows and columns but the last."""
    rows, columns = table.shape
    row, column = np.divmod(np.arange(rows * columns), columns)
    own_row = row[:, None] == row[None, :]
    own_column = column[:, None] == column[None, :]
    gradient = (
        1.0 * (own_row & own_column)
        - own_row * table.sum(axis=0)[column][:, None]
        - own_column * table.sum(axis=1)[row][:, None]
    )
    kept = (row < rows - 1) & (column < columns - 1)
    return np.asarray(gradient[kept], dtype=np.float64)


def pearson_independence(counts: FloatArray) -> Independence:
    """Pearson's chi-square on a table of counts, rows and columns without any left out."""
    table = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    contrasts = (table.shape[0] - 1) * (table.shape[1] - 1)
    if contrasts < 1:
        return Independence(None, 0, None, "no test: the model used one row or one column")
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    return Independence(statistic, contrasts, float(chdtrc(contrasts, statistic)))
