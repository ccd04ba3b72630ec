"""Texts that are likelier to be included are read first."""

from __future__ import annotations

import pytest

from coder.screening.reading import likeliness

CRITERIA = ("about", "meant")


def text(about: float, meant: float) -> dict[str, dict[str, float]]:
    return {"about": {"yes": about, "no": 1 - about}, "meant": {"yes": meant, "no": 1 - meant}}


def test_a_text_is_as_likely_to_be_included_as_to_meet_one_criterion_and_the_other() -> None:
    assert likeliness(CRITERIA, text(0.9, 0.8)) == pytest.approx(0.72, abs=1e-3)
    assert likeliness(CRITERIA, text(0.9, 0.1)) < likeliness(CRITERIA, text(0.5, 0.5))


def test_what_is_unclear_counts_neither_way() -> None:
    unclear = {"about": {"yes": 0.3, "no": 0.1, "absent": 0.6}, "meant": {}}
    # .3 beside .1 is three quarters; nothing at all is one half.
    assert likeliness(CRITERIA, unclear) == pytest.approx(0.75 * 0.5, abs=1e-3)


def test_a_text_without_an_answer_to_a_criterion_is_read_first() -> None:
    assert likeliness(CRITERIA, {"about": {"yes": 0.1, "no": 0.9}}) == 1.0
