"""The desk: blind first, every act a row, undo and redo as acts."""

from __future__ import annotations

import dataclasses

import pytest

from coder.adjudicate.choices import CANNOT_TELL, DOES_NOT_APPLY, Marks, choices, mark, none_applies
from coder.adjudicate.views import BlindView, RevealedView
from coder.errors import InputError
from coder.model import Coding, Decision, QueueItem, Status
from tests.unit.adjudicate.scene import CODEBOOK, Memory, World, coding, fill

ONLINE, OFFLINE, HYBRID = (Marks(Status.CODED, (code,)) for code in ("online", "offline", "hybrid"))


@pytest.fixture
def world() -> World:
    return fill(Memory())


def test_the_worklist_keeps_a_documents_dimensions_together_in_the_codebooks_order(world: World) -> None:
    found = [(item.document, item.dimension_id) for item in world.desk().worklist()]
    dimensions = ["mode", "topic", "duration", "city"]
    assert found == [(name, one) for name in ("Program A", "Program B") for one in dimensions]


def test_a_blind_view_has_no_place_for_what_others_said(world: World) -> None:
    view = world.desk().view(world.item("mode"))
    assert type(view) is BlindView
    held_back = {"model", "gold", "reason", "detail", "probability", "settled", "settlements", "conflict"}
    assert held_back.isdisjoint(field.name for field in dataclasses.fields(view))
    assert "hybrid; model" not in repr(view)
    assert "some-model" not in repr(view)


def test_after_the_own_answer_everything_is_shown(world: World) -> None:
    desk, item = world.desk(), world.item("mode")
    desk.answer(item, OFFLINE)
    view = desk.view(item)
    assert isinstance(view, RevealedView)
    assert view.answer is not None
    assert view.model is not None
    assert (view.answer.codes, view.model.coding.codes) == (("offline",), ("hybrid",))
    assert [(gold.who, gold.coding.codes) for gold in view.gold] == [("some-gold (constructed)", ("online",))]
    assert (view.reason, view.detail) == ("disagreement", "gold: online; model: hybrid")


def test_the_model_is_shown_with_its_newest_code_of_the_first_replicate(world: World) -> None:
    """A failed call that was asked again, or a code from which the model's leaning was taken, has a newer coding."""
    cell, run = (world.items[0].version_id, "mode"), world.items[0].run_id
    newer = coding(world.model, *cell, "offline", run_id=run)
    world.store.add_codings([newer, coding(world.model, *cell, "online", run_id=run, replicate=1)])
    desk, item = world.desk(), world.item("mode")
    desk.answer(item, ONLINE)
    view = desk.view(item)
    assert isinstance(view, RevealedView)
    assert view.model is not None
    assert view.model.coding.id == newer.id


def test_answering_one_item_reveals_no_other(world: World) -> None:
    desk = world.desk()
    desk.answer(world.item("mode"), OFFLINE)
    assert isinstance(desk.view(world.item("topic")), BlindView)
    assert isinstance(desk.view(world.item("mode", 1)), BlindView)


def test_an_answer_is_one_row_with_its_coding(world: World) -> None:
    world.desk().answer(world.item("mode"), ONLINE, memo="clear", seconds=4.5)
    (row,) = world.acts()
    assert row.coding_id is not None
    assert (row.action, row.visible, row.seconds, row.coder_id) == ("answer", "blind", 4.5, world.ann.id)
    saved = world.store.coding(row.coding_id)
    assert (saved.coder_id, saved.codes, saved.memo) == (world.ann.id, ("online",), "clear")
    assert (saved.codebook_hash, saved.dimension_hash) == (CODEBOOK.hash(), CODEBOOK.dimension("mode").hash())
    assert (saved.run_id, saved.derived_from) == (None, None)


def test_a_settled_coding_descends_from_the_blind_one(world: World) -> None:
    desk, item = world.desk(), world.item("mode")
    desk.answer(item, OFFLINE)
    desk.keep(item)
    answer, settle = world.acts()
    assert answer.coding_id is not None
    assert settle.coding_id is not None
    assert (settle.action, settle.visible) == ("settle", "revealed")
    final = world.store.coding(settle.coding_id)
    assert (final.derived_from, final.codes) == (answer.coding_id, ("offline",))
    assert final.id != answer.coding_id


@pytest.mark.parametrize(("take", "code"), [("take_model", "hybrid"), ("take_gold", "online")])
def test_anothers_answer_can_be_made_final(world: World, take: str, code: str) -> None:
    desk, item = world.desk(), world.item("mode")
    desk.answer(item, OFFLINE)
    getattr(desk, take)(item)
    assert world.saved() == [("answer", ("offline",), "blind"), ("settle", (code,), "revealed")]


@pytest.mark.parametrize("act", ["take_model", "take_gold", "keep"])
def test_nothing_can_be_settled_before_the_own_answer_and_all_refusals_sound_the_same(world: World, act: str) -> None:
    with pytest.raises(InputError, match=r"^this item has no answer of yours yet$"):
        getattr(world.desk(), act)(world.item("mode"))
    with pytest.raises(InputError, match="no answer of yours"):
        world.desk().settle(world.item("mode"), ONLINE)
    assert world.saved() == []


