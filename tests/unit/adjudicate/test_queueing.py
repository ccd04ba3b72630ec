"""What enters the queue, why, and with which probability."""

from __future__ import annotations

import pytest

from coder.adjudicate.queueing import Standing, build_queue, differ, draw
from coder.errors import InputError
from coder.model import Assignment, Coder, Coding, QueueItem, Status
from tests.unit.adjudicate.scene import CODEBOOK, coding

MODEL, GOLD = Coder(name="m", kind="model"), Coder(name="g", kind="constructed")


def said(*codes: str, dimension: str = "mode", version: str = "v1", **fields: object) -> Coding:
    return coding(MODEL, version, dimension, *codes, run_id="run", **fields)


def gold(*codes: str, dimension: str = "mode", version: str = "v1", **fields: object) -> Coding:
    return coding(GOLD, version, dimension, *codes, **fields)


def queue(
    model: list[Coding], reference: list[Coding] | None = None, already: tuple[QueueItem, ...] = (), **options: object
) -> tuple[QueueItem, ...]:
    given = {"run_id": "run", "gold_id": "gold", "audit_rate": 0.0, "seed": 1} | options
    return build_queue(CODEBOOK, model, reference, already=already, **given)  # type: ignore[arg-type]


def test_a_code_that_differs_from_gold_is_queued_with_both_in_words() -> None:
    (item,) = queue([said("hybrid")], [gold("online")])
    assert (item.reason, item.detail) == ("disagreement", "gold: Online; model: Hybrid")
    assert (item.probability, item.gold_id, item.run_id) == (1.0, "gold", "run")


@pytest.mark.parametrize(
    ("model", "reference", "disagree"),
    [
        (said("online"), gold("online"), False),
        (said("basics", "ethics", dimension="topic"), gold("ethics", "basics", dimension="topic"), False),
        (said("basics", dimension="topic"), gold("ethics", "basics", dimension="topic"), True),
        # Absent of a multi-label dimension is the empty set.
        (said(dimension="topic"), gold(dimension="topic", status=Status.CODED), False),
        (said(), gold("online"), True),
        (said(), gold(), False),
        (said(status=Status.NOT_APPLICABLE), gold(status=Status.NOT_APPLICABLE), False),
        (said(status=Status.NOT_APPLICABLE), gold(), True),
        (said("online"), gold(status=Status.NOT_APPLICABLE), True),
        # Undecidable and skipped are out of agreement.
        (said("online"), gold(status=Status.UNDECIDABLE), False),
        (said("online"), gold(status=Status.SKIPPED), False),
        (said(status=Status.REFUSED), gold(), True),
        (said(status=Status.FAILED), gold(status=Status.NOT_APPLICABLE), True),
    ],
)
def test_disagreement_follows_the_status_table(model: Coding, reference: Coding, disagree: bool) -> None:
    assert differ(model, reference) is disagree
    assert differ(reference, model) is disagree
    assert (queue([model], [reference]) != ()) is disagree


@pytest.mark.parametrize(
    ("status", "reason"),
    [(Status.REFUSED, "refused"), (Status.INVALID, "invalid"), (Status.FAILED, "failed")],
)
def test_a_missing_answer_is_queued_as_such_with_or_without_gold(status: Status, reason: str) -> None:
    model = said(status=status, reason="the endpoint said so")
    assert [item.reason for item in queue([model])] == [reason]
    (item,) = queue([model], [gold("online")])
    assert item.reason == reason
    assert item.detail.endswith("the endpoint said so")


def test_an_unsupported_code_is_queued_without_gold() -> None:
    (item,) = queue([said("online", unsupported=True)])
    assert (item.reason, item.gold_id) == ("unsupported", None)
    assert item.detail == "model: Online; no evidence was cited"


def test_a_tie_is_recognised_by_its_reason_text() -> None:
    (item,) = queue([said("short", dimension="duration", reason="Tie: two totals")])
    assert (item.reason, item.detail) == ("tie", "model: Short; Tie: two totals")


def test_disagreement_comes_before_tie_before_unsupported() -> None:
    both = said("short", dimension="duration", reason="tie", unsupported=True)
    assert queue([both], [gold("long", dimension="duration")])[0].reason == "disagreement"
    assert queue([both])[0].reason == "tie"
    assert "no evidence was cited" in queue([both])[0].detail


def sure(*codes: tuple[str, float | None], dimension: str = "mode", **fields: object) -> Coding:
    assignments = tuple(Assignment(category=code, confidence=confidence) for code, confidence in codes)
    return said(*(code for code, _ in codes), dimension=dimension, **fields).model_copy(
        update={"assignments": assignments}
    )


def test_a_code_below_the_least_confidence_is_queued_with_its_own() -> None:
    (item,) = queue([sure(("online", 0.594))], min_confidence=0.6)
    assert (item.reason, item.detail, item.probability) == ("low_confidence", "model: Online; confidence 0.59", 1.0)
    assert queue([sure(("online", 0.6))], min_confidence=0.6) == ()
    assert queue([sure(("online", 0.594))]) == ()


