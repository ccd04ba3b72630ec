"""The default flow on the screen: a document is answered whole, then shown whole, then settled."""

from __future__ import annotations

from coder.tui.app import DeskApp
from tests.tui.drive import words
from tests.unit.adjudicate.scene import Memory, Said, fill

LEAKY = Said(
    model="LEAK-code", gold="LEAK-gold", reason="refused", detail="LEAK-detail", model_name="LEAK-model",
    gold_name="LEAK-coder", evidence=(0, 19), because="LEAK-because",
)  # fmt: skip


async def test_nothing_is_shown_until_the_last_question_of_the_document_is_answered() -> None:
    world = fill(Memory(), LEAKY)
    app = DeskApp(world.desk(reveal="document"))
    async with app.run_test(size=(140, 40)) as pilot:
        for number in range(3):
            await pilot.press("x", "a")
            assert "LEAK" not in words(app), number
        await pilot.press("k")
        assert "Your answer is saved: cannot tell" in words(app)
        assert "LEAK" not in words(app)
        await pilot.press("j", "x", "a")
        assert "LEAK-code" in words(app)
        await pilot.press("a", "a", "a", "a")
        assert "4 of 8 done" in words(app)
        assert "LEAK" not in words(app)  # the next document is blind again
    assert [action for action, _, _ in world.saved()] == ["answer"] * 4 + ["settle"] * 4


async def test_a_first_coder_sees_nothing_but_the_document_and_own_answers() -> None:
    from coder.adjudicate.assigning import first_items
    from tests.unit.adjudicate.scene import CODEBOOK

    world = fill(Memory(), LEAKY)
    assert isinstance(world.store, Memory)
    world.store.queue = [*first_items(CODEBOOK, {world.ann.id: [world.items[0].version_id]}, ())]
    app = DeskApp(world.desk(reveal="document", task="code"))
    async with app.run_test(size=(140, 40)) as pilot:
        for _ in range(4):
            await pilot.press("x", "a")
            assert "LEAK" not in words(app)
        assert "4 of 4 done" in words(app)
