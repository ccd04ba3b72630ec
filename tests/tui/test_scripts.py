"""Scripts of the world, and documents made to break a screen: everything shows as text, and no line is too long."""

from __future__ import annotations

import unicodedata

import pytest
from rich.cells import cell_len

from coder.tui.app import DeskApp
from coder.tui.document import DocumentView
from tests.tui.drive import words
from tests.unit.adjudicate.scene import Memory, fill

TEXTS = {
    "arabic": "هذه الدورة عبر الإنترنت وتستمر ساعتين فقط للجميع في كل مكان وزمان.",
    "hebrew": "הקורס מתקיים באינטרנט ונמשך שעתיים.",
    "chinese": "本课程为在线课程，时长两小时，免费提供给所有放射科医生。" * 4,
    "thai": "หลักสูตรนี้เปิดสอนทางออนไลน์เป็นเวลาสองชั่วโมง",
    "combining": "Cafe\u0301 naïve Å n\u0303 " + "e\u0301" * 90,
    "emoji": "Course 👩‍⚕️ 🩻 online ✅ " * 6,
}
ATTACKS = {
    "html": "<script>window.owned=1</script><img src=x onerror=alert(1)> &lt;b&gt;",
    "markup": "[red]x[/red] [@click=app.quit]quit[/] [link=file:///etc/passwd]y[/link]",
    "escapes": "\x1b]52;c;b3duZWQ=\x07 \x1b[2J\x1b[?1049l \x1bP$q\x1b\\ \x9b2J",
    "bidi": "\u202etxt.exe\u202c \u2066isolate\u2069",
    "controls": "a\x00b\x01c\x08d\x7fe\x85f\u2028g",
}


@pytest.mark.parametrize("size", [(140, 40), (100, 30), (60, 24)])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_every_script_shows_whole_within_its_pane(text: str, size: tuple[int, int]) -> None:
    app = DeskApp(fill(Memory(), text=text).desk())
    async with app.run_test(size=size):
        document = app.screen.query_one(DocumentView)
        drawn = [document.render_line(y) for y in range(document.size.height)]
        assert {strip.cell_length for strip in drawn} == {document.size.width}
        seen = "".join(strip.text[5:] for strip in drawn)
        assert _letters(text) in _letters(seen) or size == (60, 24)
        assert all(cell_len(line) <= size[0] for line in words(app).splitlines())


def _letters(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
async def test_an_attack_shows_as_text_and_does_nothing(text: str) -> None:
    app = DeskApp(fill(Memory(), text=text, name=text).desk())
    async with app.run_test(size=(140, 40)) as pilot:
        document = app.screen.query_one(DocumentView)
        drawn = "".join(document.render_line(y).text for y in range(document.size.height))
        assert not {unicodedata.category(one) for one in drawn} & {"Cc", "Cs"}
        assert not set("\u202e\u202c\u2066\u2069\u2028") & set(drawn)
        # Every letter that is seen in the text is seen on the screen.
        assert _letters("".join(one for one in text if one.isalpha())) in "".join(one for one in drawn if one.isalpha())
        await pilot.click("#document", offset=(8, 1))
        await pilot.click("#document", offset=(20, 1))
        assert app.is_running


async def test_one_line_of_a_million_letters_is_drawn_and_walked() -> None:
    app = DeskApp(fill(Memory(), text="x" * 1_000_000 + " needle").desk())
    async with app.run_test(size=(140, 40)) as pilot:
        document = app.screen.query_one(DocumentView)
        assert document.virtual_size.height > 1_000_000 / 140
        await pilot.press("slash", *"needle")
        await pilot.pause()
        assert "needle" in "".join(document.render_line(y).text for y in range(document.size.height))