def test_of_several_labels_the_least_sure_counts_and_the_unmeasured_do_not() -> None:
    labels = sure(("basics", 0.9), ("ethics", 0.4), ("imaging", None), dimension="topic")
    assert [item.reason for item in queue([labels], min_confidence=0.5)] == ["low_confidence"]
    assert queue([labels], min_confidence=0.3) == ()
    assert queue([sure(("online", None)), said(dimension="topic")], min_confidence=1.0) == ()


def test_low_confidence_comes_after_all_that_the_answer_itself_shows_and_before_the_audit() -> None:
    doubtful = sure(("online", 0.1), unsupported=True)
    options: dict[str, object] = {"min_confidence": 0.5, "audit_rate": 1.0}
    assert queue([doubtful], [gold("hybrid")], **options)[0].reason == "disagreement"
    assert queue([doubtful], **options)[0].reason == "unsupported"
    assert queue([doubtful], **options)[0].detail == "model: Online; no evidence was cited; confidence 0.10"
    assert queue([sure(("online", 0.1))], **options)[0].reason == "low_confidence"
    assert queue([sure(("online", 0.9))], **options)[0].reason == "audit"


def test_a_least_confidence_that_is_no_probability_is_refused() -> None:
    with pytest.raises(InputError, match=r"confidence 60"):
        queue([said("online")], min_confidence=60)


def test_both_sides_not_applicable_are_not_even_audited() -> None:
    cell = said(status=Status.NOT_APPLICABLE)
    assert queue([cell], [gold(status=Status.NOT_APPLICABLE)], audit_rate=1.0) == ()
    assert queue([cell], audit_rate=1.0) == ()


def cells(number: int) -> tuple[list[Coding], list[Coding]]:
    versions = [f"v{place}" for place in range(number)]
    return [said("online", version=one) for one in versions], [gold("online", version=one) for one in versions]


def test_the_audit_draws_agreements_at_its_rate_and_stores_it() -> None:
    model, reference = cells(2000)
    items = queue(model, reference, audit_rate=0.1)
    # 2000 draws at 0.1: standard deviation sqrt(2000 * 0.1 * 0.9) = 13.4; four of them around 200.
    assert 146 <= len(items) <= 254
    assert {(item.reason, item.probability) for item in items} == {("audit", 0.1)}


def test_the_audit_is_on_by_default() -> None:
    model, reference = cells(300)
    items = build_queue(CODEBOOK, model, reference, run_id="run", gold_id="gold", seed=1)
    assert {item.probability for item in items} == {0.1}


def test_a_cell_is_drawn_whatever_else_is_in_the_run() -> None:
    model, reference = cells(200)
    whole = {item.version_id for item in queue(model, reference, audit_rate=0.3)}
    part = {item.version_id for item in queue(model[:50], reference[:50], audit_rate=0.3)}
    assert part == whole & {one.version_id for one in model[:50]}


def test_another_seed_draws_other_cells() -> None:
    model, reference = cells(200)
    assert queue(model, reference, audit_rate=0.3, seed=1) != ()
    first, second = ({item.version_id for item in queue(model, reference, audit_rate=0.3, seed=s)} for s in (1, 2))
    assert first != second


def test_a_draw_is_fixed_across_processes_and_platforms() -> None:
    # sha256(b"7\x1fv\x1fd"), its first 53 bits over 2**53, worked out with hashlib and integer arithmetic.
    import hashlib

    first = int(hashlib.sha256(b"7\x1fv\x1fd").hexdigest()[:16], 16)
    assert draw(7, ("v", "d")) == pytest.approx(first / 2**64, abs=2**-52)
    assert 0 <= draw(7, ("v", "d")) < 1


def test_queueing_again_adds_nothing() -> None:
    model, reference = cells(100)
    model[3] = said("hybrid", version="v3")
    once = queue(model, reference, audit_rate=0.2)
    assert len(once) > 1
    assert queue(model, reference, audit_rate=0.2, already=once) == ()


def test_what_another_run_queued_does_not_keep_this_one_out() -> None:
    (item,) = queue([said("hybrid")], [gold("online")])
    other = item.model_copy(update={"run_id": "another"})
    assert len(queue([said("hybrid")], [gold("online")], already=(other,))) == 1


def test_items_stand_by_document_and_then_in_the_codebooks_order() -> None:
    found = queue(
        [said("hybrid", version="v2"), said("short", dimension="duration"), said("hybrid")],
        [gold("online", version="v2"), gold("long", dimension="duration"), gold("online")],
    )
    assert [(item.version_id, item.dimension_id) for item in found] == [
        ("v1", "mode"), ("v1", "duration"), ("v2", "mode"),
    ]  # fmt: skip


