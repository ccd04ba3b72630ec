"""Do two classifications go together? Chi-square or Fisher's exact test, with an effect size. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from scipy.stats import fisher_exact

from coder.agreement.tables import FloatArray, IntArray
from coder.inference.crosstabs import MIN_EXPECTED, pearson_independence

Test = Literal["chi_square", "fisher"]
SMALL_SHARE = 0.2
"""Cochran (1954): at most a fifth of the cells may expect fewer than 5, and none fewer than 1."""


@dataclass(frozen=True)
class Association:
    """A test of independence of rows and columns, and how strong the association is.

    `cramers_v` is Cramér's V (1946), `cramers_v_corrected` without its bias in small tables (Bergsma 2013);
    for two by two tables V is |phi|. `low_cells` of `cells` expect fewer than 5 documents, `lowest` is the least
    expected. Without a test, or where one is doubtful, `reason` or `warning` says why.
    """

    test: Test | None
    statistic: float | None
    df: int
    p: float | None
    n: int
    cramers_v: float | None = None
    cramers_v_corrected: float | None = None
    lowest: float | None = None
    low_cells: int = 0
    cells: int = 0
    warning: str | None = None
    reason: str | None = None


def association(counts: IntArray) -> Association:
    """Of a table of counts of independent documents, each in one cell; rows and columns without any are left out.

    Pearson's chi-square where expected counts are large enough (Cochran 1954); else in a two by two table Fisher's
    exact test, and in a larger one chi-square with a warning.
    """
    table = np.asarray(counts, dtype=np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    n = int(table.sum())
    if min(table.shape, default=0) < 2:
        return Association(None, None, 0, None, n, reason="no test: one row or one column is used")
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    low = int((expected < MIN_EXPECTED).sum())
    pearson = pearson_independence(table)
    small = low > SMALL_SHARE * expected.size or expected.min() < 1
    sizes = *_cramers_v(pearson.statistic or 0.0, table), float(expected.min()), low, expected.size
    if small and table.shape == (2, 2):
        return Association("fisher", None, 1, float(fisher_exact(table).pvalue), n, *sizes)
    warning = None
    if small:
        warning = (
            f"{low} of {expected.size} cells expect fewer than {MIN_EXPECTED} documents (the least "
            f"{expected.min():.1f}): "
            "the p value of chi-square is not to be trusted; join categories, or read the shares alone"
        )
    return Association("chi_square", pearson.statistic, pearson.df, pearson.p, n, *sizes, warning)


def _cramers_v(chi_square: float, table: FloatArray) -> tuple[float, float]:
    """V = sqrt(phi2 / min(r - 1, c - 1)), and with phi2, r and c freed of bias (Bergsma 2013, eq. 2 to 4)."""
    n, (rows, columns) = float(table.sum()), table.shape
    phi2 = chi_square / n
    plain = sqrt(phi2 / min(rows - 1, columns - 1))
    if n <= 1:
        return plain, plain
    freed = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    smaller = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return plain, sqrt(freed / smaller) if smaller > 0 else 0.0
