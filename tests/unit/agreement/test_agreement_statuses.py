"""What each status of a coding does to the figures, one test each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coder.agreement import evaluate_dimension
from coder.errors import InputError
from coder.model import Status

Build = Callable[..., Any]
NOTHING_OUT = {"no_reference": 0, "not_coded": 0, "not_applicable": 0, "undecidable": 0, "skipped": 0}


@pytest.fixture
def compare(dimension: Build, codings: Build) -> Build:
    """Agreement of two lists of answers on a dimension with the categories a and b."""

    def run(gold: list[Any], other: list[Any], *, kind: str = "nominal", absent: bool = True) -> Any:
        asked = dimension(kind, "a b", absent=absent)
        return evaluate_dimension(asked, codings(asked, gold), codings(asked, other), replicates=100)

    return run


def test_coded_answers_enter_the_table(compare: Build) -> None:
    found = compare(["a", "a", "b"], ["a", "b", "b"], absent=False)
    assert found.categories == ("a", "b")
    assert found.table == ((1, 1), (0, 1))
    assert (found.gold_margins, found.coder_margins) == ((2, 1), (1, 2))
    assert found.excluded == NOTHING_OUT


def test_absent_is_a_category_of_its_own(compare: Build) -> None:
    found = compare(["a", Status.ABSENT, "b", Status.ABSENT], ["a", Status.ABSENT, Status.ABSENT, "b"])
    assert found.categories == ("a", "b", "absent")
    assert found.table == ((1, 0, 0), (0, 0, 1), (0, 1, 1))
    # po = 2/4, pe = (1x1 + 1x1 + 2x2) / 16 = 6/16: kappa = (8 - 6) / 10
    assert found.value == pytest.approx(0.2)


def test_absent_is_the_empty_set_of_labels(compare: Build) -> None:
    found = compare([{"a"}, Status.ABSENT, set()], [{"a"}, set(), Status.ABSENT], kind="multilabel")
    assert (found.value, found.percent_agreement) == (1, 1)
    assert found.categories == ("a", "b", "absent")
    assert found.gold_margins == (1, 0, 2)


def test_an_item_not_applicable_to_both_is_out(compare: Build) -> None:
    found = compare(["a", "b", Status.NOT_APPLICABLE], ["a", "b", Status.NOT_APPLICABLE])
    assert found.n == 2
    assert found.excluded == NOTHING_OUT | {"not_applicable": 1}


@pytest.mark.parametrize("swap", [False, True])
def test_an_item_not_applicable_to_one_is_a_disagreement(compare: Build, swap: bool) -> None:
    sides = (["a", "b", "a", "b"], ["a", "b", "a", Status.NOT_APPLICABLE])
    found = compare(*reversed(sides)) if swap else compare(*sides)
    assert found.n == 4
    assert found.categories == ("a", "b", "absent", "not_applicable")
    # po = 3/4, pe = 1/2 x 1/2 + 1/2 x 1/4 = 3/8: kappa = 3/5
    assert found.value == pytest.approx(0.6)
    assert (found.refused, found.complete_case) == (0, found.value)


@pytest.mark.parametrize("status", [Status.UNDECIDABLE, Status.SKIPPED])
@pytest.mark.parametrize("swap", [False, True])
def test_an_undecidable_or_skipped_item_is_out_and_counted(compare: Build, status: Status, swap: bool) -> None:
    sides = (["a", "b", status], ["a", "b", "a"])
    found = compare(*reversed(sides)) if swap else compare(*sides)
    assert found.n == 2
    assert found.excluded == NOTHING_OUT | {status.value: 1}


def test_an_item_without_a_coding_is_out_and_counted_by_whose_is_missing(compare: Build) -> None:
    found = compare(["a", "b", "a", None], ["a", "b", None, "b"])
    assert found.n == 2
    assert found.excluded == NOTHING_OUT | {"not_coded": 1, "no_reference": 1}


def test_an_undecided_reference_is_out_even_where_the_model_failed(compare: Build) -> None:
    found = compare(["a", Status.UNDECIDABLE], ["a", Status.FAILED])
    assert (found.n, found.refused) == (1, 0)
    assert found.excluded == NOTHING_OUT | {"undecidable": 1}


@pytest.mark.parametrize("status", [Status.REFUSED, Status.INVALID, Status.FAILED])
def test_an_answer_that_was_not_given_never_agrees_and_is_shown_apart(compare: Build, status: Status) -> None:
    found = compare(["a", "a", "b", "b", "b"], ["a", "a", "b", "b", status])
    assert (found.n, found.refused) == (5, 1)
    assert found.categories[-1] == "refused"
    assert found.table[1] == (0, 2, 0, 1)
    # po = 4/5, pe = 2/5 x 2/5 + 3/5 x 2/5 = 2/5: kappa = 2/3; the four answers given agree in full
    assert found.value == pytest.approx(2 / 3)
    assert found.complete_case == pytest.approx(1)
    assert found.percent_agreement == pytest.approx(0.8)


@pytest.mark.parametrize("kind", ["nominal", "multilabel"])
def test_two_answers_not_given_do_not_agree_with_each_other(compare: Build, kind: str) -> None:
    given: list[Any] = ["a", "b", Status.FAILED] if kind == "nominal" else [{"a"}, {"b"}, Status.FAILED]
    found = compare(given, given, kind=kind)
    assert found.percent_agreement == pytest.approx(2 / 3)
    assert found.value < 1


def test_a_set_that_was_not_given_counts_against_alpha(compare: Build) -> None:
    found = compare([{"a"}, {"b"}, {"b"}], [{"a"}, {"b"}, Status.REFUSED], kind="multilabel")
    assert (found.refused, found.n) == (1, 3)
    assert found.value == pytest.approx(6 / 11)  # worked out in test_agreement_multilabel.py
    assert found.complete_case == pytest.approx(1)


def test_absent_where_the_codebook_offers_none_is_an_error(compare: Build) -> None:
    with pytest.raises(InputError, match="'absent', which the codebook does not offer"):
        compare(["a", "b"], ["a", Status.ABSENT], absent=False)


def test_a_code_the_codebook_has_not_is_an_error(compare: Build) -> None:
    with pytest.raises(InputError, match="version v1: the coder's coding holds 'z', which is no category"):
        compare(["a", "b"], ["a", "z"])


def test_two_categories_where_one_is_asked_for_are_an_error(compare: Build) -> None:
    with pytest.raises(InputError, match="2 categories, not one"):
        compare(["a", {"a", "b"}], ["a", "b"])


def test_codings_made_with_another_wording_are_refused(dimension: Build, codings: Build) -> None:
    old, new = dimension("nominal", "a b"), dimension("nominal", "a b c")
    with pytest.raises(InputError, match="another wording") as caught:
        evaluate_dimension(new, codings(old, ["a"]), codings(new, ["a"]))
    assert "migrate" in caught.value.hint


def test_two_codings_of_one_version_are_an_error(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    with pytest.raises(InputError, match="the reference has two codings"):
        evaluate_dimension(asked, [*codings(asked, ["a"]), *codings(asked, ["b"])], codings(asked, ["a"]))


def test_of_several_replicates_the_first_counts(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    first = codings(asked, ["a", "b"])
    second = [coding.model_copy(update={"replicate": 1}) for coding in codings(asked, ["b", "a"])]
    found = evaluate_dimension(asked, codings(asked, ["a", "b"]), [*second, *first])
    assert found.value == 1