def test_the_first_replicate_speaks_for_the_model() -> None:
    found = queue([said("hybrid", replicate=1), said("online", replicate=0)], [gold("online")])
    assert found == ()


def test_an_audit_rate_that_is_no_probability_is_refused() -> None:
    with pytest.raises(InputError, match=r"audit rate 1\.5"):
        queue([said("online")], audit_rate=1.5)


RULE = Standing(0.8, "route, method ltt, target 0.95, delta 0.1")


def test_codes_that_the_thresholds_do_not_accept_are_queued_with_the_rule() -> None:
    (item,) = queue([sure(("online", 0.61))], standing={"mode": RULE})
    assert (item.reason, item.probability) == ("not_accepted", 1.0)
    assert item.detail == f"model: Online; confidence 0.61, 0.8 needed ({RULE.by})"
    assert queue([sure(("online", 0.8))], standing={"mode": RULE}) == ()
    assert queue([sure(("online", 0.61))], standing={"topic": RULE}) == ()  # another dimension's


def test_without_a_threshold_or_a_confidence_no_code_stands() -> None:
    (item,) = queue([sure(("online", 0.99))], standing={"mode": Standing(None, "route")})
    assert item.detail == "model: Online; confidence 0.99, and no code of this dimension may stand (route)"
    (item,) = queue([sure(("online", None))], standing={"mode": RULE})
    assert "no confidence, 0.8 needed" in item.detail
    # a set of labels stands as a whole, and `absent` names no code
    labels = said("basics", "ethics", dimension="topic").model_copy(
        update={"assignments": (Assignment(category="basics", confidence=0.9), Assignment(category="ethics"))}
    )
    absent = said(dimension="topic", version="v2")
    assert [item.reason for item in queue([labels, absent], standing={"topic": RULE})] == ["not_accepted"] * 2


def test_accepted_codes_keep_a_random_audit_that_says_by_which_rule_they_stood() -> None:
    (item,) = queue([sure(("online", 0.9))], standing={"mode": RULE}, audit_rate=1.0)
    assert item.reason == "audit"
    assert item.detail == f"model: Online; confidence 0.9, 0.8 reached ({RULE.by})"


def test_what_a_person_has_coded_is_not_routed() -> None:
    assert queue([sure(("online", 0.1))], [gold("online")], standing={"mode": RULE}) == ()
    (item,) = queue([sure(("hybrid", 0.1))], [gold("online")], standing={"mode": RULE})
    assert (item.reason, item.detail) == ("disagreement", "gold: Online; model: Hybrid")


def test_an_answer_that_does_not_apply_is_no_code_to_accept() -> None:
    assert queue([said(status=Status.NOT_APPLICABLE)], standing={"mode": RULE}) == ()


ANN, BEN = Coder(name="Ann", kind="person"), Coder(name="Ben", kind="person")
NAMES = {ANN.id: "Ann", BEN.id: "Ben"}


def people(ann: str, ben: str) -> list[Coding]:
    return [coding(ANN, "v1", "mode", ann), coding(BEN, "v1", "mode", ben)]


def test_a_cell_on_which_people_differ_is_queued_with_both_in_words_though_gold_and_model_agree() -> None:
    given = people("online", "hybrid")
    (item,) = queue([said("online")], given[:1], people=given, names=NAMES)
    assert item.reason == "between_coders"
    assert item.detail == "Ann: Online; Ben: Hybrid; gold: Online; model: Online"
    assert queue([said("online")], given[:1], people=people("online", "online")) == ()


def test_people_who_differ_are_queued_where_no_model_coded() -> None:
    (item,) = queue([], None, people=people("online", "hybrid"), run_id=None, gold_id=None, names=NAMES)
    assert (item.reason, item.run_id, item.detail) == ("between_coders", None, "Ann: Online; Ben: Hybrid")
    assert queue([said("online")], None, (item,), people=people("online", "hybrid")) == ()


def test_a_disagreement_with_gold_comes_before_one_between_people() -> None:
    given = people("online", "hybrid")
    (item,) = queue([said("hybrid")], given[:1], people=given, names=NAMES)
    assert item.reason == "disagreement"


def test_a_cell_whose_text_changed_since_people_coded_it_is_queued_with_or_without_a_models_code() -> None:
    (item,) = queue([said("online")], changed=[("v1", "mode")])
    assert (item.reason, item.detail) == (
        "changed",
        "people coded an earlier text of this document; model: Online",
    )
    (item,) = queue([], changed=[("v1", "mode")])
    assert (item.reason, item.probability) == ("changed", 1.0)


def test_what_is_one_persons_alone_keeps_nothing_out_of_the_queue() -> None:
    own = QueueItem(version_id="v1", dimension_id="mode", coder_id=ANN.id, reason="first_coding")
    assert len(queue([said(status=Status.FAILED)], None, (own,))) == 1
