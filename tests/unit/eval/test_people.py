"""Agreement among people: pairs with enough in common, and alpha over all of them."""

from __future__ import annotations

import numpy as np
import pytest

from coder.model import Category, NominalDimension, OrdinalDimension
from eval.people import ceiling, krippendorff_alpha, ordinal_distances
from tests.unit.eval.test_resample import VERSIONS, codings

AB = tuple(Category(id=name, label=name) for name in "ab")
NOMINAL = NominalDimension(id="n", kind="nominal", question="?", categories=AB)
LEVELS = tuple(Category(id=name, label=name) for name in "12345")
ORDINAL = OrdinalDimension(id="o", kind="ordinal", question="?", categories=LEVELS)

# Krippendorff (2011), the example with missing data: a row an observer (A to D), a column a unit, . is a gap
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def counts() -> np.ndarray:
    """How often each unit got each value; the last unit, with one answer, pairs with nothing."""
    table = np.zeros((12, 5))
    for row in OBSERVERS:
        for unit, value in enumerate(row):
            if value != ".":
                table[unit, int(value) - 1] += 1
    return table[table.sum(axis=1) > 1]


def test_alpha_of_krippendorffs_example() -> None:
    table = counts()
    assert table.sum() == 40
    assert krippendorff_alpha(table, 1 - np.eye(5)) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(table, ordinal_distances(table.sum(axis=0))) == pytest.approx(0.815, abs=5e-4)


def test_alpha_by_hand() -> None:
    # units aa, ab, bb: Do = 2/6 (the one unit with 2 ordered pairs that differ, over n = 6 answers); 3 a and 3 b pooled:
    # De = 2 x 3 x 3 / (6 x 5) = 3/5; alpha = 1 - 5/9 = 4/9
    table = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
    assert krippendorff_alpha(table, 1 - np.eye(2)) == pytest.approx(4 / 9)


def test_alpha_is_undefined_without_answers_or_with_one_value() -> None:
    assert krippendorff_alpha(np.zeros((0, 2)), 1 - np.eye(2)) is None
    assert krippendorff_alpha(np.array([[2.0, 0.0], [3.0, 0.0]]), 1 - np.eye(2)) is None


def test_pairs_of_people_count_by_their_common_items() -> None:
    # ann and ben share 40 items and agree on all: kappa 1. ann and cyd share 20, cyd says the opposite: kappa -1.
    # ben and cyd share none. Weighted: (40 - 20) / 60 = 1/3
    people = {
        "ann": codings(NOMINAL, "ab" * 30),
        "ben": codings(NOMINAL, "ab" * 20),
        "cyd": codings(NOMINAL, "ba" * 10, VERSIONS[40:]),
    }
    found = ceiling(NOMINAL, VERSIONS, people)
    assert found.kappa == pytest.approx(1 / 3)
    assert (found.pairs, found.items, found.answers) == (2, 60, 120)


def test_nineteen_items_in_common_make_no_pair_and_workers_are_not_pooled() -> None:
    # three workers of 19 items each could be pooled into one coder of 57: no kappa comes of that, alpha does
    people = {"ann": codings(NOMINAL, "ab" * 30)} | {
        f"worker {number}": codings(NOMINAL, "ab" * 10, VERSIONS[20 * number : 20 * number + 19]) for number in range(3)
    }
    found = ceiling(NOMINAL, VERSIONS, people)
    assert (found.kappa, found.pairs, found.items) == (None, 0, 57)
    # a's and b's stand on the same positions for all: full agreement
    assert found.alpha == pytest.approx(1.0)


def test_only_the_asked_versions_count() -> None:
    people = {"ann": codings(NOMINAL, "ab" * 30), "ben": codings(NOMINAL, "ab" * 10 + "ba" * 20)}
    assert ceiling(NOMINAL, VERSIONS[:20], people).kappa == pytest.approx(1.0)
    assert ceiling(NOMINAL, VERSIONS[20:], people).kappa == pytest.approx(-1.0)


def test_not_applicable_is_no_answer_in_alpha() -> None:
    people = {"ann": codings(NOMINAL, ["a", "b", "-"]), "ben": codings(NOMINAL, ["a", "b", "a"])}
    found = ceiling(NOMINAL, VERSIONS[:3], people)
    assert (found.items, found.alpha) == (2, pytest.approx(1.0))


def test_ordered_categories_make_a_near_miss_cheaper() -> None:
    near = {"ann": codings(ORDINAL, "12345" * 4), "ben": codings(ORDINAL, "12344" * 4)}
    far = {"ann": codings(ORDINAL, "12345" * 4), "ben": codings(ORDINAL, "12341" * 4)}
    near_alpha, far_alpha = (ceiling(ORDINAL, VERSIONS, people).alpha for people in (near, far))
    assert near_alpha is not None
    assert far_alpha is not None
    assert near_alpha > far_alpha
