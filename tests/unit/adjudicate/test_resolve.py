"""Which code stands for a cell, and where it comes from."""

from __future__ import annotations

from coder.adjudicate.resolve import ResolvedCell, resolve
from coder.model import Coder, Coding, Decision, QueueItem, Status
from tests.unit.adjudicate.scene import coding

MODEL, ANN, BEN = Coder(name="m", kind="model"), Coder(name="Ann", kind="person"), Coder(name="Ben", kind="person")
BOTH = Coder(name="Ann and Ben", kind="consensus")
KINDS = {coder.id: coder.kind for coder in (MODEL, ANN, BEN, BOTH)}
ITEM = QueueItem(version_id="v", dimension_id="mode", run_id="run", reason="disagreement")
CELL = ("v", "mode")


def by(coder: Coder, *codes: str, **fields: object) -> Coding:
    return coding(coder, "v", "mode", *codes, **fields)


def settle(coder: Coder, coding: Coding) -> Decision:
    return Decision(item_id=ITEM.id, coder_id=coder.id, action="settle", coding_id=coding.id)


def resolved(
    *others: Coding,
    model: Coding | None = None,
    items: tuple[QueueItem, ...] = (),
    decisions: tuple[Decision, ...] = (),
) -> ResolvedCell:
    decided = {one.id: one for one in others}
    cells = resolve([model] if model else [], others, items, decisions, decided, kinds=KINDS)
    assert list(cells) == [CELL]
    return cells[CELL]


def test_a_settled_decision_comes_before_consensus_and_model() -> None:
    final = by(ANN, "hybrid")
    cell = resolved(
        final, by(BOTH, "offline"), model=by(MODEL, "online"), items=(ITEM,), decisions=(settle(ANN, final),)
    )
    assert cell == ResolvedCell(final, "settled")


def test_consensus_comes_before_the_model() -> None:
    agreed = by(BOTH, "offline")
    assert resolved(agreed, model=by(MODEL, "online")) == ResolvedCell(agreed, "consensus")


def test_a_models_code_that_nothing_queues_is_accepted() -> None:
    code = by(MODEL, "online", run_id="run")
    assert resolved(model=code) == ResolvedCell(code, "model")


def test_a_models_code_that_waits_in_the_queue_is_unresolved() -> None:
    assert resolved(model=by(MODEL, "online"), items=(ITEM,)) == ResolvedCell(None, "unresolved")


def test_a_models_code_that_only_the_random_audit_drew_stands_until_it_is_settled() -> None:
    code = by(MODEL, "online")
    drawn = ITEM.model_copy(update={"reason": "audit", "probability": 0.1})
    assert resolved(model=code, items=(drawn,)) == ResolvedCell(code, "model")


def test_a_failure_is_never_a_code() -> None:
    for status in (Status.REFUSED, Status.INVALID, Status.FAILED):
        assert resolved(model=by(MODEL, status=status)).source == "unresolved"


def test_not_specified_and_does_not_apply_are_accepted_as_answers() -> None:
    for status in (Status.ABSENT, Status.NOT_APPLICABLE):
        assert resolved(model=by(MODEL, status=status)).source == "model"


def test_one_persons_code_resolves_nothing_until_it_is_settled() -> None:
    assert resolved(by(ANN, "hybrid"), items=(ITEM,)).source == "unresolved"


def test_an_undone_settlement_leaves_the_cell_waiting() -> None:
    final = by(ANN, "hybrid")
    act = settle(ANN, final)
    undo = Decision(item_id=ITEM.id, coder_id=ANN.id, action="undo", target_id=act.id)
    assert resolved(final, items=(ITEM,), decisions=(act, undo)).source == "unresolved"


def test_two_settlements_that_differ_resolve_nothing() -> None:
    one, two = by(ANN, "hybrid"), by(BEN, "online")
    decisions = (settle(ANN, one), settle(BEN, two))
    assert resolved(one, two, items=(ITEM,), decisions=decisions).source == "unresolved"


def test_one_who_could_not_tell_is_in_conflict_with_one_who_could() -> None:
    one, two = by(ANN, "hybrid"), by(BEN, status=Status.UNDECIDABLE)
    decisions = (settle(ANN, one), settle(BEN, two))
    assert resolved(one, two, items=(ITEM,), decisions=decisions).source == "unresolved"


def test_two_settlements_that_agree_stand() -> None:
    one, two = by(ANN, "hybrid"), by(BEN, "hybrid")
    decisions = (settle(ANN, one), settle(BEN, two))
    assert resolved(one, two, items=(ITEM,), decisions=decisions).source == "settled"


def test_a_persons_latest_settlement_counts() -> None:
    first, last = by(ANN, "hybrid"), by(ANN, "online")
    decisions = (settle(ANN, first), settle(ANN, last))
    assert resolved(first, last, items=(ITEM,), decisions=decisions) == ResolvedCell(last, "settled")
