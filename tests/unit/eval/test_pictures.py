"""The picture of calibration pools the dimensions of a data set bin by bin."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.pictures import draw, ece, points


def block(*bins: tuple[float, int, float, float]) -> dict[str, object]:
    return {
        "dimension": "d",
        "bins": [{"from": from_, "n": n, "confidence": mean, "correct": right} for from_, n, mean, right in bins],
        "kept": [{"share": 1.0, "kappa": 0.5, "n": 4}],
    }


def test_bins_of_two_dimensions_are_pooled_by_their_number_of_codes() -> None:
    # .9: one code right of one, two of three -> 3 of 4; their confidence (.92 + 3 * .96) / 4 = .95
    found = points([block((0.9, 1, 0.92, 1.0)), block((0.9, 3, 0.96, 2 / 3), (0.5, 2, 0.5, 0.5))])
    assert [(point[0], point[1], point[4]) for point in found] == [
        (0.5, 0.5, 2),
        (pytest.approx(0.95), 0.75, 4),
    ]


def test_the_error_is_the_mean_distance_from_the_diagonal() -> None:
    # (4 * |.95 - .75| + 2 * 0) / 6 = .13
    assert ece([block((0.9, 4, 0.95, 0.75), (0.5, 2, 0.5, 0.5))]) == "ECE 0.13, 6 codes"


def test_a_folder_without_a_confidence_has_no_picture(tmp_path: Path) -> None:
    assert draw(tmp_path) is None
