"""A plan a dimension: what prevalences codings let expect, and what the goal takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coder.agreement.plans import NO_ANSWERS, ONE_ANSWER, Goal, costliest, expect, plan
from coder.model import Status

Build = Callable[..., Any]


def test_every_declared_category_has_its_share_absent_among_them(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b c", absent=True)
    (found,) = expect(asked, codings(asked, ["a", "a", "b", Status.ABSENT, Status.REFUSED, Status.UNDECIDABLE]))
    assert found.margins is not None
    assert found.margins.reference == (0.5, 0.25, 0, 0.25)
    assert (found.based_on, found.weighting) == (4, "unweighted")


def test_ordered_categories_are_planned_with_the_headlines_weights(dimension: Build, codings: Build) -> None:
    asked = dimension("ordinal", "low mid high")
    (found,) = expect(asked, codings(asked, ["low", "mid", "mid"]))
    assert found.weighting == "linear"
    wider = dimension("ordinal", "low mid high", absent=True)
    assert expect(wider, codings(wider, ["low", "mid"]))[0].weighting == "unweighted"


def test_each_label_is_planned_and_the_costliest_stands_for_its_dimension(dimension: Build, codings: Build) -> None:
    asked = dimension("multilabel", "x y", absent=True)
    answers = [{"x"}] * 5 + [{"x", "y"}] * 1 + [Status.ABSENT] * 4
    plans = [plan(one, Goal()) for one in expect(asked, codings(asked, answers))]
    assert [(one.expected.label, one.expected.margins.reference[0]) for one in plans] == [("x", 0.6), ("y", 0.1)]
    assert plans[0].interval.n < plans[1].interval.n == 569  # as for any two categories with a prevalence of 0.1
    (kept,) = costliest(plans)
    assert kept.expected.label == "y"


@pytest.mark.parametrize(("answers", "reason"), [([], NO_ANSWERS), (["a", "a"], ONE_ANSWER)])
def test_what_cannot_be_planned_says_why(dimension: Build, codings: Build, answers: list[str], reason: str) -> None:
    asked = dimension("nominal", "a b")
    (found,) = expect(asked, codings(asked, answers))
    assert found.reason == reason
    assert plan(found, Goal()).items is None


def test_the_items_meet_every_part_of_the_goal(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    (expected,) = expect(asked, codings(asked, ["a", "b"] * 10))
    goal = Goal(kappa=0.8, min_kappa=0.7, alpha=0.05, share_half_width=0.05, documents=1_000)
    found = plan(expected, goal)
    assert (found.interval.n, found.test.n, found.share, found.items) == (139, 283, 278, 283)


def test_what_all_documents_there_are_would_give_is_said(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    (expected,) = expect(asked, codings(asked, ["a", "b"]))
    # at rates of a half V = 1 - .49 = .51: 1.96 sqrt(.51 / 100) = .14
    assert plan(expected, Goal(documents=100)).attainable == pytest.approx(0.14, abs=0.0005)
    assert plan(expected, Goal(documents=40)).attainable is None  # fewer than 50 carry no interval
