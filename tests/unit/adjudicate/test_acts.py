"""Accepting what is identical, the history of an item, how like ones were decided, several people, a session's sum."""

from __future__ import annotations

import pytest

from coder.adjudicate.choices import CANNOT_TELL, Marks
from coder.adjudicate.history import entry_words
from coder.adjudicate.similar import nearest
from coder.adjudicate.summary import blind_answers, codebook_memos, self_agreement, work_done
from coder.adjudicate.views import RevealedView
from coder.errors import InputError
from coder.model import Coding, QueueItem, Status
from tests.unit.adjudicate.scene import Memory, Said, World, fill

ONLINE, OFFLINE, HYBRID = (Marks(Status.CODED, (code,)) for code in ("online", "offline", "hybrid"))


@pytest.fixture
def world() -> World:
    return fill(Memory())


def alike() -> World:
    """Model and gold say the same of every cell."""
    return fill(Memory(), Said(model="online", gold="online", reason="audit"))


def codings(world: World) -> dict[str, Coding]:
    assert isinstance(world.store, Memory)
    return {one.id: one for one in world.store.added}


# Accepting what is identical


def test_identical_answers_are_made_final_in_one_act_that_one_undo_takes_back_and_one_redo_brings() -> None:
    world = alike()
    desk = world.desk()
    for document in (0, 1):
        desk.answer(world.item("mode", document), ONLINE)
    assert set(desk.identical()) == {world.item("mode"), world.item("mode", 1)}
    assert desk.accept_identical() == 2
    assert desk.progress().done == 2
    assert world.desk().undo() is not None
    assert world.desk().progress().done == 0
    assert len(blind_answers(world.items, world.store.decisions(), codings(world), world.ann.id)) == 2
    assert world.desk().redo() is not None
    assert world.desk().progress().done == 2
    assert world.desk().redo() is None


def test_nothing_is_accepted_in_blind_work() -> None:
    world = alike()
    desk = world.desk(reveal="document")
    desk.answer(world.item("mode"), ONLINE)
    assert desk.accept_identical() == 0
    assert [action for action, _, _ in world.saved()] == ["answer"]


def test_an_answer_that_differs_from_gold_or_model_is_left_to_decide(world: World) -> None:
    desk = world.desk()
    desk.answer(world.item("mode"), ONLINE)  # as gold, not as the model
    assert desk.accept_identical() == 0


def test_an_answer_given_after_the_codes_were_seen_is_not_accepted_in_bulk() -> None:
    world = alike()
    desk = world.desk()
    desk.answer(world.item("mode"), OFFLINE)
    desk.undo()
    desk.answer(world.item("mode"), ONLINE)
    assert desk.accept_identical() == 0


# History


def test_the_history_says_who_did_what_when_and_what_was_visible(world: World) -> None:
    ann, ben, item = world.desk(), world.desk(world.ben), world.item("mode")
    ann.answer(item, OFFLINE, seconds=12)
    ann.take_model(item)
    ann.undo()
    ann.leave()
    ben.memo(item, "two places")
    entries = world.desk().history(item)
    assert [(one.who, one.action, one.what, one.visible, one.stands) for one in entries] == [
        ("Ann", "answer", "Offline", "blind", True),
        ("Ann", "reveal", "", "revealed", True),
        ("Ann", "settle", "Hybrid", "revealed", False),
        ("Ann", "undo", "", "revealed", True),
        ("Ben", "memo", "", "blind", True),
    ]
    assert entry_words(entries[0]).endswith("Ann  answer: Offline, blind, 12 s")
    assert entry_words(entries[2]).endswith("undone")


def test_before_the_reveal_the_history_holds_the_own_acts_alone(world: World) -> None:
    ben, item = world.desk(world.ben), world.item("mode")
    ben.answer(item, HYBRID)
    ben.keep(item)
    ben.leave()
    world.desk().memo(item, "mine")
    assert [(one.who, one.action) for one in world.desk().history(item)] == [("Ann", "memo")]


# How was this decided before?


def test_similar_items_are_the_settled_ones_of_the_same_dimension_and_wait_for_the_reveal(world: World) -> None:
    desk = world.desk()
    desk.answer(world.item("mode", 1), HYBRID)
    desk.keep(world.item("mode", 1))
    with pytest.raises(InputError, match="no answer of yours yet"):
        desk.similar(world.item("mode"))
    desk.answer(world.item("mode"), ONLINE)
    (one,) = desk.similar(world.item("mode"))
    assert (one.item_id, one.document, one.settled.codes) == (world.item("mode", 1), "Program B", ("hybrid",))
    assert 0 < one.likeness < 1
    desk.answer(world.item("topic"), CANNOT_TELL)
    assert desk.similar(world.item("topic")) == ()


def test_the_nearest_text_comes_first_and_one_without_a_common_letter_not_at_all() -> None:
    texts = ["a course on line for radiologists", "quite something else", "an online course for radiologists", "∅"]
    found = nearest("online course for radiologists", texts, 4)
    assert [place for place, _ in found][:2] == [2, 0]
    assert 3 not in [place for place, _ in found]
    assert nearest("", texts, 3) == nearest("text", [], 3) == []


