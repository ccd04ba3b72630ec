"""Agreement weights by name against their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from coder.agreement.measures import measure
from coder.agreement.ratings import from_table
from coder.agreement.weights import WeightName, weight_matrix

ABSTRACTORS = np.array([[13, 0, 0], [0, 20, 7], [0, 4, 56]])


@pytest.mark.parametrize(
    ("name", "weights"),
    # three categories of values 1, 2, 4; 1 - d / max d. ordinal: 1 - C(2,2)/C(3,2), 0. ratio: (1/3)^2, (3/5)^2, (2/6)^2
    # over (3/5)^2. circular: sin^2(pi d / 4) = 1/2, 1/2, 1. bipolar: 1 / (1 x 5), 9 / (3 x 3), 4 / (4 x 2)
    [
        ("linear", (2 / 3, 0, 1 / 3)),
        ("quadratic", (8 / 9, 0, 5 / 9)),
        ("radical", (1 - np.sqrt(1 / 3), 0, 1 - np.sqrt(2 / 3))),
        ("ordinal", (2 / 3, 0, 2 / 3)),
        ("ratio", (1 - 25 / 81, 0, 1 - 25 / 81)),
        ("circular", (0.5, 0.5, 0.0)),
        ("bipolar", (0.8, 0, 0.5)),
        ("unweighted", (0, 0, 0)),
    ],
)
def test_weights_by_their_definition(name: WeightName, weights: tuple[float, float, float]) -> None:
    matrix = weight_matrix(name, np.array([1.0, 2.0, 4.0]))
    assert np.diag(matrix) == pytest.approx([1, 1, 1])
    assert (matrix[0, 1], matrix[0, 2], matrix[1, 2]) == pytest.approx(weights)
    assert matrix == pytest.approx(matrix.T)


def test_weights_that_do_not_fit_are_an_error() -> None:
    ratings = from_table(ABSTRACTORS)
    for weights, match in ((np.eye(2), "do not fit"), (1 - np.eye(3), "1 on the diagonal")):
        with pytest.raises(ValueError, match=match):
            measure(ratings, "gwet", weights=weights)
    with pytest.raises(ValueError, match="symmetric"):
        measure(ratings, "gwet", weights=np.array([[1, 0.5, 0], [0, 1, 0], [0, 0, 1]]))
    with pytest.raises(ValueError, match="a value of its own"):
        weight_matrix("linear", np.array([1.0, 1.0]))
