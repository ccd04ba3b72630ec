"""Driving the desk in its terminal, and what is stored by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.binding import Binding
from textual.widgets import Static

from coder.errors import InputError, StoreError
from coder.model import Coding, Decision
from coder.tui.app import DeskApp, checked_keymap
from coder.tui.screen import DeskScreen
from tests.tui.drive import column, words
from tests.unit.adjudicate.scene import Memory, World, fill, real_store

WIDE = (140, 40)


async def test_a_key_marks_a_saves_and_a_keeps(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2")
        assert "Marked, not saved: Online" in words(app)
        assert world.saved() == []
        await pilot.press("a")
        assert "Your answer is saved: Online" in words(app)
        assert "Queued for: disagreement" in words(app)
        await pilot.press("a")
        assert "1 of 8 done · 7 left" in words(app)
    assert world.saved() == [("answer", ("online",), "blind"), ("settle", ("online",), "revealed")]
    answer, settle = (world.store.coding(str(act.coding_id)) for act in world.acts())
    assert settle.derived_from == answer.id
    assert (answer.coder_id, answer.version_id) == (world.ann.id, world.items[0].version_id)


@pytest.mark.parametrize(("key", "code"), [("m", "hybrid"), ("g", "online"), ("1", "offline")])
async def test_after_the_reveal_another_answer_can_be_made_final(world: World, key: str, code: str) -> None:
    async with DeskApp(world.desk()).run_test(size=WIDE) as pilot:
        await pilot.press("3", "a", key, *("a" if key == "1" else ""))
    assert world.saved() == [("answer", ("hybrid",), "blind"), ("settle", (code,), "revealed")]


async def test_several_labels_toggle_before_they_are_saved(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("j", "1", "2", "3", "2")
        assert "[x] 1 Basics" in words(app)
        assert "[ ] 2 Imaging" in words(app)
        await pilot.press("a")
    assert world.saved() == [("answer", ("basics", "ethics"), "blind")]


@pytest.mark.parametrize(("key", "status"), [("0", "absent"), ("x", "undecidable")])
async def test_none_applies_and_cannot_tell_are_saved_as_such(world: World, key: str, status: str) -> None:
    async with DeskApp(world.desk()).run_test(size=WIDE) as pilot:
        await pilot.press(key, "a")
    assert world.saved() == [("answer", (status,), "blind")]


async def test_beyond_nine_categories_the_cursor_and_enter_choose(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("j", "j", "j", *["down"] * 11, "enter", "a")
    assert world.saved() == [("answer", ("city12",), "blind")]


async def test_does_not_apply_is_offered_only_where_there_is_a_condition(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("n", "a")
        assert world.saved() == []
        await pilot.press("j", "j", "j", "n", "a")
    assert world.saved() == [("answer", ("not_applicable",), "blind")]


async def test_nothing_marked_saves_nothing(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("a")
        assert "Nothing is marked" in words(app)
    assert world.saved() == []


async def test_the_definition_under_the_cursor_is_always_in_sight(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=(60, 24)) as pilot:
        assert "People come to a place." in words(app)
        await pilot.press("down")
        assert "People attend through the net." in words(app)
        await pilot.press("f4", "3")
        assert "Part of it in a place" in words(app)
        await pilot.press("f2")
        assert "Part of it in a place" in words(app)


async def test_skip_flag_and_memo_are_stored(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("f", "c", *"odd", "enter")
        assert "flagged" in words(app)
        assert "memo: odd" in words(app)
        await pilot.press("space")
        assert "Delivery mode · skipped" in words(app)
        assert len(app.screen.choices) == 5  # type: ignore[attr-defined]  # three topics, none of them, cannot tell
    rows = world.store.decisions()
    assert [(row.action, row.memo) for row in rows] == [("flag", ""), ("memo", "odd"), ("skip", "")]


async def test_a_memo_left_with_escape_is_not_stored(world: World) -> None:
    async with DeskApp(world.desk()).run_test(size=WIDE) as pilot:
        await pilot.press("c", *"odd", "escape")
    assert world.saved() == []


async def test_undo_works_after_a_restart_and_redo_after_that(tmp_path: Path) -> None:
    with real_store(tmp_path) as store:
        world = fill(store)
        async with DeskApp(world.desk()).run_test(size=WIDE) as pilot:
            await pilot.press("2", "a", "a")
        async with DeskApp(world.desk()).run_test(size=WIDE) as pilot:
            await pilot.press("u", "u")
            assert "0 of 8 done" in words(pilot.app)  # type: ignore[arg-type]
            assert "Queued for" not in words(pilot.app)  # type: ignore[arg-type]
        async with DeskApp(world.desk()).run_test(size=WIDE) as pilot:
            await pilot.press("U", "U")
            assert "1 of 8 done" in words(pilot.app)  # type: ignore[arg-type]
        assert [row.action for row in world.acts()] == ["answer", "settle", "undo", "undo", "redo", "redo"]


async def test_the_last_item_settled_says_that_nothing_is_left(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        for _ in world.items:
            await pilot.press("x", "a", "a")
        assert "Nothing else is left" in words(app)
        assert "8 of 8 done · 0 left" in words(app)
        assert "Settled: cannot tell" in words(app)
    assert len(world.saved()) == 16


async def test_an_empty_queue_is_said() -> None:
    world = fill(Memory())
    assert isinstance(world.store, Memory)
    world.store.queue.clear()
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("1", "a", "m", "space", "f", "c", "j", "u", "enter", "down", "d")
        assert "Nothing" in words(app)
    assert world.saved() == []


async def test_what_could_not_be_saved_is_not_shown_as_saved() -> None:
    class Full(Memory):
        def add_decision(self, decision: Decision, coding: Coding | None = None) -> None:
            raise StoreError("desk.db: no space left", "free some and press the key again")

    app = DeskApp(fill(Full()).desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("2", "a")
        assert "Not saved: desk.db: no space left. free some" in words(app)
        assert "Marked, not saved: Online" in words(app)
        assert "Queued for" not in words(app)


# With the mouse


async def test_everything_a_key_does_to_an_item_a_click_does(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.click("#items", offset=(6, 3))  # border, document, first item, second item
        assert "What is taught?" in words(app)
        # The border, then the question in three lines, a blank one, and the first answer.
        await pilot.click("#answer-pane", offset=(4, 6))
        assert "[x] 2 Imaging" in words(app)
        await pilot.click("#keys", offset=(column(app, "a Save"), 0))
    assert world.saved() == [("answer", ("imaging",), "blind")]


async def test_tabs_are_clicked_to_change_the_pane(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.click("#tabs", offset=(column(app, "F4 Answer") + 1, 0))
        await pilot.pause()
        assert app.screen.query_one("#answer-pane").display
        assert "How is the program offered?" in words(app)


# Looking up


async def test_search_counts_marks_and_goes_round(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("slash", *"IT", "enter", "enter", "enter")
        # "site", "It lasts" and "It costs": three, case aside.
        assert "3 found" in words(app)
        await pilot.press("escape", "1")
        assert "Marked, not saved: Offline" in words(app)


async def test_the_keys_page_is_made_from_the_bindings(world: World) -> None:
    app = DeskApp(world.desk(), keymap={"flag": "z"})
    async with app.run_test(size=WIDE) as pilot:
        screen = app.screen
        assert isinstance(screen, DeskScreen)
        assert ("z", "Flag") in screen.keys_now()
        assert "Take gold" not in dict(screen.keys_now()).values()
        await pilot.press("question_mark")
        assert "Previous item" in words(app)
        await pilot.press("escape", "z")
    assert [action for action, _, _ in world.saved()] == ["flag"]


async def test_the_palette_lists_the_desks_acts_and_does_them(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert {"Save", "Skip", "Undo", "Quit", "Theme"} <= set(titles)
        assert "Take model's" not in titles
        await pilot.press("ctrl+p", *"skip")
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
    assert [action for action, _, _ in world.saved()] == ["skip"]


def test_a_key_of_ours_cannot_take_a_categorys_digit() -> None:
    with pytest.raises(InputError, match="key '3' for 'flag'"):
        checked_keymap({"flag": "z,3"})


async def test_q_quits(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("q")
        await pilot.pause()
    assert app.return_code == 0
    assert not app.is_running


def test_every_act_has_an_id_to_remap_it_and_no_digit_has() -> None:
    bindings = [binding for binding in DeskScreen.BINDINGS if isinstance(binding, Binding)]
    assert {binding.key for binding in bindings if binding.id is None} == {*"0123456789"}
    ids = [binding.id for binding in bindings if binding.id]
    assert len(ids) == len(set(ids))


async def test_the_question_and_its_definitions_can_be_read_whole(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press("d")
        page = "\n".join(str(one.render()) for one in app.screen.query(Static))
        assert "How is the program offered?" in page
        assert "Part of it in a place, part through the net." in page
        await pilot.press("escape")
        assert isinstance(app.screen, DeskScreen)
