"""Calibration figures by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from coder.model import Assignment, Coding
from eval.answers import AnswerLine
from eval.calibration import (
    brier_score,
    expected_calibration_error,
    kappa_by_share,
    reliability,
    wilson_interval,
)
from eval.datasets import DataSet, Item, load
from eval.score import score
from tests.unit.eval.scene import Told, header, headlines, told
from tests.unit.eval.test_score import NAMES, all_dev, tones


def test_the_error_is_the_weighted_distance_of_confidence_from_the_share_correct() -> None:
    # bin 0.9 to 1: confidences 0.95, 0.95, one of two right: |0.5 - 0.95| = 0.45; bin 0.6 to 0.7: 0.6 and 0.66, both
    # right: |1 - 0.63| = 0.37; (2 x 0.45 + 2 x 0.37) / 4 = 0.41
    judged = [(0.95, True), (0.95, False), (0.6, True), (0.66, True)]
    assert expected_calibration_error(judged) == pytest.approx(0.41)
    # (0.05^2 + 0.95^2 + 0.4^2 + 0.34^2) / 4 = (0.0025 + 0.9025 + 0.16 + 0.1156) / 4
    assert brier_score(judged) == pytest.approx(0.29515)


def test_the_table_holds_the_bins_that_are_used_with_their_bounds() -> None:
    low, high = reliability([(1.0, True), (0.3, False), (0.9, True), (0.35, True)])
    assert (low["from"], low["to"], low["n"], low["correct"]) == (0.3, 0.4, 2, 0.5)
    assert low["confidence"] == pytest.approx(0.325)
    assert (high["from"], high["to"], high["n"], high["correct"]) == (0.9, 1.0, 2, 1.0)


def test_a_perfectly_calibrated_coder_has_no_error() -> None:
    assert expected_calibration_error([(0.5, True), (0.5, False)] * 10) == 0
    assert (expected_calibration_error([]), brier_score([]), reliability([])) == (None, None, [])


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table I, method 3 (score without continuity correction)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_wilsons(successes: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_the_surest_codes_are_kept_and_of_equal_ones_the_earlier() -> None:
    seen: list[Sequence[int]] = []

    def kappa(kept: Sequence[int]) -> float | None:
        seen.append(kept)
        return None

    rows = kappa_by_share([0.2, 0.9, 0.9, 0.4], kappa)
    assert [(row["share"], row["n"]) for row in rows] == [(1, 4), (0.9, 4), (0.8, 4), (0.7, 3), (0.6, 3), (0.5, 2)]
    assert [list(kept) for kept in (seen[0], seen[3], seen[5])] == [[1, 2, 3, 0], [1, 2, 3], [1, 2]]
    assert kappa_by_share([], kappa) == []


class Sure(Told):
    """`Told` with confidences in the order of the items; None is unmeasured."""

    def __init__(self, confidences: Sequence[float | None]) -> None:
        self.confidences = confidences

    def read(self, data: DataSet, items: Sequence[Item], lines: Sequence[AnswerLine]) -> list[Coding]:
        place = {item.version.id: int(item.name[1:]) for item in data.items}
        return [
            coding.model_copy(
                update={
                    "assignments": tuple(
                        Assignment(category=code, confidence=self.confidences[place[coding.version_id]])
                        for code in coding.codes
                    )
                }
            )
            for coding in super().read(data, items, lines)
        ]


def test_a_scored_run_with_confidences_says_how_kappa_rises_with_the_share_kept(tmp_path: Path) -> None:
    # the two doubtful codes are the wrong ones. All: po = 4/6, gold 3 and 3, coder 3 and 3: pe = 1/2, kappa = 1/3.
    # 80 %: ceil(4.8) = 5 kept, h02 or h05 out: h05 (0.3) goes; po = 4/5, gold 3 b 2 g, coder 2 b 3 g:
    # pe = 3/5 x 2/5 + 2/5 x 3/5 = 12/25, kappa = (8/25) / (13/25) = 8/13. 60 %: ceil(3.6) = 4 kept, all right: 1
    data = all_dev(load(headlines(tmp_path / "set", "bbbggg")))
    lines = told({f"h{number:02d}": {"tone": NAMES[code]} for number, code in enumerate("bbgggb")})
    figures = score(data, header(data), lines, Sure([0.9, 0.9, 0.4, 0.9, 0.9, 0.3])).figures
    (tone,) = figures["calibration"]
    kappas = {row["share"]: row["kappa"] for row in tone["kept"]}
    assert (kappas[1.0], kappas[0.8], kappas[0.6]) == (pytest.approx(1 / 3), pytest.approx(8 / 13), pytest.approx(1))
    assert (tone["dimension"], tone["n"]) == ("tone", 6)
    # bins: 0.3 wrong, 0.4 wrong, 0.9 four of four: (0.3 + 0.4 + 4 x 0.1) / 6
    assert tone["ece"] == pytest.approx(1.1 / 6)


def test_codes_without_a_confidence_are_left_out_of_calibration_and_stay_in_kappa(tmp_path: Path) -> None:
    data = all_dev(load(headlines(tmp_path / "set", "bbgg")))
    lines = told({f"h{number:02d}": {"tone": NAMES[code]} for number, code in enumerate("bbgg")})
    figures = score(data, header(data), lines, Sure([0.9, None, 0.8, None])).figures
    assert (figures["calibration"][0]["n"], figures["dimensions"][0]["n"]) == (2, 4)


def test_without_any_confidence_the_figures_have_no_calibration(tmp_path: Path) -> None:
    assert "calibration" not in tones(tmp_path / "set", "bbgg", "bbgb").figures
