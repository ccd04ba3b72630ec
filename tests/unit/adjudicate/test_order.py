"""Which items lie on a desk, and in which order."""

from __future__ import annotations

import pytest

from coder.adjudicate.order import newest_of_cells, on_desk, ordered
from coder.model import QueueItem, QueueReason

PLACE = {"mode": 0, "topic": 1}


def item(name: str, version: str, dimension: str = "mode", reason: QueueReason = "audit", **more: str) -> QueueItem:
    return QueueItem(id=name, version_id=version, dimension_id=dimension, reason=reason, **more)  # type: ignore[arg-type]


def test_by_value_the_document_with_the_most_to_gain_comes_first_and_stays_together() -> None:
    items = [item("1", "a"), item("2", "b", "topic", "failed"), item("3", "b"), item("4", "c", reason="disagreement")]
    assert ordered(items, lambda one: one.version_id, PLACE, "value", 0) == ["3", "2", "4", "1"]


def test_at_random_documents_are_mixed_the_same_way_by_the_same_seed() -> None:
    items = [item(f"{number}{name}", f"v{number}", name) for number in range(20) for name in ("topic", "mode")]
    orders = [ordered(items, lambda one: one.version_id, PLACE, "random", seed) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert [one[-4:] for one in orders[0]] == ["mode", "opic"] * 20


def test_an_item_of_one_person_is_on_no_other_desk() -> None:
    items = [item("1", "a"), item("2", "a", run_id="r", coder_id="ann"), item("3", "a", coder_id="ann")]
    assert [one.id for one in on_desk(items, "ben")] == ["1"]
    assert [one.id for one in on_desk(items, "ann")] == ["1", "2"]
    assert [one.id for one in on_desk(items, "ann", task="code")] == ["3"]


def test_with_a_run_only_what_it_queued_or_none_is_on_the_desk() -> None:
    items = [item("1", "a", run_id="r"), item("2", "b", run_id="s"), item("3", "c", reason="between_coders")]
    assert [one.id for one in on_desk(items, "ann", run_id="r")] == ["1", "3"]


@pytest.mark.parametrize("reason", ["conflict", "flagged"])
def test_a_cell_stands_once_with_its_newest_item(reason: QueueReason) -> None:
    items = [item("2", "a", reason=reason), item("1", "a"), item("3", "a", "topic")]
    assert {cell: one.id for cell, one in newest_of_cells(items).items()} == {("a", "mode"): "2", ("a", "topic"): "3"}
