"""Whole screens, word for word, at three sizes. `UPDATE_GOLDEN=1 pytest tests/tui/test_snapshots.py` draws them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from coder.tui.app import DeskApp
from tests.tui.drive import words
from tests.unit.adjudicate.scene import Memory, fill

GOLDEN = Path(__file__).parents[1] / "golden"
SIZES = {"wide": (140, 30), "two": (100, 30), "narrow": (60, 24)}
MOMENTS: dict[str, tuple[str, ...]] = {"blind": ("2",), "revealed": ("2", "a"), "items": ("f2",)}
COLOURS = {"dark": "textual-dark", "light": "textual-light", "none": ""}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("colours", COLOURS)
async def test_the_screen_is_as_drawn_whatever_its_colours(
    moment: str, size: str, colours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if colours == "none":
        monkeypatch.setenv("NO_COLOR", "1")
    app = DeskApp(fill(Memory()).desk(), theme=COLOURS[colours])
    async with app.run_test(size=SIZES[size]) as pilot:
        await pilot.press(*MOMENTS[moment])
        await pilot.pause()
        drawn = "\n".join(line.rstrip() for line in words(app).splitlines() if line.strip() != "intercoder")
    drawn = drawn.replace("\n\n", "\n") + "\n"
    page = GOLDEN / f"desk-{size}-{moment}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        page.parent.mkdir(exist_ok=True)
        page.write_text(drawn, encoding="utf-8")
    assert drawn == page.read_text(encoding="utf-8")