def test_scripts_without_spaces_are_compared_by_character() -> None:
    found = nearest("放射線科医のための講座", ["別の話", "放射線科の講座"], 2)
    assert found[0][0] == 1


# Undo keeps to the desk


def test_undo_does_not_reach_into_another_task(world: World) -> None:
    assert isinstance(world.store, Memory)
    own = QueueItem(
        version_id=world.items[0].version_id, dimension_id="mode", coder_id=world.ann.id, reason="first_coding"
    )
    world.store.add_queue_items([own])
    world.desk(task="code").answer(own.id, ONLINE)
    assert world.desk().undo() is None
    undone = world.desk(task="code").undo()
    assert undone is not None
    assert undone.item_id == own.id


# Several people at once


def test_next_open_gives_each_person_another_document(world: World) -> None:
    ann, ben = world.desk(), world.desk(world.ben)
    one, other = ann.next_open(), ben.next_open()
    assert (one, other) == (world.item("mode"), world.item("mode", 1))
    assert world.desk(world.ben).worklist()[0].taken_by == "Ann"
    assert world.desk().worklist()[0].taken_by == ""


def test_what_another_person_works_on_cannot_be_answered_until_it_is_given_back(world: World) -> None:
    ann, ben = world.desk(), world.desk(world.ben)
    ann.next_open()
    with pytest.raises(InputError, match="Ann works on this document now"):
        ben.answer(world.item("mode"), ONLINE)
    assert world.saved() == []
    ann.leave()
    ben.answer(world.item("mode"), ONLINE)
    assert world.saved() == [("answer", ("online",), "blind")]


def test_a_desk_learns_what_another_settled_meanwhile_when_it_comes_to_the_document(world: World) -> None:
    ann, ben = world.desk(), world.desk(world.ben)
    for item in world.items[:4]:
        ben.answer(item.id, CANNOT_TELL)
        ben.keep(item.id)
    ben.leave()
    assert ann.next_open() == world.items[4].id  # although this desk was opened before
    assert ann.progress().done == 4


def test_where_others_have_all_that_is_left_nothing_is_offered(world: World) -> None:
    assert isinstance(world.store, Memory)
    world.store.held = dict.fromkeys((item.id for item in world.items), world.ben.id)
    assert world.desk().next_open() is None


# The sum of a session


def test_the_sum_counts_what_stands(world: World) -> None:
    desk = world.desk()
    desk.answer(world.item("mode"), ONLINE, seconds=10)
    desk.keep(world.item("mode"), seconds=2)
    desk.answer(world.item("topic"), CANNOT_TELL, seconds=3)
    desk.take_model(world.item("mode"))
    desk.undo()
    desk.skip(world.item("city"))
    desk.flag(world.item("city"))
    found = work_done(world.items, world.store.decisions(), codings(world), world.ann.id)
    assert (found.answered, dict(found.settled), found.kept) == (2, {"mode": 1}, 1)
    assert (found.skipped, found.flagged, found.seconds) == (1, 1, 15)


def test_agreement_with_oneself_compares_a_repeat_with_the_first_answer(world: World) -> None:
    desk = world.desk()
    for document, marks in ((0, ONLINE), (1, CANNOT_TELL)):
        desk.answer(world.item("mode", document), marks)
        desk.keep(world.item("mode", document))
    again = [
        QueueItem(
            version_id=one.version_id, dimension_id="mode", run_id=one.run_id, coder_id=world.ann.id, reason="repeat"
        )
        for one in (world.items[0], world.items[4])
    ]
    world.store.add_queue_items(again)
    desk = world.desk()
    desk.answer(again[0].id, ONLINE)
    desk.answer(again[1].id, ONLINE)
    (found,) = self_agreement(world.store.queue_items(), world.store.decisions(), codings(world), world.ann.id)
    # "Cannot tell" is out of agreement.
    assert (found.dimension, found.n, found.same) == ("mode", 1, 1)


def test_memos_for_the_codebook_are_those_that_say_so(world: World) -> None:
    desk = world.desk()
    desk.memo(world.item("mode"), "Codebook: hybrid needs an example")
    desk.memo(world.item("topic"), "odd text")
    desk.memo(world.item("city"), "codebook: undone")
    desk.undo()
    assert [act.memo for act in codebook_memos(world.store.decisions())] == ["Codebook: hybrid needs an example"]


def test_people_who_differed_are_shown_by_name_after_the_reveal(world: World) -> None:
    assert isinstance(world.store, Memory)
    from tests.unit.adjudicate.scene import coding

    version = world.items[0].version_id
    world.store.add_codings(
        [coding(world.ann, version, "mode", "online"), coding(world.ben, version, "mode", "hybrid")]
    )
    item = QueueItem(version_id=version, dimension_id="mode", reason="between_coders")
    world.store.add_queue_items([item])
    desk = world.desk()
    desk.answer(item.id, OFFLINE)
    view = desk.view(item.id)
    assert isinstance(view, RevealedView)
    assert [(one.coder.name, one.coding.codes) for one in view.gold] == [("Ann", ("online",)), ("Ben", ("hybrid",))]
