"""Cases come in many shapes: tables, columns of two or more coders, rows of units, counts by unit. Read them all."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from coder.agreement.ratings import Ratings, from_columns, from_distribution, from_table
from coder.agreement.tables import FloatArray, IntArray, Table, contingency_table
from coder.agreement.weights import WeightName, weight_matrix

Data = Mapping[str, Any]
Column = list[Hashable | None]
CODER = re.compile(r"(?:rater|coder|annotator|judge|observer|human)_?\d+", re.IGNORECASE)
TABLES = ("table", "matrix", "contingency_table", "crosstab")
MATRICES = (*TABLES, "counts", "distribution", "pairs", "weights", "agreement_weights", "disagreement_weights")
DECLARED = ("declared_categories", "categories", "categories_used_only", "labels")
WEIGHTED_BY = ("agreement_weights", "disagreement_weights", "weights", "weighting")
WEIGHTS: dict[str, WeightName] = {
    "unweighted": "unweighted",
    "identity": "unweighted",
    "none": "unweighted",
    "nominal": "unweighted",
    "linear": "linear",
    "equal": "linear",  # R irr's name
    "quadratic": "quadratic",
    "squared": "quadratic",  # R irr's name
    "ordinal": "ordinal",
    "radical": "radical",
    "ratio": "ratio",
    "circular": "circular",
    "bipolar": "bipolar",
}


def columns(data: Data) -> list[Column]:
    """One column a coder, gaps as None."""
    if "ratings_by_coder" in data:
        given = data["ratings_by_coder"]
        return [_column(column) for column in (given.values() if isinstance(given, Mapping) else given)]
    if "ratings" in data:
        rows = [[*row.values()] if isinstance(row, Mapping) else row for row in data["ratings"]]
        return [_column(column) for column in zip(*rows, strict=True)]
    names = sorted((name for name in data if CODER.fullmatch(name)), key=_number)
    return [_column(data[name]) for name in names or listed(data)]


def listed(data: Data) -> list[str]:
    """The keys that hold a list and are no declared categories or weights: coders by any other name."""
    return [name for name, value in data.items() if isinstance(value, list) and name not in (*DECLARED, *MATRICES)]


def _number(name: str) -> int:
    return int(re.sub(r"\D", "", name))


def _column(column: Sequence[Any]) -> Column:
    return [_label(label) for label in column]


def _label(label: Any) -> Hashable | None:
    """None for a gap: null, NaN or an empty cell; a list is a set of labels."""
    if label in (None, "", "NA") or (isinstance(label, float) and math.isnan(label)):
        return None
    return frozenset(label) if isinstance(label, list) else label


def categories(data: Data, given: Sequence[Column]) -> list[Hashable]:
    """The declared categories, else those observed: numbers in their order, anything else by name."""
    for name in DECLARED:
        if isinstance(data.get(name), list):
            return list(data[name])
    found = {label for column in given for label in column if label is not None}
    numbers = all(isinstance(label, int | float) for label in found)
    return sorted(found, key=None if numbers else str)  # type: ignore[type-var,arg-type]


def values(declared: Sequence[Hashable]) -> list[float]:
    """The categories' numbers where all are numbers, else their places."""
    numbers = [float(label) for label in declared if isinstance(label, int | float)]
    return numbers if len(numbers) == len(declared) else [float(place) for place in range(1, len(declared) + 1)]


def given_table(data: Data) -> IntArray | None:
    """The table of counts a case gives: as such, as proportions of `n`, or as the four cells a, b, c, d."""
    found = next((data[name] for name in TABLES if name in data), None)
    if found is None and all(cell in data for cell in "abcd"):
        found = [[data["a"], data["b"]], [data["c"], data["d"]]]
    if found is None:
        return None
    counts = np.array(found, dtype=np.float64)
    if counts.sum() <= 1 + 1e-6 and data.get("n", 1) > 1:
        counts = counts * data["n"]
    if not np.allclose(counts, np.round(counts), atol=1e-6):
        raise ValueError("the table holds no whole numbers of items")
    return np.round(counts).astype(np.int64)


def table(data: Data) -> Table:
    """The table of two coders over the declared categories; items that one of them did not code are left out."""
    counts = given_table(data)
    if counts is not None:
        return Table(counts, len(counts))
    pair = columns(data)[:2]
    if len(pair) != 2:
        raise ValueError("the case holds neither a table nor two coders")
    ratings = from_columns(pair, categories(data, pair) or [0]).complete_rows()
    return contingency_table(ratings.codes[:, 0], ratings.codes[:, 1], ratings.size, counts=ratings.counts)


def ratings(data: Data) -> Ratings:
    """The ratings of all coders, from columns, rows, a table of two, or how many coders gave each category."""
    counts = given_table(data)
    if counts is not None:
        names = [*range(1, len(counts) + 1)]
        return from_table(counts, names, names)
    if "counts" in data or "distribution" in data:
        spread = np.array(data.get("counts", data.get("distribution")), dtype=np.int64)
        names = [*range(1, spread.shape[1] + 1)]
        declared = data.get("categories")
        fits = isinstance(declared, list) and len(declared) == len(names)
        return from_distribution(spread, names, values(declared) if fits else names)  # type: ignore[arg-type]
    given = columns(data)
    declared = categories(data, given)
    return from_columns(given, declared, values(declared))


def weights(data: Data, scale: Sequence[float]) -> FloatArray:
    """The agreement weights a case asks for, over a scale of these values; identity where it asks for none."""
    given = next((data[name] for name in WEIGHTED_BY if name in data), None)
    if given is None or isinstance(given, str):
        return named_weights(given or "unweighted", scale)
    matrix = np.array(given, dtype=np.float64)
    if np.diag(matrix).any():
        return matrix
    return np.asarray(1 - matrix / matrix.max(), dtype=np.float64)  # a diagonal of 0: these are disagreements


def named_weights(name: str, scale: Sequence[float]) -> FloatArray:
    """Weights by any of their names. ValueError for an unknown one."""
    if name.lower() not in WEIGHTS:
        raise ValueError(f"no weights are called {name!r}; there are {', '.join(WEIGHTS)}")
    return weight_matrix(WEIGHTS[name.lower()], np.asarray(scale, dtype=np.float64))


def places(size: int) -> list[float]:
    """A scale of places, 1 to size."""
    return [float(place) for place in range(1, size + 1)]


def level(data: Data) -> float:
    """The confidence level: `level` or `conf_level`, or 1 - `alpha`."""
    for name in ("level", "conf_level", "confidence"):
        if isinstance(data.get(name), int | float):
            return float(data[name])
    return 1 - float(data.get("alpha", 0.05))
