"""What keeps the desk fluid: a key looks up and draws what is in sight, however long queue and document are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from coder.adjudicate import Desk
from coder.adjudicate.views import WorkItem
from coder.model import QueueItem
from coder.tui.app import DeskApp
from coder.tui.layout import broken
from coder.tui.worklist import Worklist
from tests.tui.drive import words
from tests.unit.adjudicate.scene import CODEBOOK, Memory, World, fill, pair


def long_queue(documents: int) -> World:
    world = fill(Memory())
    assert isinstance(world.store, Memory)
    pairs = [pair(f"Program {number:04}", "It is online.") for number in range(documents)]
    world.store.add_documents(pairs)
    world.store.add_queue_items(
        [
            QueueItem(version_id=version.id, dimension_id=dimension.id, reason="audit")
            for _, version in pairs
            for dimension in CODEBOOK.dimensions
        ]
    )
    return world


async def test_a_key_looks_up_no_more_items_than_the_screen_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []
    work_item = Desk.work_item

    def counted(desk: Desk, item_id: str) -> WorkItem:
        looked_up.append(item_id)
        return work_item(desk, item_id)

    app = DeskApp(long_queue(500).desk())
    async with app.run_test(size=(140, 40)) as pilot:
        monkeypatch.setattr(Desk, "work_item", counted)
        for key in ("2", "a", "a", "j", "space", "u"):
            looked_up.clear()
            await pilot.press(key)
            # 40 rows of the screen, each looked at twice at most: when it is compared and when it is drawn.
            assert len(looked_up) <= 80, key


async def test_the_item_at_work_is_in_sight_and_marked_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    world = long_queue(500)
    desk = world.desk()
    app = DeskApp(desk)
    async with app.run_test(size=(140, 40)) as pilot:
        app.screen.open_item(desk.order[1234])  # type: ignore[attr-defined]
        await pilot.pause()
        name = desk.document(desk.order[1234]).name
        assert [row for row in words(app).splitlines() if "▸○" in row] != []
        assert name in words(app)
        worklist = app.screen.query_one(Worklist)
        # Four items and a line for the name of each document.
        assert worklist.virtual_size.height == 502 * 5


async def test_left_and_done_follow_each_act_without_a_walk_over_the_queue() -> None:
    world = long_queue(3)
    desk = world.desk()
    app = DeskApp(desk)
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press("2", "a", "a", "x", "a", "a", "u")
        assert "1 of 20 done · 19 left" in words(app)
        assert desk.progress() == world.desk().progress()


LETTERS = st.text(st.sampled_from("ab  -.é漢\u0301س🙂"), max_size=80)


@given(LETTERS, st.integers(2, 12))
def test_broken_lines_fit_and_lose_nothing_but_spaces(text: str, width: int) -> None:
    lines = [text[start:end] for start, end in broken(text, width)]
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(line.rstrip(" ")) <= width for line in lines)
    begun = [text[start - 1 : start + 1] for start, _ in broken(text, width) if start]
    assert not any(two.endswith("\u0301") and two[0] != " " for two in begun)
