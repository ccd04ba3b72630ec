"""Kappas of several dimensions on the same resampled items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from coder.agreement import evaluate_dimension
from coder.agreement.pairing import Mark
from coder.model import (
    Absent,
    Assignment,
    Category,
    Coding,
    Dimension,
    MultilabelDimension,
    NominalDimension,
    OrdinalDimension,
    Status,
)
from eval.resample import mean_value, measure, pairs_by_item, percentile_interval, resamples

CATEGORIES = tuple(Category(id=name, label=name) for name in "abc")
NOMINAL = NominalDimension(id="n", kind="nominal", question="?", categories=CATEGORIES, absent=Absent())
ORDINAL = OrdinalDimension(id="o", kind="ordinal", question="?", categories=CATEGORIES)
LABELS = MultilabelDimension(id="l", kind="multilabel", question="?", categories=CATEGORIES, absent=Absent())
VERSIONS = [f"v{number:02d}" for number in range(60)]


def coding(dimension: Dimension, version: str, said: str) -> Coding:
    """`said`: codes as letters, '' absent, '-' not applicable, '!' failed."""
    marks = {"": Status.ABSENT, "-": Status.NOT_APPLICABLE, "!": Status.FAILED}
    return Coding(
        version_id=version, dimension_id=dimension.id, coder_id="c", status=marks.get(said, Status.CODED),
        assignments=() if said in marks else tuple(Assignment(category=code) for code in said),
        codebook_hash="b", dimension_hash=dimension.hash(),
    )  # fmt: skip


def codings(dimension: Dimension, said: Sequence[str], versions: Sequence[str] = VERSIONS) -> list[Coding]:
    return [coding(dimension, version, answer) for version, answer in zip(versions, said, strict=False)]


def drawn(dimension: Dimension, seed: int, *, marks: str = "") -> list[str]:
    sets = ["a", "b", "c", "ab", "abc"] if dimension is LABELS else ["a", "b", "c"]
    choices = [*sets, *marks, *([] if dimension is ORDINAL else [""])]
    return [str(one) for one in np.random.default_rng(seed).choice(choices, len(VERSIONS))]


@pytest.mark.parametrize("dimension", [NOMINAL, ORDINAL, LABELS], ids=lambda dimension: dimension.kind)
@pytest.mark.parametrize("seed", range(3))
def test_the_value_is_the_one_that_the_program_reports(dimension: Dimension, seed: int) -> None:
    reference, coder = (
        codings(dimension, drawn(dimension, seed, marks="-")),
        codings(dimension, drawn(dimension, 9, marks="-!")),
    )
    reported = evaluate_dimension(dimension, reference, coder, replicates=1)
    expected = reported.mean_label_kappa.value if reported.mean_label_kappa else reported.value
    found = measure(dimension, pairs_by_item(dimension, VERSIONS, reference, coder))
    assert found.values(np.ones((1, len(VERSIONS))))[0] == pytest.approx(expected)


@pytest.mark.parametrize("dimension", [NOMINAL, ORDINAL], ids=lambda dimension: dimension.kind)
def test_an_item_drawn_twice_counts_twice(dimension: Dimension) -> None:
    # weights 2, 0, 1, 1, ... against the program's kappa of a list in which item 0 stands twice and item 1 not at all
    first, second = drawn(dimension, 1), drawn(dimension, 2)
    order = [0, 0, *range(2, len(VERSIONS))]
    sides = [codings(dimension, [side[number] for number in order]) for side in (first, second)]
    expected = evaluate_dimension(dimension, *sides, replicates=1).value
    found = measure(
        dimension, pairs_by_item(dimension, VERSIONS, codings(dimension, first), codings(dimension, second))
    )
    weights = np.array([[2.0, 0.0, *[1.0] * 58]])
    assert found.values(weights)[0] == pytest.approx(expected)


def test_pairs_hold_both_answers_in_the_order_of_the_items() -> None:
    reference, coder = codings(NOMINAL, ["a", "b", "-", "-"]), codings(NOMINAL, ["a", "!", "-", ""])
    assert pairs_by_item(NOMINAL, VERSIONS[:5], reference, coder) == (
        ({"a"}, {"a"}),
        ({"b"}, Mark.REFUSED),
        None,  # not applicable to both
        (Mark.NOT_APPLICABLE, frozenset()),
        None,  # coded by nobody
    )


def test_a_label_enters_with_ten_items_on_the_rarer_side_of_the_reference() -> None:
    # 'a' is given 10 times and 'b' 9 times of 60; the coder gives both always, which is no matter
    said = ["ab"] * 9 + ["a"] + ["c"] * 41 + [""] * 9
    pairs = pairs_by_item(LABELS, VERSIONS, codings(LABELS, said), codings(LABELS, ["ab"] * 60))
    assert len(measure(LABELS, pairs).kappas) == 2  # a, and c with 41 against 19
    few = measure(LABELS, pairs[:9])
    assert few.kappas == ()
    assert few.reason == "no label has 10 items on the reference's rarer side"


def test_a_kappa_that_is_undefined_stays_out_with_the_reason() -> None:
    pairs = pairs_by_item(NOMINAL, VERSIONS[:3], codings(NOMINAL, "aaa"), codings(NOMINAL, "aaa"))
    assert "undefined" in (measure(NOMINAL, pairs).reason or "")
    assert "undefined" in (measure(NOMINAL, (None, None)).reason or "")


def test_dimensions_are_drawn_together() -> None:
    # the coder is right in one dimension exactly where it is wrong in the other, so on any draw of items the two
    # shares of agreement add up to one, and with even margins the mean kappa hardly moves, though each moves a lot
    reference = ["a", "b"] * 30
    other = ["b", "a"] * 30
    right = [other[number] if number < 30 else reference[number] for number in range(60)]
    wrong = [reference[number] if number < 30 else other[number] for number in range(60)]
    measures = [
        measure(NOMINAL, pairs_by_item(NOMINAL, VERSIONS, codings(NOMINAL, reference), codings(NOMINAL, side)))
        for side in (right, wrong)
    ]
    weights = resamples(60)
    assert measures[0].values(weights).std() > 0.1
    assert mean_value(measures, weights).std() < 0.02


def test_resamples_are_seeded_and_keep_the_number_of_items() -> None:
    assert (resamples(7, seed=3, replicates=5) == resamples(7, seed=3, replicates=5)).all()
    assert (resamples(7, seed=3, replicates=5) != resamples(7, seed=4, replicates=5)).any()
    assert resamples(7, replicates=5).sum(axis=1).tolist() == [7] * 5


def test_the_interval_leaves_out_a_fortieth_on_each_side() -> None:
    # of 0, 1, ..., 1000 the 2.5th percentile is 25 and the 97.5th 975
    interval = percentile_interval(np.arange(1001.0), 50)
    assert (interval.low, interval.high) == pytest.approx((25, 975))


@pytest.mark.parametrize(
    ("values", "items", "reason"),
    [
        (np.arange(100.0), 49, "no interval: 49 items, fewer than 50"),
        (np.array([np.nan] * 6 + [float(number) for number in range(94)]), 50, "undefined in more than 5%"),
        (np.ones(100), 50, "every resample gives the same value"),
    ],
)
def test_no_interval_comes_with_its_reason(values: np.ndarray, items: int, reason: str) -> None:
    interval = percentile_interval(values, items)
    assert interval.low is None
    assert reason in (interval.reason or "")
