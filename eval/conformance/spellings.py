"""The names that a case may use: of coders, tables, categories, weights, levels, sides and gaps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from coder.agreement.hypotheses import Side
from coder.agreement.weights import WeightName

CODER = re.compile(r"(?:rater|coder|annotator|judge|observer|human)_?\d+", re.IGNORECASE)
CODINGS = ("ratings", "codings", "codes", "long", "data", "units", "items", "pairs")
"""Rows of units, or codings one a row."""
BY_CODER = ("ratings_by_coder", "codes_by_coder", "reliability_data", "raters", "coders", "annotators", "judges")
"""Columns by coder, in a list or by name."""
UNITS = ("unit", "item", "subject", "document")
CODERS = ("coder", "rater", "annotator", "judge", "observer")
VALUES = ("value", "code", "label", "rating", "category")
TABLES = (
    "table", "matrix", "contingency_table", "crosstab", "confusion_matrix", "confusion", "proportions",
    "table_proportions",
)  # fmt: skip
CELLS = (("a", "b", "c", "d"), ("n11", "n12", "n21", "n22"), ("tp", "fn", "fp", "tn"), ("TP", "FN", "FP", "TN"))
"""Four cells by row: first coder yes, then no."""
DECLARED = (
    "declared_categories", "categories", "categories_used_only", "labels", "scale", "codebook", "codebook_categories",
)  # fmt: skip
WEIGHTED_BY = (
    "agreement_weights", "disagreement_weights", "weights", "weighting", "weight", "weight_matrix", "weights_matrix",
    "wt", "weights_type", "costs", "cost",
)  # fmt: skip
NO_CODES = ("ids", "id", "item_ids", "unit_ids", "document_ids", "clusters", "cluster", "levels")
"""Lists beside the codes that are no coder's."""
GAPS = ("", "NA", "NaN", "nan", "*")
MISSING = ("missing", "missing_value", "missing_code", "na")
REFUSALS = ("refusal", "refused", "refusal_code", "invalid")
WEIGHTS: dict[str, WeightName] = {
    "unweighted": "unweighted",
    "identity": "unweighted",
    "none": "unweighted",
    "nominal": "unweighted",
    "linear": "linear",
    "equal": "linear",  # R irr's name
    "equal-spacing": "linear",  # R vcd's name
    "cicchetti-allison": "linear",  # SAS's name
    "quadratic": "quadratic",
    "squared": "quadratic",  # R irr's name
    "fleiss-cohen": "quadratic",  # R vcd's and SAS's name
    "ordinal": "ordinal",
    "radical": "radical",
    "ratio": "ratio",
    "circular": "circular",
    "bipolar": "bipolar",
}
SIDES: dict[str, Side] = {
    "greater": "greater",
    "upper": "greater",
    "right": "greater",
    "one-sided": "greater",
    "one": "greater",
    "1": "greater",
    "less": "less",
    "lower": "less",
    "left": "less",
    "two-sided": "two-sided",
    "two": "two-sided",
    "both": "two-sided",
    "2": "two-sided",
}


def first(data: Mapping[str, Any], names: Sequence[str], default: Any = None) -> Any:
    """What the case gives under the first of these names that it has."""
    return next((data[name] for name in names if name in data), default)


def needed(data: Mapping[str, Any], names: Sequence[str], what: str) -> Any:
    """As `first`; ValueError where the case has none of these names, so that it fails by name and not by a default."""
    if not any(name in data for name in names):
        raise ValueError(f"the case does not say {what}; it would stand under {', '.join(names)}")
    return first(data, names)
