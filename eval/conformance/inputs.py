"""Cases come in many shapes: tables, columns of two or more coders, rows of units, counts by unit. Read them all."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from coder.agreement.hypotheses import Side
from coder.agreement.ratings import Ratings, from_columns, from_distribution, from_table
from coder.agreement.tables import FloatArray, IntArray, Table, contingency_table
from coder.agreement.weights import weight_matrix
from eval.conformance import spellings

Data = Mapping[str, Any]
Column = list[Hashable | None]
NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
"""Digits as text; what starts with a needless 0 is a name."""
MATRICES = (
    *spellings.TABLES, *spellings.WEIGHTED_BY, *spellings.CODINGS, *spellings.BY_CODER, "counts", "distribution",
    "pairs", "sets", "distances", "distance_matrix",
)  # fmt: skip


def columns(data: Data) -> list[Column]:
    """One column a coder, gaps as None. ValueError where the case has codes under no name that is known here."""
    gaps = _gaps(data)
    rows = next((name for name in spellings.CODINGS if _nested(data.get(name))), None)
    by_coder = next((name for name in spellings.BY_CODER if _nested(data.get(name))), None)
    if by_coder is not None or (rows is not None and isinstance(data[rows], Mapping)):
        given = data[by_coder or str(rows)]
        return [_column(column, gaps) for column in (given.values() if isinstance(given, Mapping) else given)]
    if rows is not None:
        return [_column(column, gaps) for column in zip(*_rows(data[rows]), strict=True)]
    numbered = sorted((name for name in data if spellings.CODER.fullmatch(name)), key=_number)
    names = numbered or listed(data)
    if not numbered and len(names) < 2:
        raise ValueError(f"no codes under a name that is known here, only {', '.join(data) or 'nothing'}")
    return [_column(data[name], gaps) for name in names]


def _nested(given: Any) -> bool:
    """Whether this may be codes of several coders: lists or objects in a list or by name, or nothing at all."""
    parts = given.values() if isinstance(given, Mapping) else given if isinstance(given, list) else None
    return parts is not None and all(isinstance(part, list | Mapping) for part in parts)


def _gaps(data: Data) -> tuple[Hashable, ...]:
    """What stands for a missing code, beside null."""
    named = [data[name] for name in spellings.MISSING if isinstance(data.get(name), str | int | float)]
    return (*spellings.GAPS, *named)


def _rows(given: Sequence[Any]) -> list[Sequence[Any]]:
    """Rows of one label a coder; from labels by coder, or from codings one a row, as they come."""
    if not given or not all(isinstance(row, Mapping) for row in given):
        return list(given)
    known = (spellings.UNITS, spellings.CODERS, spellings.VALUES)
    keys = [next((name for name in names if name in given[0]), "") for names in known]
    if all(keys):
        return _pivoted([(row[keys[0]], row[keys[1]], row[keys[2]]) for row in given])
    coders = [name for name in dict.fromkeys(name for row in given for name in row) if name not in spellings.UNITS]
    return [[row.get(name) for name in coders] for row in given]


def _pivoted(codings: Sequence[tuple[Any, Any, Any]]) -> list[Sequence[Any]]:
    """One row a unit from (unit, coder, label). ValueError where a coder coded a unit twice."""
    found = {(unit, coder): label for unit, coder, label in codings}
    if len(found) < len(codings):
        raise ValueError("a coder has two codings of the same unit")
    coders = dict.fromkeys(coder for _, coder, _ in codings)
    return [[found.get((unit, coder)) for coder in coders] for unit in dict.fromkeys(unit for unit, *_ in codings)]


def listed(data: Data) -> list[str]:
    """The keys that hold a list and are no declared categories or weights: coders by any other name."""
    known = (*spellings.DECLARED, *spellings.NO_CODES, *MATRICES)
    return [name for name, value in data.items() if isinstance(value, list) and name not in known]


def _number(name: str) -> int:
    return int(re.sub(r"\D", "", name))


def _column(column: Sequence[Any], gaps: Sequence[Hashable] = spellings.GAPS) -> Column:
    return [_label(label, gaps) for label in column]


def _label(label: Any, gaps: Sequence[Hashable]) -> Hashable | None:
    """None for a gap: null, NaN or an empty cell; a list is a set of labels, digits are their number."""
    if label is None or label in gaps or (isinstance(label, float) and math.isnan(label)):
        return None
    if isinstance(label, str) and NUMBER.fullmatch(label):
        return float(label) if "." in label else int(label)
    return frozenset(label) if isinstance(label, list) else label


def label_set(given: Any) -> frozenset[Any]:
    """A set of labels from several; a word or a number alone is one label."""
    return frozenset(given if isinstance(given, list | tuple | set | frozenset) else [given])


def categories(data: Data, given: Sequence[Column]) -> list[Hashable]:
    """The declared categories, else those observed: numbers in their order, anything else by name."""
    for name in spellings.DECLARED:
        if isinstance(data.get(name), list):
            return _column(data[name])
    found = {label for column in given for label in column if label is not None}
    numbers = all(isinstance(label, int | float) for label in found)
    return sorted(found, key=None if numbers else str)  # type: ignore[type-var,arg-type]


def values(declared: Sequence[Hashable]) -> list[float]:
    """The categories' numbers where all are numbers, else their places."""
    numbers = [float(label) for label in declared if isinstance(label, int | float)]
    return numbers if len(numbers) == len(declared) else [float(place) for place in range(1, len(declared) + 1)]


