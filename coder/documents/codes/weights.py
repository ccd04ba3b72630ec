"""Agreement weights from a file: a square matrix with the categories as heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coder.agreement.tables import FloatArray
from coder.documents.codes.grid import listed, number_of, read_grid
from coder.documents.codes.square import Square, read_square
from coder.errors import InputError

_NEAR = 1e-9


@dataclass(frozen=True)
class Weights:
    """Agreement weights between the categories, shape (categories, categories).

    Without a heading `categories` are none, and the weights go by place in the scale.
    """

    path: Path
    categories: tuple[str, ...]
    matrix: FloatArray

    def on(self, categories: Sequence[str]) -> FloatArray:
        """The weights in the order of these categories; InputError where they are not the same ones, or as many."""
        if not self.categories:
            if len(categories) == len(self.matrix):
                return self.matrix
            raise InputError(
                f"{self.path}: weights of {len(self.matrix)} categories without a heading, and there are "
                f"{len(categories)}: {listed(categories)}",
                "name the categories in the first row, or all of the scale with --categories",
            )
        if sorted(categories) != sorted(self.categories):
            raise InputError(
                f"{self.path}: weights between {listed(self.categories)}, and the categories are {listed(categories)}",
                "give a weight for every pair of categories, and for no other",
            )
        order = [self.categories.index(name) for name in categories]
        return self.matrix[np.ix_(order, order)]


def read_weights(path: Path) -> Weights:
    """The weights; InputError, naming the cell, where they are not symmetric, not 1 on the diagonal, or above 1."""
    square = read_square(read_grid(path), "a matrix of weights")
    matrix = square.numbers(number_of, "is no number", "write weights as 1, 0.5, 0 with a decimal point")
    _check(square, matrix)
    return Weights(path, square.names or (), matrix)


def _check(square: Square, matrix: FloatArray) -> None:
    checks = (
        (np.eye(len(matrix), dtype=bool) & (np.abs(matrix - 1) > _NEAR), "a category agrees with itself by 1",
         "these are weights of agreement; of disagreement give 1 - d"),
        (np.abs(matrix - matrix.T) > _NEAR, "differs from the weight of the same pair the other way round",
         "make the matrix symmetric"),
        (matrix > 1 + _NEAR, "is above 1", "weights of agreement are at most 1"),
    )  # fmt: skip
    for wrong, words, hint in checks:
        if wrong.any():
            row, column = (int(k) for k in np.argwhere(wrong)[0])
            raise InputError(f"{square.place(row, column)}: {matrix[row, column]:g}: {words}", hint)
