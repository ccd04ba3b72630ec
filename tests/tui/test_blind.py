"""No road through the screen shows a model's code, gold, evidence or reason before the own answer is saved."""

from __future__ import annotations

import pytest
from textual.binding import Binding
from textual.widgets import Input

from coder.tui.app import DeskApp
from coder.tui.screen import DeskScreen
from tests.tui.drive import picture, words
from tests.unit.adjudicate.scene import Memory, Said, World, fill

LEAKY = Said(
    model="LEAK-code", gold="LEAK-gold", reason="refused", detail="LEAK-detail", model_name="LEAK-model",
    gold_name="LEAK-coder", evidence=(0, 19), because="LEAK-because",
)  # fmt: skip
OTHER = Said(
    model="online", gold="offline", reason="audit", detail="", model_name="m", gold_name="g", evidence=(55, 70)
)
HELD_BACK = ("LEAK", "Queued", "refused", "audit", "»", "◆", "● you")

DIGITS = [*"0123456789"]
WALK = [
    ["m"], ["g"], ["e"], ["E"], ["w"], ["A"], ["h"], ["escape"], ["b"], ["escape"], ["p"], ["escape"], ["u"], ["U"], ["j"], ["k"], ["a"], ["f"], ["n"], ["x"],
    *([digit] for digit in DIGITS),
    ["up"], ["down"], ["enter"], ["pagedown"], ["pageup"], ["tab"], ["shift+tab"], ["f2"], ["f3"], ["f4"],
    ["c", *"note", "enter"], ["c", "escape"], ["d"], ["escape"], ["question_mark"], ["escape"],
    ["slash", *"leak"], ["enter"], ["escape"], ["slash", *"course"], ["escape"],
    ["ctrl+p", *"leak"], ["escape"], ["j"], ["space"], ["j"], ["j"], ["space"], ["u"], ["U"], ["k"], ["k"],
]  # fmt: skip
SIZES = [(140, 40), (100, 30), (60, 24)]


async def walked(world: World, size: tuple[int, int]) -> list[tuple[list[str], str, str]]:
    """What the screen holds after each step of the walk."""
    app = DeskApp(world.desk())
    seen = []
    async with app.run_test(size=size) as pilot:
        seen.append(([], words(app), picture(app)))
        for keys in WALK:
            await pilot.press(*keys)
            await app.workers.wait_for_complete()
            for field in app.screen.query(Input):
                field.cursor_blink = False
            await pilot.pause()
            seen.append((keys, words(app), picture(app)))
    return seen


@pytest.mark.parametrize("size", SIZES)
async def test_no_key_shows_what_is_held_back(size: tuple[int, int]) -> None:
    # Two worlds that differ in nothing but the others' codes, evidence and reasons: no word of theirs may appear, and
    # not a colour of the screen may differ.
    world = fill(Memory(), LEAKY)
    one, two = await walked(world, size), await walked(fill(Memory(), OTHER), size)
    for (keys, shown, first), (_, _, second) in zip(one, two, strict=True):
        assert [sign for sign in HELD_BACK if sign in shown] == [], keys
        assert first == second, keys
    done = {action for action, _, _ in world.saved()}
    assert done == {"flag", "memo", "skip", "undo", "redo"}


def test_every_key_of_the_desk_is_on_the_walk() -> None:
    bound = {binding.key for binding in DeskScreen.BINDINGS if isinstance(binding, Binding)}
    # `q` ends the walk; everything else must be on it.
    assert bound - {key for keys in WALK for key in keys} == {"q"}


async def test_the_held_back_words_do_appear_once_the_answer_is_saved() -> None:
    app = DeskApp(fill(Memory(), LEAKY).desk())
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press("1", "a")
        shown = words(app)
    for word in ("LEAK-code", "LEAK-gold", "LEAK-detail", "LEAK-model", "LEAK-coder", "LEAK-because", "»", "◆"):
        assert word in shown, word


async def test_undoing_the_answer_hides_them_again_and_says_so() -> None:
    app = DeskApp(fill(Memory(), LEAKY).desk())
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press("1", "a", "u")
        shown = words(app)
        assert not any(sign in shown for sign in HELD_BACK)
        assert "counts as not blind" in shown
        await pilot.press("j")
        assert not any(sign in words(app) for sign in HELD_BACK)
