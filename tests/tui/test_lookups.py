"""What the coder can look up, and what is done to many items at once."""

from __future__ import annotations

import pytest

from coder.errors import InputError
from coder.tui.app import DeskApp, checked_keymap
from coder.tui.document import DocumentView
from coder.tui.screen import DeskScreen
from tests.tui.drive import words
from tests.unit.adjudicate.scene import Memory, Said, World, fill

WIDE = (140, 40)


async def test_the_history_names_every_act_and_what_was_visible(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("1", "a", "h")
        shown = words(app)
        assert "Ann  answer: Offline, blind" in shown
        assert "some-model (model): Hybrid" in shown
        await pilot.press("escape")
        assert isinstance(app.screen, DeskScreen)


async def test_how_the_same_was_decided_before_is_shown_after_the_reveal_only(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("3", "a", "a")  # Program A is a hybrid one
        app.screen.open_item(world.item("mode", 1))  # type: ignore[attr-defined]
        await pilot.press("w")
        assert isinstance(app.screen, DeskScreen)
        await pilot.press("1", "a", "w")
        assert "How was this decided before?" in words(app)
        assert "alike  Program A: Hybrid" in words(app)


async def test_identical_answers_are_accepted_in_one_confirmed_act_that_one_undo_takes_back() -> None:
    # Model and gold both say absent to "topic" of Program A, and so does Ann: nothing else is identical.
    world = fill(Memory(), Said(model="online", gold="online", reason="audit", detail=""))
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("A")
        assert isinstance(app.screen, DeskScreen)  # blind work knows no such act
        await pilot.press("2", "a", "A")
        assert "Accept 1 of your answers" in words(app)
        await pilot.press("escape")
        assert [action for action, _, _ in world.saved()] == ["answer"]
        await pilot.press("A", "y")
        assert "1 settled and saved" in words(app)
        assert world.saved()[1:] == [("settle", ("online",), "revealed")]
        await pilot.press("u")
        assert "0 of 8 done" in words(app)


async def test_the_whole_codebook_and_what_is_left_can_be_read(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("b")
        assert "How is the program offered?" in words(app)
        await pilot.press("end")
        await pilot.wait_for_scheduled_animations()
        assert "City12" in words(app)
        await pilot.press("escape", "p")
        assert "2  Delivery mode" in words(app)


async def test_found_places_and_evidence_are_walked_both_ways() -> None:
    text = "\n".join(f"Line {number} of it." for number in range(300))
    app = DeskApp(fill(Memory(), text=text).desk())
    async with app.run_test(size=WIDE) as pilot:
        document = app.screen.query_one(DocumentView)
        await pilot.press("slash", *"line 1", "down", "down")
        third = document.scroll_offset.y
        await pilot.press(*["down"] * 60)
        assert document.scroll_offset.y > third
        await pilot.press(*["up"] * 60)
        # The third place again.
        assert "Line 11 of it." in words(app)
        await pilot.press("escape", "pagedown", "pagedown", "2", "a")
        await pilot.press("pagedown", "E")
        await pilot.pause()
        assert "» " in words(app)


async def test_a_remapped_key_does_its_act_and_is_the_one_that_is_named(world: World) -> None:
    app = DeskApp(world.desk(), keymap={"save": "s"})
    async with app.run_test(size=WIDE) as pilot:
        assert "mark an answer, then s saves it" in words(app)
        assert "s Save" in words(app)
        await pilot.press("2", "a")
        assert world.saved() == []
        await pilot.press("s")
        assert "settle: s keep" in words(app)
    assert world.saved() == [("answer", ("online",), "blind")]


@pytest.mark.parametrize(
    ("keymap", "said"), [({"sav": "s"}, "no act 'sav'"), ({"save": "f"}, "key 'f' is for"), ({"flag": "3"}, "digits")]
)
def test_a_keymap_that_cannot_work_is_refused_by_name(keymap: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        checked_keymap(keymap)


def test_two_acts_may_exchange_their_keys() -> None:
    assert checked_keymap({"flag": "c", "memo": "f"}) == {"flag": "c", "memo": "f"}


def test_an_unknown_theme_is_refused_with_those_there_are(world: World) -> None:
    with pytest.raises(InputError, match="no theme 'pink'") as caught:
        DeskApp(world.desk(), theme="pink")
    assert "textual-light" in caught.value.hint
