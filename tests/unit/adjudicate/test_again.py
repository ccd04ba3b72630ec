"""Cells that come back, and documents shared out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coder.adjudicate.again import contested, flagged_again, repeats
from coder.adjudicate.assigning import assign, first_items
from coder.adjudicate.choices import CANNOT_TELL, Marks
from coder.adjudicate.views import BlindView
from coder.errors import InputError
from coder.model import Coding, QueueItem, Status, now
from tests.unit.adjudicate.scene import CODEBOOK, Memory, World, fill

ONLINE, HYBRID = (Marks(Status.CODED, (code,)) for code in ("online", "hybrid"))


@pytest.fixture
def world() -> World:
    return fill(Memory())


def codings(world: World) -> dict[str, Coding]:
    assert isinstance(world.store, Memory)
    return {one.id: one for one in world.store.added}


def names(world: World) -> dict[str, str]:
    return {world.ann.id: "Ann", world.ben.id: "Ben"}


def flagged(world: World) -> tuple[QueueItem, ...]:
    return flagged_again(
        world.store.queue_items(), world.store.decisions(), codings(world), names(world), run_id=world.items[0].run_id
    )


def conflicts(world: World) -> tuple[QueueItem, ...]:
    return contested(CODEBOOK, world.store.queue_items(), world.store.decisions(), codings(world), names(world))


def settle(world: World, who: str, marks: Marks) -> None:
    desk = world.desk(world.ann if who == "Ann" else world.ben)
    desk.answer(world.item("mode"), marks)
    desk.keep(world.item("mode"))
    desk.leave()


def test_a_flag_on_an_item_that_waits_queues_nothing(world: World) -> None:
    world.desk().flag(world.item("mode"))
    assert flagged(world) == ()


def test_a_settled_cell_that_is_flagged_comes_back_once(world: World) -> None:
    settle(world, "Ann", ONLINE)
    desk = world.desk()
    desk.flag(world.item("mode"))
    (item,) = flagged(world)
    assert (item.reason, item.detail, item.version_id) == ("flagged", "flagged by Ann", world.items[0].version_id)
    world.store.add_queue_items([item])
    assert flagged(world) == ()


def test_a_flag_taken_away_queues_nothing(world: World) -> None:
    settle(world, "Ann", ONLINE)
    desk = world.desk()
    desk.flag(world.item("mode"))
    desk.flag(world.item("mode"))
    assert flagged(world) == ()


def test_a_flag_on_a_first_coding_queues_the_cell(world: World) -> None:
    own = first_items(CODEBOOK, {world.ann.id: [world.items[0].version_id]}, ())[0]
    assert isinstance(world.store, Memory)
    world.store.queue = [own]
    world.desk(task="code").flag(own.id)
    (item,) = flagged(world)
    assert (item.coder_id, item.dimension_id, item.run_id) == (None, "mode", world.items[0].run_id)


def test_what_two_people_settled_differently_is_queued_and_its_settlement_has_the_last_word(world: World) -> None:
    settle(world, "Ann", ONLINE)
    settle(world, "Ben", HYBRID)
    (item,) = conflicts(world)
    assert (item.reason, item.detail) == ("conflict", "Ann: Online; Ben: Hybrid")
    world.store.add_queue_items([item])
    assert conflicts(world) == ()
    desk = world.desk()
    assert item.id in [one.item_id for one in desk.worklist()]
    assert world.item("mode") not in [one.item_id for one in desk.worklist()]
    assert desk.progress().total == 8
    desk.answer(item.id, HYBRID)
    desk.keep(item.id)
    assert world.desk().progress().done == 1
    assert conflicts(world) == ()


def test_people_who_settle_alike_make_no_conflict(world: World) -> None:
    settle(world, "Ann", ONLINE)
    settle(world, "Ben", ONLINE)
    assert conflicts(world) == ()


# Silent repeats


def repeated(world: World, share: float = 1.0, hours: float = 0.0) -> tuple[QueueItem, ...]:
    before = now() + timedelta(seconds=1) - timedelta(hours=hours)
    return repeats(world.store.queue_items(), world.store.decisions(), world.ann.id, share=share, seed=1, before=before)


def test_a_share_of_what_was_settled_blind_comes_again_once_to_the_same_coder(world: World) -> None:
    settle(world, "Ann", ONLINE)
    settle(world, "Ben", ONLINE)
    (item,) = repeated(world)
    assert (item.reason, item.coder_id, item.dimension_id, item.gold_id) == ("repeat", world.ann.id, "mode", None)
    assert repeated(world, share=0.0) == ()
    world.store.add_queue_items([item])
    assert repeated(world) == ()


def test_nothing_comes_again_before_its_time_or_before_it_was_settled(world: World) -> None:
    desk = world.desk()
    desk.answer(world.item("mode"), ONLINE)
    assert repeated(world) == ()
    desk.keep(world.item("mode"))
    assert repeated(world, hours=24) == ()


def test_a_repeat_looks_like_any_fresh_item_and_never_shows_another_code(world: World) -> None:
    settle(world, "Ann", ONLINE)
    (item,) = repeated(world)
    world.store.add_queue_items([item])
    desk = world.desk()
    assert desk.worklist()[0].item_id == item.id
    assert world.item("mode") not in [one.item_id for one in desk.worklist()]
    view = desk.view(item.id)
    assert isinstance(view, BlindView)
    assert (view.seen_before, view.answer, view.state) == (False, None, "to do")
    desk.answer(item.id, HYBRID)
    assert isinstance(desk.view(item.id), BlindView)
    assert world.saved()[-1] == ("answer", ("hybrid",), "blind")
    assert desk.progress().done == 1
    assert item.id not in [one.item_id for one in world.desk(world.ben).worklist()]


# Documents shared out


def test_the_overlap_goes_to_all_and_the_rest_is_dealt_out_evenly() -> None:
    found = assign([f"v{number}" for number in range(23)], ["a", "b", "c"], 5, seed=1)
    assert sorted(len(mine) for mine in found.by_coder.values()) == [11, 11, 11]
    shared = set.intersection(*(set(mine) for mine in found.by_coder.values()))
    assert shared == set(found.overlap)
    # 5 to each of three, and 18 once: every document has its coder.
    assert set().union(*found.by_coder.values()) == {f"v{number}" for number in range(23)}


def test_the_same_seed_assigns_the_same_documents_in_whatever_order_they_come() -> None:
    versions = [f"v{number}" for number in range(30)]
    one, two, three = (
        assign(order, ["a", "b"], 10, seed) for order, seed in ((versions, 1), (versions[::-1], 1), (versions, 2))
    )
    assert one == two
    assert one != three


@pytest.mark.parametrize(("coders", "overlap"), [(["a", "a"], 0), ([], 0), (["a", "b"], 4)])
def test_what_cannot_be_shared_out_is_refused(coders: list[str], overlap: int) -> None:
    with pytest.raises(InputError):
        assign(["v1", "v2", "v3"], coders, overlap, 1)


def test_a_dimension_added_since_is_added_to_what_was_assigned() -> None:
    items = first_items(CODEBOOK, {"a": ["v1"]}, ())
    assert len(items) == 4
    assert [item.dimension_id for item in first_items(CODEBOOK, {"a": ["v1"]}, items[1:])] == ["mode"]


# First coding at the desk


def first_coding(world: World) -> None:
    assert isinstance(world.store, Memory)
    versions = [version.id for _, version in world.store.pairs]
    world.store.queue = [*first_items(CODEBOOK, {world.ann.id: versions, world.ben.id: versions[:1]}, ())]


def test_a_first_coding_is_done_with_its_answer_and_shows_nothing(world: World) -> None:
    first_coding(world)
    desk = world.desk(task="code", reveal="document")
    order = [one.item_id for one in desk.worklist()]
    assert len(order) == 8
    for item in order:
        assert desk.next_open() == item
        desk.answer(item, CANNOT_TELL)
        assert isinstance(desk.view(item), BlindView)
    assert desk.next_open() is None
    assert desk.progress().done == 8
    with pytest.raises(InputError, match="nobody else's codes are shown"):
        desk.take_model(order[0])
    assert desk.accept_identical() == 0
    assert {act.action for act in world.store.decisions()} == {"answer"}


def test_first_coders_do_not_see_each_others_items(world: World) -> None:
    first_coding(world)
    assert len(world.desk(world.ben, task="code").worklist()) == 4
    assert world.desk(world.ben).worklist() == ()


def test_a_first_coding_cannot_be_open(world: World) -> None:
    with pytest.raises(InputError, match="never open"):
        world.desk(task="code", open_=True)
