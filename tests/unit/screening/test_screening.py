"""Criteria become questions, and verdicts follow from their answers and from nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder.model import Codebook, Coding, Criterion, NominalDimension, Status
from coder.model.coding import Assignment
from coder.screening import Held, clash, held, is_screening, screening_codebook, verdict
from coder.screening.audit import draw
from coder.screening.missed import Audited, count, judged, recall

BOOK = Codebook(
    name="programs",
    version="1",
    criteria=(
        Criterion(id="about", question="Is it about AI?", definition="AI is its subject."),
        Criterion(id="meant", question="For radiologists?", exclude=("engineers", "patients")),
    ),
)
CRITERIA = ("about", "meant")


def said(status: Status, *codes: str) -> Coding:
    return Coding(
        version_id="v",
        dimension_id="about",
        coder_id="c",
        status=status,
        assignments=tuple(Assignment(category=code) for code in codes),
        codebook_hash="",
        dimension_hash="",
    )


def test_each_criterion_is_a_question_with_yes_no_and_unclear() -> None:
    about, meant = screening_codebook(BOOK).dimensions
    assert isinstance(about, NominalDimension)
    assert about.question == "Is it about AI? AI is its subject."
    assert [one.id for one in about.codes] == ["yes", "no"]
    assert about.absent is not None
    assert about.absent.label == "Unclear"
    assert meant.codes[1].definition == "Such as: engineers; patients"


def test_the_hash_follows_the_criteria_and_nothing_else() -> None:
    later = BOOK.model_copy(update={"version": "2", "description": "revised"})
    assert screening_codebook(later).hash() == screening_codebook(BOOK).hash()
    fewer = BOOK.model_copy(update={"criteria": BOOK.criteria[:1]})
    assert screening_codebook(fewer).hash() != screening_codebook(BOOK).hash()


def test_a_codebook_that_only_sounds_like_screening_is_none() -> None:
    assert is_screening(screening_codebook(BOOK))
    named = BOOK.model_copy(update={"name": "my-screening"})
    assert not is_screening(named)
    of_its_own = screening_codebook(BOOK).model_copy(update={"dimensions": (_tone(),)})
    assert not is_screening(of_its_own)


def _tone() -> NominalDimension:
    return NominalDimension.model_validate(
        {"id": "tone", "kind": "nominal", "question": "?", "categories": [{"id": "yes"}, {"id": "no"}]}
    )


def test_a_criterion_with_the_id_of_a_dimension_is_found() -> None:
    assert clash(BOOK) == ""
    assert clash(BOOK.model_copy(update={"dimensions": (_tone().model_copy(update={"id": "meant"}),)})) == "meant"


@pytest.mark.parametrize(
    ("coding", "answer"),
    [
        (said(Status.CODED, "yes"), "yes"),
        (said(Status.CODED, "no"), "no"),
        (said(Status.ABSENT), "unclear"),
        (said(Status.UNDECIDABLE), "unclear"),
        (said(Status.FAILED), ""),
        (said(Status.REFUSED), ""),
        (said(Status.INVALID), ""),
        (said(Status.SKIPPED), ""),
    ],
)
def test_what_a_coding_says_of_a_criterion(coding: Coding, answer: str) -> None:
    assert held(coding, "model").answer == answer


ANSWERS = st.sampled_from(["yes", "no", "unclear", ""])


@given(st.tuples(ANSWERS, ANSWERS))
def test_excluded_is_what_fails_a_criterion_and_included_what_meets_all(answers: tuple[str, str]) -> None:
    told = {name: Held(answer, "model") for name, answer in zip(CRITERIA, answers, strict=True)}  # type: ignore[arg-type]
    found = verdict("d", CRITERIA, told)
    assert (found.state == "excluded") == ("no" in answers)
    assert (found.state == "included") == (answers == ("yes", "yes"))
    if found.state == "excluded":
        assert found.criterion == CRITERIA[answers.index("no")]


def test_a_document_of_which_nothing_is_held_is_unscreened() -> None:
    assert verdict("d", CRITERIA, {}).state == "unscreened"
    assert verdict("d", CRITERIA, {"about": Held("", "model")}).state == "unclear"


def test_an_inclusion_is_a_persons_only_where_every_criterion_is() -> None:
    both = {name: Held("yes", "person") for name in CRITERIA}
    assert verdict("d", CRITERIA, both).by == "person"
    assert verdict("d", CRITERIA, both | {"meant": Held("yes", "model")}).by == "model"


def test_one_no_judges_a_document_and_else_all_must_be_said() -> None:
    no = verdict("d", CRITERIA, {"meant": Held("no", "person")})
    assert judged(no, ["meant"]) == "excluded"
    half = verdict("d", CRITERIA, {"about": Held("yes", "person")})
    assert judged(half, ["about"]) is None


def test_a_draw_is_fixed_by_its_seed_and_keeps_the_chance_of_all() -> None:
    names = [f"d{number}" for number in range(10)]
    first = draw("excluded", names, 4, seed=1)
    assert first is not None
    assert draw("excluded", names[::-1], 4, seed=1) == first
    rows = first.rows("screening:x")
    assert [row.probability for row in rows] == [0.4] * 10
    assert sum(row.drawn for row in rows) == 4
    share = draw("excluded", names, 0.25, seed=1)
    assert share is not None
    assert len(share.drawn) == 3  # 2.5, rounded up
    assert draw("excluded", names, 0, seed=1) is None
    assert draw("excluded", [], 5, seed=1) is None


def test_every_document_is_drawn_as_often_as_its_chance_says() -> None:
    names = [f"d{number}" for number in range(5)]
    drawn = [draw("excluded", names, 2, seed) for seed in range(2000)]
    times = [sum(one is not None and name in one.drawn for one in drawn) for name in names]
    # 2000 draws of 2 in 5: 800 times each, standard deviation sqrt(2000 * 0.4 * 0.6) = 22; four of them are 88.
    assert all(abs(count_ - 800) < 88 for count_ in times)


def test_a_census_has_no_uncertainty_and_no_audit_no_estimate() -> None:
    judged_ = [Audited("excluded", 1.0, True, "included"), Audited("excluded", 1.0, True, "excluded")]
    found = count("excluded", judged_, 2)
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    assert count("excluded", [], 2).reason == "not estimable: no document that is excluded was drawn for people"
    assert count("excluded", [], 0).reason == "nothing is excluded"


def test_unclear_by_people_is_wrongly_excluded_and_not_wrongly_included() -> None:
    for side, found in (("excluded", 1), ("included", 0)):
        assert count(side, [Audited(side, 1.0, True, "unclear")], 1).found == found  # type: ignore[arg-type]


def test_limits_of_what_was_missed_hold_the_truth_as_often_as_they_say() -> None:
    # 60 excluded, 6 of them wrongly; 15 drawn: 500 audits.
    world = ["included"] * 6 + ["excluded"] * 54
    held_ = 0
    for seed in range(500):
        one = draw("excluded", [f"{place:02d}" for place in range(60)], 15, seed)
        assert one is not None
        documents = [
            Audited("excluded", 0.25, name in one.drawn, world[int(name)] if name in one.drawn else None)  # type: ignore[arg-type]
            for name in one.population
        ]
        found = count("excluded", documents, 60)
        assert found.low is not None
        assert found.high is not None
        held_ += found.low <= 6 <= found.high
    assert held_ / 500 >= 0.95 - 3 * (0.05 * 0.95 / 500) ** 0.5


def test_recall_waits_for_what_is_unclear() -> None:
    assert (
        recall([], {"excluded": 0, "included": 0}, 0, 2).reason == "not estimable: 2 unclear documents wait for people"
    )
    assert recall([], {"excluded": 0, "included": 0}, 0, 0).reason == "undefined: no document belongs in"
