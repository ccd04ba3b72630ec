"""Which coefficient leads for which kind, what stands beside it, and the verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from coder.agreement import evaluate, evaluate_dimension
from coder.agreement.coefficients import agreement_weights, cohen_kappa
from coder.agreement.evaluate import verdict
from coder.agreement.tables import Table
from coder.model import Codebook, Status
from coder.model.agreement import Coefficient

Build = Callable[..., Any]
ABSENT = Status.ABSENT


@pytest.fixture
def compare(dimension: Build, codings: Build) -> Build:
    """Agreement of two lists of answers on a dimension of this kind."""

    def run(kind: str, names: str, gold: list[Any], other: list[Any], **options: Any) -> Any:
        asked = dimension(kind, names, absent=options.pop("absent", False))
        return evaluate_dimension(asked, codings(asked, gold), codings(asked, other), **{"replicates": 300} | options)

    return run


def from_table(names: str, cells: list[list[int]]) -> tuple[list[Any], list[Any]]:
    codes: list[Any] = [ABSENT if name == "absent" else name for name in names.split()]
    gold, other = [], []
    for row, code in zip(cells, codes, strict=True):
        for count, second in zip(row, codes, strict=True):
            gold += [code] * count
            other += [second] * count
    return gold, other


COHEN_1960 = [[88, 10, 2], [14, 40, 6], [18, 10, 12]]


def test_a_nominal_dimension_leads_with_cohens_kappa(compare: Build) -> None:
    found = compare("nominal", "a b c", *from_table("a b c", COHEN_1960), replicates=10_000)
    assert (found.coefficient, found.kind, found.n) == ("cohen_kappa", "nominal", 200)
    assert found.value == pytest.approx(29 / 59)  # Cohen (1960): .492
    assert found.se == pytest.approx(0.0510, abs=5e-5)  # by the formula of Fleiss, Cohen & Everitt (1969)
    assert (found.low, found.high) == pytest.approx((0.38982, 0.59000), abs=0.006)
    assert found.percent_agreement == pytest.approx(0.7)
    assert found.table == tuple(tuple(row) for row in COHEN_1960)
    assert found.reason is None
    assert (found.weighted, found.unweighted, found.quadratic, found.specified) == (None, None, None, None)


@pytest.mark.parametrize("kind", ["ordinal", "quantity"])
def test_an_ordered_dimension_without_absent_leads_with_linear_weights(compare: Build, kind: str) -> None:
    found = compare(kind, "a b c", *from_table("a b c", COHEN_1960))
    table = Table(np.array(COHEN_1960), 3)
    assert found.coefficient == "cohen_kappa_linear"
    assert found.value == pytest.approx(cohen_kappa(table, agreement_weights("linear", 3)).value)
    assert found.unweighted.value == pytest.approx(29 / 59)
    assert found.quadratic.value == pytest.approx(cohen_kappa(table, agreement_weights("quadratic", 3)).value)
    assert (found.weighted, found.specified) == (None, None)


@pytest.mark.parametrize("kind", ["ordinal", "quantity"])
def test_absent_has_no_place_on_the_scale_and_is_judged_in_three_parts(compare: Build, kind: str) -> None:
    cells = [[20, 4, 1, 2], [3, 15, 2, 1], [1, 2, 10, 1], [2, 1, 0, 15]]
    found = compare(kind, "a b c", *from_table("a b c absent", cells), absent=True)
    table, scale = Table(np.array(cells), 4), Table(np.array(cells)[:3, :3], 3)
    assert found.coefficient == "cohen_kappa"
    assert found.value == pytest.approx(cohen_kappa(table).value)
    # both specified: 58 of 80 items
    assert (found.weighted.coefficient, found.weighted.n) == ("cohen_kappa_linear", 58)
    assert found.weighted.value == pytest.approx(cohen_kappa(scale, agreement_weights("linear", 3)).value)
    # specified or not: 58 and 15 agree, 4 and 3 do not
    assert found.specified.n == 80
    assert found.specified.value == pytest.approx(cohen_kappa(Table(np.array([[58, 4], [3, 15]]), 2)).value)
    assert found.unweighted is None


def test_a_refusal_stays_in_the_question_of_specified_or_not(compare: Build) -> None:
    gold, other = ["a", "b", ABSENT, "a"], ["a", "b", ABSENT, Status.REFUSED]
    found = compare("ordinal", "a b c", gold, other, absent=True)
    # specified: po = 3/4, pe = 3/4 x 2/4 + 1/4 x 1/4 = 7/16: kappa = 5/9
    assert found.specified.value == pytest.approx(5 / 9)
    assert (found.specified.n, found.weighted.n) == (4, 2)


def test_a_date_is_not_ordered_since_outside_has_no_place(compare: Build) -> None:
    gold = ["2019-H1", "2019-H2", "outside", ABSENT]
    found = compare("date", "", gold, gold, absent=True)
    assert (found.coefficient, found.weighted) == ("cohen_kappa", None)
    assert found.categories == ("2019-H1", "2019-H2", "2020-H1", "2020-H2", "outside", "absent")
    assert found.specified.value == 1


def test_a_multilabel_dimension_leads_with_alpha_and_has_every_declared_label(compare: Build) -> None:
    found = compare("multilabel", "x y z", [{"x"}, {"x", "y"}], [{"x"}, {"y"}])
    assert found.coefficient == "alpha_masi"
    assert [label.label for label in found.labels] == ["x", "y", "z"]
    assert found.table == ()
    assert found.percent_agreement == 0.5


def test_perfect_agreement_prints_no_interval_of_one_to_one(compare: Build) -> None:
    found = compare("nominal", "a b", ["a", "b"] * 40, ["a", "b"] * 40)
    assert (found.value, found.low, found.high, found.se) == (1, None, None, None)
    assert "not estimable" in found.reason
    assert found.percent_agreement_low == pytest.approx(0.025 ** (1 / 80))


def test_one_category_used_by_both_is_undefined_with_a_reason(compare: Build) -> None:
    found = compare("nominal", "a b", ["a"] * 5, ["a"] * 5)
    assert (found.value, found.kappa_max, found.percent_agreement) == (None, None, 1)
    assert found.reason.startswith("undefined")
    assert found.complete_case is None


@pytest.mark.parametrize("kind", ["nominal", "ordinal", "quantity", "multilabel"])
def test_nothing_in_common_is_undefined_with_a_reason(compare: Build, kind: str) -> None:
    found = compare(kind, "a b", [], [{"a"}] if kind == "multilabel" else ["a"], absent=True, min_kappa=0.6)
    assert (found.n, found.value, found.percent_agreement) == (0, None, None)
    assert found.reason == "undefined: no item has an answer from both coders"
    assert found.excluded["no_reference"] == 1
    assert found.verdict == "not estimable"


def test_the_two_by_two_indices_stand_beside_a_binary_kappa(compare: Build) -> None:
    # Feinstein & Cicchetti (1990), second table
    found = compare("nominal", "yes no", *from_table("yes no", [[80, 10], [5, 5]]))
    assert found.value == pytest.approx(0.32, abs=0.006)
    assert (found.prevalence_index, found.bias_index) == pytest.approx((0.75, 0.05))
    assert (found.pabak, found.kappa_max) == pytest.approx((0.7, 17 / 22))


def coefficient(value: float | None, low: float | None) -> Coefficient:
    high = None if low is None else 1.0
    return Coefficient(coefficient="cohen_kappa", value=value, low=low, high=high, n=100, reason=None if low else "why")


@pytest.mark.parametrize(
    ("value", "low", "said"),
    [
        (0.8, 0.7, "meets"),
        (0.8, 0.69, "compatible"),
        (0.69, 0.5, "below"),
        (0.95, None, "not estimable"),
        (None, None, "not estimable"),
    ],
)
def test_a_verdict_goes_by_the_lower_limit(value: float | None, low: float | None, said: str) -> None:
    assert verdict(coefficient(value, low), 0.7) == said


def test_no_verdict_is_given_unasked(compare: Build) -> None:
    found = compare("nominal", "a b", ["a", "b"], ["a", "b"])
    assert (found.verdict, found.min_kappa) == (None, None)


def test_a_missing_interval_without_a_reason_cannot_be_built() -> None:
    with pytest.raises(ValidationError, match="needs a reason"):
        Coefficient(coefficient="cohen_kappa", value=0.5, n=10)
    with pytest.raises(ValidationError, match="two ends"):
        Coefficient(coefficient="cohen_kappa", value=0.5, low=0.1, n=10)


def test_the_json_has_the_keys_that_others_rely_on(compare: Build) -> None:
    found = compare("nominal", "a b", ["a", "b"], ["a", Status.REFUSED]).model_dump(mode="json")
    wanted = {"dimension", "kind", "coefficient", "value", "low", "high", "n", "refused", "verdict", "reason"}
    assert wanted <= found.keys()
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_codebook_is_compared_dimension_by_dimension_in_its_order(dimension: Build, codings: Build) -> None:
    first = dimension("nominal", "a b")
    second = dimension("ordinal", "low high").model_copy(update={"id": "other"})
    codebook = Codebook(name="c", version="1", dimensions=(second, first))
    gold = [*codings(first, ["a", "b"]), *codings(second, ["low", "high", "low"])]
    found = evaluate(codebook, gold, gold)
    assert [(each.dimension, each.n) for each in found] == [("other", 3), ("asked", 2)]


def test_a_dimension_nobody_coded_is_in_the_result(dimension: Build) -> None:
    found = evaluate(Codebook(name="c", version="1", dimensions=(dimension("nominal", "a b"),)), [], [])
    assert (found[0].n, found[0].value) == (0, None)


def test_the_order_of_items_does_not_change_a_kappa(compare: Build) -> None:
    gold, other = from_table("a b c", COHEN_1960)
    order = np.random.default_rng(5).permutation(len(gold))
    shuffled = compare("nominal", "a b c", [gold[k] for k in order], [other[k] for k in order])
    assert shuffled == compare("nominal", "a b c", gold, other)


def test_the_order_of_items_does_not_change_the_interval_of_an_alpha(compare: Build) -> None:
    gold, other = [{"x"}, {"x", "y"}, set(), {"y"}] * 20, [{"x"}, {"x"}, {"y"}, {"y"}, {"x", "y"}] * 16
    backwards = compare("multilabel", "x y", gold[::-1], other[::-1])
    assert backwards.low is not None
    assert backwards == compare("multilabel", "x y", gold, other)
