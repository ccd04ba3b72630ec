"""The desk at three sizes, without colour, and with documents that attack the terminal."""

from __future__ import annotations

import re
import unicodedata

import pytest

from coder.model import Span
from coder.tui.app import DeskApp
from coder.tui.document import DocumentView
from coder.tui.layout import rows_of
from tests.tui.drive import picture, words
from tests.unit.adjudicate.scene import Memory, Said, World, cut, fill, pair

PANES = ("items", "document-pane", "answer-pane")


def visible_panes(app: DeskApp) -> list[str]:
    shown = [app.screen.query_one(f"#{pane}") for pane in PANES]
    return [str(pane.id) for pane in shown if pane.display and pane.size.width > 0 and pane.size.height > 0]


@pytest.mark.parametrize(
    ("size", "panes"),
    [
        ((140, 40), ["items", "document-pane", "answer-pane"]),
        ((120, 30), ["items", "document-pane", "answer-pane"]),
        ((119, 30), ["document-pane", "answer-pane"]),
        ((100, 30), ["document-pane", "answer-pane"]),
        ((80, 24), ["document-pane", "answer-pane"]),
        ((79, 24), ["document-pane"]),
        ((60, 24), ["document-pane"]),
    ],
)
async def test_the_width_decides_how_many_panes_there_are(
    world: World, size: tuple[int, int], panes: list[str]
) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert visible_panes(app) == panes
        assert "0 of 8 done · 8 left" in words(app)
        assert "People come to a place." in words(app)
        assert ("F2 Items" in words(app)) is (size[0] < 120)


async def test_every_pane_can_be_brought_to_the_front_of_a_narrow_screen(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=(60, 24)) as pilot:
        seen = []
        for key in ("f2", "f3", "f4", "tab"):
            await pilot.press(key)
            seen.append(visible_panes(app))
        assert seen == [["items"], ["document-pane"], ["answer-pane"], ["items"]]
        await pilot.press("1", "a")
        assert visible_panes(app) == ["answer-pane"]
        assert "Queued for" in words(app)