def test_a_second_blind_answer_is_refused(world: World) -> None:
    desk, item = world.desk(), world.item("mode")
    desk.answer(item, OFFLINE)
    with pytest.raises(InputError, match="saved already"):
        desk.answer(item, ONLINE)


def test_none_applies_is_absent_where_the_dimension_has_it_and_the_empty_set_elsewhere() -> None:
    assert none_applies(CODEBOOK.dimension("mode")) == Marks(Status.ABSENT)
    assert none_applies(CODEBOOK.dimension("topic")) == Marks(Status.CODED, ())
    assert none_applies(CODEBOOK.dimension("city")) is None


def test_the_empty_set_and_cannot_tell_are_answers(world: World) -> None:
    desk = world.desk()
    desk.answer(world.item("topic"), Marks(Status.CODED))
    desk.answer(world.item("mode"), CANNOT_TELL)
    desk.answer(world.item("city"), DOES_NOT_APPLY)
    words = [codes for _, codes, _ in world.saved()]
    assert words == [("coded",), ("undecidable",), ("not_applicable",)]


@pytest.mark.parametrize(
    ("dimension", "marks", "message"),
    [
        ("mode", Marks(Status.CODED, ("nowhere",)), "no category 'nowhere'"),
        ("mode", Marks(Status.CODED, ("online", "hybrid")), "exactly one category, 2 marked"),
        ("mode", Marks(Status.CODED), "exactly one category, 0 marked"),
        ("mode", Marks(Status.REFUSED), "'refused' is no answer"),
        ("mode", Marks(Status.ABSENT, ("online",)), "'absent' is no answer"),
    ],
)
def test_marks_that_make_no_answer_are_refused_and_nothing_is_saved(
    world: World, dimension: str, marks: Marks, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        world.desk().answer(world.item(dimension), marks)
    assert world.saved() == []


def test_labels_toggle_and_single_marks_replace_each_other() -> None:
    topic, mode = CODEBOOK.dimension("topic"), CODEBOOK.dimension("mode")
    one, two, three, none, _ = choices(topic)
    marks = mark(topic, mark(topic, None, three), one)
    assert marks == Marks(Status.CODED, ("basics", "ethics"))
    assert mark(topic, mark(topic, marks, one), three) is None
    assert mark(topic, marks, none) == Marks(Status.CODED, ())
    assert mark(topic, Marks(Status.UNDECIDABLE), two) == Marks(Status.CODED, ("imaging",))
    first, second = choices(mode)[:2]
    assert mark(mode, mark(mode, None, first), second) == ONLINE


def test_choices_offer_each_kind_what_it_can_be() -> None:
    keys = {one.id: [choice.key for choice in choices(one)] for one in CODEBOOK.dimensions}
    assert keys["mode"] == ["1", "2", "3", "0", "x"]
    assert keys["duration"] == ["1", "2", "0", "x"]
    assert keys["city"] == [*map(str, range(1, 13)), "n", "x"]


def test_undo_steps_back_over_the_coders_own_acts_only(world: World) -> None:
    desk, other = world.desk(), world.desk(world.ben)
    desk.answer(world.item("mode"), ONLINE)
    other.answer(world.item("topic", 1), CANNOT_TELL)
    undone = desk.undo()
    assert undone is not None
    assert (undone.action, undone.item_id) == ("answer", world.item("mode"))
    assert desk.undo() is None
    assert isinstance(world.desk(world.ben).view(world.item("topic", 1)), RevealedView)


def test_undo_and_redo_survive_a_restart_and_are_rows_themselves(world: World) -> None:
    item = world.item("mode")
    first = world.desk()
    first.answer(item, OFFLINE)
    first.take_gold(item)
    assert world.desk().undo() is not None
    assert world.desk().undo() is not None
    assert isinstance(world.desk().view(item), BlindView)
    assert world.desk().redo() is not None
    view = world.desk().view(item)
    assert isinstance(view, RevealedView)
    assert view.settled is None
    assert world.desk().redo() is not None
    assert world.desk().redo() is None
    assert world.desk().progress().done == 1
    rows = world.acts()
    assert [row.action for row in rows] == ["answer", "settle", "undo", "undo", "redo", "redo"]
    # Last done, first undone; last undone, first redone.
    assert [row.target_id for row in rows[2:]] == [rows[1].id, rows[0].id, rows[0].id, rows[1].id]


def test_a_new_act_ends_the_chance_to_redo(world: World) -> None:
    desk = world.desk()
    desk.answer(world.item("mode"), ONLINE)
    desk.undo()
    desk.flag(world.item("topic"))
    assert desk.redo() is None


def test_an_answer_given_after_the_codes_were_seen_is_not_recorded_as_blind(world: World) -> None:
    desk, item = world.desk(), world.item("mode")
    desk.answer(item, OFFLINE)
    desk.undo()
    again = world.desk()
    view = again.view(item)
    assert isinstance(view, BlindView)
    assert view.seen_before
    again.answer(item, ONLINE)
    assert world.saved()[-1] == ("answer", ("online",), "revealed")


def test_a_cell_seen_in_another_runs_item_counts_as_seen(world: World) -> None:
    assert isinstance(world.store, Memory)
    twin = QueueItem(version_id=world.items[0].version_id, dimension_id="mode", run_id="other", reason="audit")
    world.store.add_queue_items([twin])
    desk = world.desk()
    desk.answer(world.item("mode"), OFFLINE)
    desk.answer(twin.id, OFFLINE)
    assert [visible for _, _, visible in world.saved()] == ["blind", "revealed"]


def test_skipped_items_come_when_nothing_else_is_left(world: World) -> None:
    desk, order = world.desk(), [item.item_id for item in world.desk().worklist()]
    desk.skip(order[0])
    assert desk.next_open() == order[1]
    for item in order[1:]:
        desk.answer(item, CANNOT_TELL)
        desk.keep(item)
    assert desk.next_open() == order[0]


def test_progress_counts_settled_items_and_what_is_left_by_dimension(world: World) -> None:
    desk = world.desk()
    desk.answer(world.item("mode"), ONLINE)
    assert (desk.progress().done, desk.progress().total) == (0, 8)
    desk.keep(world.item("mode"))
    assert (desk.progress().done, desk.progress().waiting) == (1, 7)
    assert dict(desk.progress().left) == {"mode": 1, "topic": 2, "duration": 2, "city": 2}


def test_flag_and_memo_are_kept(world: World) -> None:
    desk, item = world.desk(), world.item("mode")
    desk.flag(item)
    desk.memo(item, "two places named")
    view = world.desk().view(item)
    assert isinstance(view, BlindView)
    assert (view.flagged, view.memo) == (True, "two places named")
    desk.flag(item)
    assert not world.desk().worklist()[0].flagged
    desk.answer(item, ONLINE)
    assert world.store.coding(str(world.acts()[-1].coding_id)).memo == "two places named"


def test_two_people_who_settle_differently_are_both_kept_and_shown(world: World) -> None:
    ann, ben, item = world.desk(), world.desk(world.ben), world.item("mode")
    for desk, marks in ((ann, ONLINE), (ben, HYBRID)):
        desk.answer(item, marks)
        desk.keep(item)
    view = world.desk().view(item)
    assert isinstance(view, RevealedView)
    assert view.conflict
    assert [(one.coder.name, one.coding.codes) for one in view.settlements] == [
        ("Ann", ("online",)),
        ("Ben", ("hybrid",)),
    ]
    assert world.desk().progress().done == 0
    # Ben's desk read the log when he settled; Ann's sees it as soon as she acts on the item.
    ann.settle(item, HYBRID)
    assert ann.progress().done == 1


def test_another_persons_settlement_stays_hidden_from_the_blind(world: World) -> None:
    ben, item = world.desk(world.ben), world.item("mode")
    ben.answer(item, HYBRID)
    ben.keep(item)
    assert type(world.desk().view(item)) is BlindView


def test_an_open_desk_shows_all_at_once_and_says_so_in_every_row(world: World) -> None:
    desk, item = world.desk(open_=True), world.item("mode")
    assert isinstance(desk.view(item), RevealedView)
    desk.take_model(item)
    assert world.saved() == [("settle", ("hybrid",), "open")]
    again = world.desk().view(item)
    assert isinstance(again, BlindView)
    assert again.seen_before


def test_a_models_failure_cannot_be_taken(world: World) -> None:
    assert isinstance(world.store, Memory)
    failed = coding(world.model, world.items[0].version_id, "mode", status=Status.FAILED, run_id="broken")
    world.store.add_codings([failed])
    item = world.items[0].model_copy(update={"id": "x", "run_id": "broken", "gold_id": None})
    world.store.add_queue_items([item])
    desk = world.desk()
    desk.answer("x", ONLINE)
    with pytest.raises(InputError, match="model gave no usable answer"):
        desk.take_model("x")
    with pytest.raises(InputError, match="there is no gold answer"):
        desk.take_gold("x")


def test_only_a_person_sits_at_the_desk(world: World) -> None:
    with pytest.raises(InputError, match="is a model"):
        world.desk(world.model)


def test_items_of_another_codebook_are_left_out_and_counted(world: World) -> None:
    assert isinstance(world.store, Memory)
    world.store.add_queue_items([world.items[0].model_copy(update={"id": "y", "dimension_id": "gone"})])
    desk = world.desk()
    assert desk.left_out == 1
    assert desk.progress().total == 8


def test_what_the_store_could_not_keep_does_not_count_as_answered() -> None:
    class Full(Memory):
        def add_decision(self, decision: Decision, coding: Coding | None = None) -> None:
            raise InputError("no space left", "free some")

    world = fill(Full())
    desk = world.desk()
    with pytest.raises(InputError, match="no space"):
        desk.answer(world.item("mode"), ONLINE)
    assert isinstance(desk.view(world.item("mode")), BlindView)
    assert desk.undo() is None