def given_table(data: Data) -> IntArray | None:
    """The table of counts a case gives: as such, as proportions of `n`, or as its four cells (a, b, c, d)."""
    found = spellings.first(data, spellings.TABLES)
    if found is None:
        found = _four_cells(data) or _four_cells(data.get("cells"))
    if found is None:
        return None
    counts = np.array(found, dtype=np.float64)
    if not counts.size:
        return np.zeros((1, 1), dtype=np.int64)
    if counts.sum() <= 1 + 1e-6 and (data.get("n") or 1) > 1:
        counts = counts * data["n"]
    if not np.allclose(counts, np.round(counts), atol=1e-6):
        raise ValueError("the table holds no whole numbers of items")
    return np.round(counts).astype(np.int64)


def _four_cells(data: Any) -> list[list[float]] | None:
    """Two rows of two from four numbers by name."""
    for names in spellings.CELLS:
        if isinstance(data, Mapping) and all(isinstance(data.get(name), int | float) for name in names):
            return [[data[name] for name in names[:2]], [data[name] for name in names[2:]]]
    return None


def lacks_n(data: Data) -> bool:
    """Whether the table is one of proportions, and of how many items is not said."""
    found = spellings.first(data, spellings.TABLES)
    if found is None or data.get("n"):
        return False
    shares = np.array(found, dtype=np.float64)
    return abs(float(shares.sum()) - 1) < 1e-3 and not np.array_equal(shares, np.round(shares))


def two_columns(data: Data) -> list[Column]:
    """The columns of exactly two coders, empty where nobody coded anything. ValueError for any other number."""
    found = columns(data)
    if len(found) > 2 and all(len(column) == 2 for column in found):
        return [list(column) for column in zip(*found, strict=True)]  # two coders by row
    if len(found) > 2:
        raise ValueError(f"kappa compares two coders; the case holds {len(found)}")
    if len(found) == 2:
        return found
    if not any(label is not None for column in found for label in column) and any(
        name in data for name in (*spellings.CODINGS, *spellings.BY_CODER)
    ):
        return [[], []]
    raise ValueError("the case holds neither a table nor two coders")


def table(data: Data) -> Table:
    """The table of two coders over the declared categories; items that one of them did not code are left out."""
    counts = given_table(data)
    if counts is None and _square(data.get("counts")):
        counts = np.array(data["counts"], dtype=np.int64)
    if counts is not None:
        return Table(counts, len(counts))
    pair = two_columns(data)
    ratings = from_columns(pair, categories(data, pair) or [0]).complete_rows()
    return contingency_table(ratings.codes[:, 0], ratings.codes[:, 1], ratings.size, counts=ratings.counts)


def _square(given: Any) -> bool:
    """Whether these are as many rows as columns of numbers: where two coders are compared, their table."""
    return isinstance(given, list) and bool(given) and all(isinstance(r, list) and len(r) == len(given) for r in given)


def ratings(data: Data) -> Ratings:
    """The ratings of all coders, from columns, rows, a table of two, or how many coders gave each category."""
    counts = given_table(data)
    if counts is not None:
        names = [*range(1, len(counts) + 1)]
        return from_table(counts, names, names)
    if "counts" in data or "distribution" in data:
        spread = np.array(data.get("counts", data.get("distribution")), dtype=np.int64)
        if not spread.size:
            spread = np.zeros((0, 1), dtype=np.int64)
        names = [*range(1, spread.shape[1] + 1)]
        declared = _column(data["categories"]) if isinstance(data.get("categories"), list) else None
        fits = declared is not None and len(declared) == len(names)
        return from_distribution(spread, names, values(declared or []) if fits else names)
    given = columns(data)
    declared = categories(data, given) or [0]  # nobody coded anything: a place that nobody uses
    return from_columns(given, declared, values(declared))


def weights(data: Data, scale: Sequence[float]) -> FloatArray:
    """The agreement weights a case asks for, over a scale of these values; identity where it asks for none."""
    given = spellings.first(data, spellings.WEIGHTED_BY)
    if given is None or isinstance(given, str):
        return named_weights(given or "unweighted", scale)
    if isinstance(given, Mapping):
        given = [list(row.values()) if isinstance(row, Mapping) else row for row in given.values()]
    matrix = np.array(given, dtype=np.float64)
    if np.diag(matrix).any():
        return matrix
    return np.asarray(1 - matrix / matrix.max(), dtype=np.float64)  # a diagonal of 0: these are disagreements


def named_weights(name: str, scale: Sequence[float]) -> FloatArray:
    """Weights by any of their names. ValueError for an unknown one."""
    key = re.sub(r"[\s_]+", "-", name.strip().lower()).removesuffix("-weighted").removesuffix("-weights")
    if key not in spellings.WEIGHTS:
        raise ValueError(f"no weights are called {name!r}; there are {', '.join(spellings.WEIGHTS)}")
    return weight_matrix(spellings.WEIGHTS[key], np.asarray(scale, dtype=np.float64))


def places(size: int) -> list[float]:
    """A scale of places, 1 to size."""
    return [float(place) for place in range(1, size + 1)]


def level(data: Data) -> float:
    """The confidence level: `level` or `conf_level`, 95 as .95, or 1 - `alpha`."""
    for name in ("level", "conf_level", "confidence"):
        if isinstance(data.get(name), int | float):
            return float(data[name]) / (100 if data[name] > 1 else 1)
    return 1 - float(data.get("alpha", 0.05))


def side(data: Data) -> Side:
    """The side of a test by `sided` or `alternative`, in any spelling. ValueError for an unknown one."""
    given = spellings.first(data, ("sided", "alternative", "sides", "twosided", "two_sided"), "greater")
    if isinstance(given, bool):  # R's twosided
        return "two-sided" if given else "greater"
    name = re.sub(r"[\s._]+", "-", f"{given:g}" if isinstance(given, float) else str(given).lower())
    if name not in spellings.SIDES:
        raise ValueError(f"no side is called {given!r}; there are {', '.join(spellings.SIDES)}")
    return spellings.SIDES[name]
