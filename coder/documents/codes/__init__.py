"""Read codes of any number of coders from a table, without a project: columns, rows of codes, or counts."""

from coder.documents.codes.answers import MISSING_MARKS, Answer, Codes, Layout
from coder.documents.codes.columns import read_long, read_wide
from coder.documents.codes.counts import read_counts, read_distribution
from coder.documents.codes.grid import Grid, read_grid
from coder.documents.codes.scale import Scale, place_codes, split_categories
from coder.documents.codes.sets import label_sets
from coder.documents.codes.weights import Weights, read_weights

__all__ = [
    "MISSING_MARKS", "Answer", "Codes", "Grid", "Layout", "Scale", "Weights", "label_sets", "place_codes",
    "read_counts", "read_distribution", "read_grid", "read_long", "read_weights", "read_wide", "split_categories",
]  # fmt: skip
