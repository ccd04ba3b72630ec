"""Codings become positions: which status is which, for single choices and for labels."""

from __future__ import annotations

from coder.inference.answers import by_version, model_shares, views
from coder.inference.coded import NO_ANSWER, UNCODED, UNDECIDABLE
from coder.model import (
    Absent,
    Assignment,
    Category,
    Coding,
    MultilabelDimension,
    NominalDimension,
    Status,
)

WARM, COLD = Category(id="warm", label="Warm"), Category(id="cold", label="Cold")
TONE = NominalDimension(id="tone", kind="nominal", question="?", absent=Absent(), categories=(WARM, COLD))
PARTS = MultilabelDimension(id="parts", kind="multilabel", question="?", categories=(WARM, COLD))
VERSIONS = [f"v{number}" for number in range(6)]


def coded(dimension: NominalDimension | MultilabelDimension, *answers: str) -> dict[str, Coding]:
    """An answer a version: codes with `;` or a status; empty for no coding."""
    statuses = {status.value for status in Status}
    return by_version(
        [
            Coding(
                version_id=version,
                dimension_id=dimension.id,
                coder_id="c",
                status=Status(answer) if answer in statuses else Status.CODED,
                assignments=tuple(Assignment(category=c) for c in answer.split(";") if c not in statuses),
                codebook_hash="b",
                dimension_hash=dimension.hash(),
            )
            for version, answer in zip(VERSIONS, answers, strict=False)
            if answer
        ],
        dimension.id,
    )


def test_a_single_choice_is_its_place_among_the_categories() -> None:
    (view,) = views(TONE, VERSIONS, coded(TONE, "warm", "cold", "absent", "undecidable", "skipped"), {})
    assert view.categories == ("warm", "cold", "absent")
    assert view.gold.tolist() == [0, 1, 2, UNDECIDABLE, UNCODED, UNCODED]
    assert view.predicted.tolist() == [NO_ANSWER] * 6


def test_what_the_model_could_not_give_is_no_answer() -> None:
    (view,) = views(TONE, VERSIONS, {}, coded(TONE, "refused", "invalid", "failed", "cold"))
    assert view.predicted.tolist() == [NO_ANSWER] * 3 + [1] + [NO_ANSWER] * 2


def test_not_applicable_is_a_category_where_somebody_said_it() -> None:
    (view,) = views(TONE, VERSIONS, coded(TONE, "warm"), coded(TONE, "warm", "not_applicable", "cold"))
    assert view.categories == ("warm", "cold", "absent", "not_applicable")
    assert view.predicted.tolist()[:3] == [0, 3, 1]
    # Shares are among the documents to which it applies: one of two is warm.
    assert model_shares(view) == {"warm": 0.5, "cold": 0.5, "absent": 0.0}


def test_each_label_is_a_view_of_its_own() -> None:
    gold = coded(PARTS, "warm;cold", "warm", "absent", "undecidable")
    warm, cold, absent = views(PARTS, VERSIONS, gold, {})
    assert [view.name for view in (warm, cold, absent)] == ["parts: warm", "parts: cold", "parts: absent"]
    assert warm.gold.tolist() == [0, 0, 1, UNDECIDABLE, UNCODED, UNCODED]
    assert cold.gold.tolist()[:3] == [0, 1, 1]
    assert absent.gold.tolist()[:3] == [1, 1, 0]


def test_a_model_that_answered_nothing_has_no_shares() -> None:
    (view,) = views(TONE, VERSIONS, {}, {})
    assert model_shares(view) == {"warm": None, "cold": None, "absent": None}
