"""A document's questions are all answered before anything of it is shown: every path of the default flow, walked."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from copy import copy

import pytest

from coder.adjudicate import Desk, run_plain
from coder.adjudicate.choices import CANNOT_TELL, Marks
from coder.adjudicate.views import BlindView, RevealedView
from coder.errors import InputError
from coder.model import Status
from tests.unit.adjudicate.scene import Memory, Said, World, fill

LEAKY = Said(
    model="LEAK-code", gold="LEAK-gold", reason="refused", detail="LEAK-detail", model_name="LEAK-model",
    gold_name="LEAK-coder", evidence=(0, 19), because="LEAK-because",
)  # fmt: skip
ONLINE, OFFLINE = (Marks(Status.CODED, (code,)) for code in ("online", "offline"))


def narrow(*dimensions: str) -> World:
    """Program A alone, with these dimensions queued."""
    world = fill(Memory(), LEAKY)
    assert isinstance(world.store, Memory)
    world.store.queue = [item for item in world.items[:4] if item.dimension_id in dimensions]
    return world


def forked(world: World) -> World:
    """The same world, to go another way from here."""
    assert isinstance(world.store, Memory)
    store = copy(world.store)
    store.log, store.added, store.held = [*store.log], [*store.added], {**store.held}
    return World(store, world.ann, world.ben, world.model, world.items)


def acts(world: World) -> dict[str, Callable[[Desk], object]]:
    """All that a coder can do to the two items."""
    found: dict[str, Callable[[Desk], object]] = {"undo": Desk.undo, "redo": Desk.redo, "go on": Desk.next_open}
    for name in ("mode", "topic"):
        item = world.item(name)
        found |= {
            f"answer {name}": lambda desk, item=item: desk.answer(item, CANNOT_TELL),
            f"keep {name}": lambda desk, item=item: desk.keep(item),
            f"take the model's {name}": lambda desk, item=item: desk.take_model(item),
            f"skip {name}": lambda desk, item=item: desk.skip(item),
        }
    return found


def test_no_path_of_five_acts_shows_a_code_before_all_own_answers_were_saved() -> None:
    shown = 0

    def walk(world: World, path: tuple[str, ...]) -> None:
        nonlocal shown
        desk = world.desk(reveal="document")  # as after a restart at every step
        log = world.store.decisions()
        answered = {act.item_id for act in log if act.action == "answer" and act.coder_id == world.ann.id}
        views = [desk.view(item.item_id) for item in desk.worklist()]
        assert "LEAK" not in repr((desk.worklist(), desk.progress())), path
        for view in views:
            if isinstance(view, RevealedView):
                shown += 1
                assert answered == {world.item("mode"), world.item("topic")}, path
            else:
                assert "LEAK" not in repr(view), path
        if len(path) == 5:
            return
        for name, act in acts(world).items():
            after = forked(world)
            desk = after.desk(reveal="document")
            with suppress(InputError):
                act(desk)
            if after.store.decisions() != world.store.decisions():  # what changes nothing leads nowhere new
                walk(after, (*path, name))

    walk(narrow("mode", "topic"), ())
    assert shown


def test_the_last_answer_of_a_document_shows_all_of_it_and_nothing_of_another() -> None:
    world = fill(Memory())
    desk = world.desk(reveal="document")
    for name in ("mode", "topic", "duration"):
        desk.answer(world.item(name), CANNOT_TELL)
        assert isinstance(desk.view(world.item(name)), BlindView)
    desk.answer(world.item("city"), CANNOT_TELL)
    assert all(isinstance(desk.view(item.id), RevealedView) for item in world.items[:4])
    assert not any(isinstance(desk.view(item.id), RevealedView) for item in world.items[4:])
    assert {visible for _, _, visible in world.saved()} == {"blind"}


def test_a_saved_answer_is_shown_to_its_coder_and_can_be_changed_while_all_is_blind() -> None:
    world = narrow("mode", "topic")
    desk, item = world.desk(reveal="document"), world.item("mode")
    desk.answer(item, ONLINE)
    desk.answer(item, OFFLINE)
    view = world.desk(reveal="document").view(item)
    assert isinstance(view, BlindView)
    assert view.answer is not None
    assert view.answer.codes == ("offline",)
    assert not view.seen_before
    assert world.saved() == [("answer", ("online",), "blind"), ("answer", ("offline",), "blind")]


def test_nothing_is_settled_while_a_question_of_the_document_is_open() -> None:
    world = narrow("mode", "topic")
    desk = world.desk(reveal="document")
    desk.answer(world.item("mode"), ONLINE)
    with pytest.raises(InputError, match="not shown yet"):
        desk.keep(world.item("mode"))
    with pytest.raises(InputError, match="not shown yet"):
        desk.take_model(world.item("mode"))


def test_what_was_shown_stays_recorded_when_answers_are_undone() -> None:
    world = narrow("mode", "topic")
    desk = world.desk(reveal="document")
    desk.answer(world.item("mode"), ONLINE)
    desk.answer(world.item("topic"), CANNOT_TELL)
    desk.undo()
    desk.undo()
    desk = world.desk(reveal="document")
    view = desk.view(world.item("mode"))
    assert isinstance(view, BlindView)
    assert view.seen_before
    desk.answer(world.item("mode"), OFFLINE)
    assert world.saved()[-1] == ("answer", ("offline",), "revealed")


def test_an_answer_undone_before_anything_was_shown_leaves_the_next_one_blind() -> None:
    world = narrow("mode", "topic")
    desk, item = world.desk(reveal="document"), world.item("mode")
    desk.answer(item, ONLINE)
    desk.undo()
    desk.answer(item, OFFLINE)
    assert world.saved()[-1] == ("answer", ("offline",), "blind")


def test_a_cell_seen_in_another_run_is_not_shown_before_its_documents_other_questions() -> None:
    world = narrow("mode", "topic")
    assert isinstance(world.store, Memory)
    desk = world.desk(reveal="document")
    for name in ("mode", "topic"):
        desk.answer(world.item(name), CANNOT_TELL)
    again = [item.model_copy(update={"id": f"again-{item.id}", "run_id": "other"}) for item in world.store.queue]
    world.store.add_queue_items(again)
    desk = world.desk(reveal="document", run_id="other")
    desk.answer(again[0].id, ONLINE)
    assert isinstance(desk.view(again[0].id), BlindView)
    assert world.saved()[-1] == ("answer", ("online",), "revealed")


def test_where_another_person_settles_the_last_question_the_rest_is_shown_on_going_on() -> None:
    world = narrow("mode", "topic")
    ann, ben = world.desk(reveal="document"), world.desk(world.ben, reveal="item")
    ann.answer(world.item("mode"), ONLINE)
    ann.leave()
    ben.answer(world.item("topic"), CANNOT_TELL)
    ben.keep(world.item("topic"))
    ben.leave()
    ann = world.desk(reveal="document")
    assert isinstance(ann.view(world.item("mode")), BlindView)
    assert ann.next_open() == world.item("mode")
    assert isinstance(ann.view(world.item("mode")), RevealedView)


def test_line_by_line_a_document_is_answered_whole_then_settled_whole() -> None:
    world = fill(Memory(), LEAKY)
    sink = io.StringIO()
    run_plain(world.desk(reveal="document"), io.StringIO("x a\nx a\nm\ng\nx a\nk\nk\nj\nj\nt\n"), sink)
    assert "LEAK" not in sink.getvalue()
    assert [action for action, _, _ in world.saved()] == ["answer"] * 3
    run_plain(world.desk(reveal="document"), io.StringIO("x a\na\na\na\na\n"), sink)
    assert "LEAK-model (model)" in sink.getvalue()
    assert [action for action, _, _ in world.saved()] == ["answer"] * 4 + ["settle"] * 4
    assert len({act.item_id for act in world.acts()[4:]}) == 4


def test_an_open_desk_shows_all_at_once_and_is_recorded_as_such() -> None:
    world = narrow("mode", "topic")
    desk = world.desk(reveal="document", open_=True)
    assert isinstance(desk.view(world.item("mode")), RevealedView)
    desk.answer(world.item("mode"), ONLINE)
    assert world.saved() == [("answer", ("online",), "open")]
