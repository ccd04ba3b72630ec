"""Fleiss' kappa against 0, and the kappa of each category."""

from __future__ import annotations

import numpy as np
import pytest

from coder.agreement.fleiss import fleiss_by_category, fleiss_test
from coder.agreement.measures import measure
from coder.agreement.ratings import Ratings, from_distribution

# Wikipedia, Fleiss' kappa: 14 raters, ten subjects
WIKIPEDIA = """
    0 0 0 0 14 / 0 2 6 4 2 / 0 0 3 5 6 / 0 3 9 2 0 / 2 2 8 1 1 / 7 7 0 0 0 / 3 2 6 3 0 / 2 5 3 2 2 / 6 5 2 1 0 /
    0 2 2 3 7"""


def distribution(text: str) -> Ratings:
    return from_distribution(np.array([[int(count) for count in row.split()] for row in text.split("/")]))


def test_the_test_of_fleiss_kappa_against_zero() -> None:
    # by hand, two categories, two raters, four units (2 0) (0 2) (1 1) (1 1): p = 1/2, agreement 1/2, kappa 0;
    # variance 2 (1/4 - 0) / (4 x 2 x 1/4) with sum pq = 1/2 and (1 - 2p) = 0: se0 = 1/2
    test = fleiss_test(distribution("2 0 / 0 2 / 1 1 / 1 1"))
    assert (test.kappa, test.se_null, test.z) == pytest.approx((0, 0.5, 0))


def test_the_kappa_of_each_category_is_that_of_the_two_categories_it_and_the_rest() -> None:
    kappas = [test.kappa for test in fleiss_by_category(distribution(WIKIPEDIA))]
    for category, kappa in enumerate(kappas):
        tallies = np.array([[int(count) for count in row.split()] for row in WIKIPEDIA.split("/")])
        against = np.stack([tallies[:, category], 14 - tallies[:, category]], axis=1)
        assert kappa == pytest.approx(measure(from_distribution(against), "fleiss").value)


def test_the_test_of_fleiss_kappa_needs_as_many_codings_for_every_unit() -> None:
    ratings = distribution("2 0 / 1 2")
    assert "different numbers" in (fleiss_test(ratings).reason or "")
    assert {test.kappa for test in fleiss_by_category(ratings)} == {None}
