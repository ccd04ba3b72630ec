"""Gold by rule: what several people's codings of a text come to, and what is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from coder.agreement.gold_rule import Rule, RuledGold, gold_by_rule
from coder.model import Status

Build = Callable[..., Any]
Given = str | set[str] | Status | None


@pytest.fixture
def ruled(dimension: Build, codings: Build) -> Callable[..., RuledGold]:
    """`ruled(rule, ada=[...], ben=[...])`: one answer a text by each; `settled` are answers of kind consensus."""

    def apply(rule: Rule, kind: str = "nominal", settled: Sequence[Given] = (), **people: Sequence[Given]) -> RuledGold:
        asked = dimension(kind, "a b c", absent=True)
        given = [
            coding.model_copy(update={"coder_id": name})
            for name, answers in {**people, "settled": settled}.items()
            for coding in codings(asked, answers)
        ]
        return gold_by_rule(rule, given, multilabel=[asked.id] if kind == "multilabel" else [], settled=["settled"])

    return apply


def answers(found: RuledGold) -> list[str]:
    return [" ".join(sorted(coding.codes)) or coding.status.value for coding in found.codings]


def causes(found: RuledGold) -> list[tuple[str, str]]:
    return [(cell.version_id, cell.cause) for cell in found.left_out]


def test_more_than_half_decide_and_a_tie_is_no_gold(ruled: Callable[..., RuledGold]) -> None:
    found = ruled(Rule("majority"), ada=["a", "a", "a"], ben=["a", "b", "b"], cas=["b", "c", None])
    assert answers(found) == ["a"]
    assert causes(found) == [("v1", "tie"), ("v2", "tie")]
    assert {coding.coder_id for coding in found.codings} == {"majority"}


def test_a_plurality_is_no_majority(ruled: Callable[..., RuledGold]) -> None:
    found = ruled(Rule("majority"), ada=["a"], ben=["a"], cas=["b"], dan=["c"])
    assert causes(found) == [("v0", "tie")]


def test_too_few_coders_are_counted_apart(ruled: Callable[..., RuledGold]) -> None:
    found = ruled(Rule("majority", 3), ada=["a", "a"], ben=["a", "a"], cas=["b", None])
    assert answers(found) == ["a"]
    assert causes(found) == [("v1", "too_few_coders")]


def test_a_skipped_text_was_not_coded(ruled: Callable[..., RuledGold]) -> None:
    found = ruled(Rule("majority", 2), ada=["a"], ben=[Status.SKIPPED])
    assert causes(found) == [("v0", "too_few_coders")]


def test_cannot_tell_counts_as_an_answer(ruled: Callable[..., RuledGold]) -> None:
    unsure = Status.UNDECIDABLE
    found = ruled(Rule("majority"), ada=["a", unsure], ben=["a", unsure], cas=[unsure, "a"])
    assert answers(found) == ["a", "undecidable"]
    assert causes(ruled(Rule("consensus"), ada=["a"], ben=[unsure])) == [("v0", "disagreement")]


def test_sets_are_decided_label_by_label(ruled: Callable[..., RuledGold]) -> None:
    # a: 3 of 3, b: 2 of 3, c: 1 of 3, though no two gave the same set
    found = ruled(Rule("majority"), "multilabel", ada=[{"a"}], ben=[{"a", "b"}], cas=[{"a", "b", "c"}])
    assert answers(found) == ["a b"]


@pytest.mark.parametrize(
    ("sets", "outcome"),
    [
        ([{"a"}, {"a", "b"}], "tie"),  # b: 1 of 2
        ([{"a"}, {"b"}, {"c"}], "tie"),  # no label has a majority, and nobody said that there is none
        ([{"a"}, Status.ABSENT, Status.ABSENT], "absent"),
        ([{"a"}, Status.NOT_APPLICABLE, Status.NOT_APPLICABLE], "not_applicable"),
        ([{"a"}, {"a"}, Status.NOT_APPLICABLE], "a"),
    ],
)
def test_the_edges_of_a_majority_of_sets(ruled: Callable[..., RuledGold], sets: list[Given], outcome: str) -> None:
    found = ruled(Rule("majority"), "multilabel", **{f"person{k}": [given] for k, given in enumerate(sets)})
    assert [*answers(found), *(cause for _, cause in causes(found))] == [outcome]


def test_consensus_is_what_all_agree_on(ruled: Callable[..., RuledGold]) -> None:
    found = ruled(Rule("consensus"), ada=["a", "a", "a"], ben=["a", "a", None], cas=["a", "b", None])
    assert answers(found) == ["a"]
    assert causes(found) == [("v1", "disagreement"), ("v2", "too_few_coders")]


def test_what_people_settled_on_stands_over_what_they_coded_before(ruled: Callable[..., RuledGold]) -> None:
    found = ruled(Rule("consensus"), settled=["b"], ada=["a"], ben=["b"])
    assert answers(found) == ["b"]
    assert causes(found) == []


def test_a_settlement_is_no_vote_in_a_majority(ruled: Callable[..., RuledGold]) -> None:
    found = ruled(Rule("majority"), settled=["b"], ada=["a"], ben=["b"])
    assert causes(found) == [("v0", "tie")]


def test_of_two_codings_by_one_person_the_newer_counts(dimension: Build, codings: Build) -> None:
    asked = dimension("nominal", "a b")
    earlier, later, other = (codings(asked, [given])[0] for given in ("a", "b", "b"))
    given = [other.model_copy(update={"coder_id": "ben"}), later, earlier]
    assert answers(gold_by_rule(Rule("consensus"), given)) == ["b"]


def test_a_rule_without_coders_is_none() -> None:
    with pytest.raises(ValueError, match="at least one coder"):
        gold_by_rule(Rule("majority", 0), [])