async def test_two_panes_exchange_document_and_items(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("f2")
        assert visible_panes(app) == ["items", "answer-pane"]


async def test_resizing_rearranges_at_once_and_keeps_the_marks(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press("3")
        for size, count in (((60, 24), 1), ((100, 30), 2), ((140, 40), 3)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert len(visible_panes(app)) == count
            assert "Marked, not saved: Hybrid" in words(app)


async def test_evidence_is_marked_by_sign_word_and_colour_once_revealed(world: World) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=(140, 40)) as pilot:
        before = words(app)
        await pilot.press("2", "a")
        shown = words(app)
    assert "»◆" not in before
    assert "»◆ 2 • The course is held online." in shown
    assert "» model · ◆ gold   Program A" in shown


def colours(svg: str) -> set[str]:
    """Every colour in a picture of the screen."""
    return {one.lower() for one in re.findall(r"#[0-9a-fA-F]{6}", svg)}


def grey(colour: str) -> bool:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return max(red, green, blue) - min(red, green, blue) <= 2


# What Rich draws around every picture: three window buttons, and the colour of its title.
FRAME = {"#ff5f57", "#febc2e", "#28c840", "#c5c8c6"}


@pytest.mark.parametrize("theme", ["ansi-dark", "textual-dark"])
async def test_without_colour_everything_is_legible_and_grey(
    world: World, monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = DeskApp(world.desk())
    if theme in app.available_themes:
        app.theme = theme
    async with app.run_test(size=(140, 40)) as pilot:
        assert not app.current_theme.ansi
        assert not any(one.ansi for one in app.available_themes.values())
        await pilot.press("2", "a")
        shown = words(app)
        assert [one for one in colours(picture(app)) - FRAME if not grey(one)] == []
    for word in ("» some-model", "◆ gold", "● you", "◐", "answered", "○", "to do", "Queued for"):
        assert word in shown, word


async def test_a_terminal_theme_asked_for_by_environment_gives_way_to_no_color(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("textual.app.App.theme._default", "ansi-dark")
    app = DeskApp(world.desk())
    async with app.run_test(size=(100, 30)):
        assert app.theme == "textual-dark"


@pytest.mark.parametrize("theme", ["textual-light", "textual-dark", "ansi-dark"])
async def test_themes_light_and_dark_show_the_same_words(world: World, theme: str) -> None:
    app = DeskApp(world.desk())
    async with app.run_test(size=(140, 40)) as pilot:
        app.theme = theme
        await pilot.pause()
        assert "The course is held online." in words(app)


HOSTILE = (
    "[red]markup[/red] [@click=quit()]click[/] [/]\n"
    "\x1b[2J\x1b]0;owned\x07escape \x9b31m \x00nul \x08 \x7f\n"
    "\u202eright to left\u202c zero\u200bwidth\n"
    "日本語の文書 " + "长" * 80 + "\n" + "x" * 5000
)


async def test_a_hostile_document_shows_as_text() -> None:
    world = fill(Memory(), text=HOSTILE, name="[bold]A[/bold]\x1b[31m")
    app = DeskApp(world.desk())
    async with app.run_test(size=(100, 60)) as pilot:
        shown = words(app)
        assert "[red]markup[/red] [@click=quit()]click[/] [/]" in shown
        assert "␛[2J␛]0;owned␇escape \ufffd31m ␀nul ␈ ␡" in shown
        assert "[bold]A[/bold]␛[31m" in shown
        assert "日本語の文書" in shown
        controls = {letter for letter in shown if unicodedata.category(letter) == "Cc"} - {"\n"}
        assert controls == set()
        assert "\u202e" not in shown
        await pilot.press("f2", "2", "a", "slash", *"[red]", "enter", "escape", "pagedown")
        assert "[bold]A[/bold]" in words(app)


async def test_hostile_words_of_the_model_show_as_text() -> None:
    said = Said(model="[blink]x[/]", detail="\x1b[2J[link=file:///]d[/link]", model_name="[m]\x1b", because="[/] \x07")
    app = DeskApp(fill(Memory(), said).desk())
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.press("2", "a")
        shown = words(app)
    assert "␛[2J[link=file:///]d[/link]" in shown
    assert "[m]␛ (model): [blink]x[/]" in shown


async def test_a_long_document_is_drawn_in_lines_and_scrolls() -> None:
    text = "\n".join(f"Sentence number {number} of a long text." for number in range(3000))
    app = DeskApp(fill(Memory(), text=text).desk())
    async with app.run_test(size=(100, 30)) as pilot:
        assert "Sentence number 0 of" in words(app)
        await pilot.press("pagedown")
        assert "Sentence number 0 of" not in words(app)
        await pilot.press("slash", *"number 2999", "enter")
        assert "Sentence number 2999 of" in words(app)
        assert app.screen.query_one(DocumentView).virtual_size.height >= 3000


# How a document is laid out


def test_rows_lose_nothing_but_white_space() -> None:
    text = "Head\n=====\n\n• one. two.\nlast | cell"
    version = pair("x", text)[1]
    segments = [one for one in cut(version) if one.text not in ("=====",)]
    rows = rows_of(text, segments, {"site": "a"})
    assert [(row.number, row.text) for row in rows] == [
        (None, "site: a"),
        (1, "Head"),
        (None, "====="),
        (3, "• one."),
        (4, "two."),
        (5, "last | cell"),
    ]
    assert [row.apart for row in rows] == [False, True, False, True, False, False]


def test_evidence_finds_its_place_behind_a_bullet() -> None:
    text = "A\n• one two"
    row = rows_of(text, cut(pair("x", text)[1]), {})[1]
    # "two" stands at 8 to 11 of the text and, behind "• " and "one ", at 6 to 9 of the row.
    assert text[8:11] == "two"
    assert row.within(Span(start=8, end=11)) == Span(start=6, end=9)
    assert row.text[6:9] == "two"
    assert row.within(Span(start=0, end=1)) is None
    assert row.within(Span(start=0, end=11)) == Span(start=2, end=9)
