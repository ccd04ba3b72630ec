"""The main text of web pages, and when it is not believed and the whole page is read."""

from __future__ import annotations

import re
import sys

import pytest

from coder.documents.pages import read_page
from coder.documents.records import PageText

COURSE = " ".join(f"The course takes {days} days and is held in Utrecht for residents." for days in range(2, 12))
"""658 characters."""
FRAME = (
    "<html lang=en><title>A course</title><body><nav><ul><li><a href=/>Home</a><li><a href=/l>Legal</a></ul></nav>{}"
    "<footer><p>Cookies and imprint</p></footer></body></html>"
)


def read(inner: str, *, whole: bool = False) -> PageText:
    return read_page(FRAME.format(inner).encode(), "page.html", media_type="text/html", whole=whole)


def test_the_main_text_has_its_lines_items_and_cells_and_not_the_frame() -> None:
    page = read(
        f"<main><article><h1>AI</h1><p>{COURSE}</p><ul><li>one</li><li>two</li></ul>"
        "<table><tr><th>Price</th><td>EUR 5</td></tr></table></article></main>"
    )
    assert page.text == f"AI\n{COURSE}\n- one\n- two\nPrice\tEUR 5"
    assert page.variables == {"title": "A course", "language": "en"}
    told = re.fullmatch(r"main text, (\d+) of (\d+) characters, UTF-8", page.reader)
    assert told
    assert int(told[1]) == len(page.text) < int(told[2])


def test_a_main_text_that_is_a_small_part_of_the_page_is_not_believed() -> None:
    # 300 characters of article beside some 9,000 of dates and prices in boxes: less than a tenth.
    boxes = "".join(f"<p>Price {number}: EUR {number}, on {number} May</p>" for number in range(300))
    page = read(f"<article><p>{COURSE[:300]}</p></article><div class=sidebar>{boxes}</div>")
    assert page.reader == "whole page (too little main text), UTF-8"
    assert page.text.startswith("- Home\n- Legal\nThe course takes 2 days")
    assert "Price 299: EUR 299" in page.text


def test_a_short_main_text_is_believed_where_the_page_is_short_too() -> None:
    page = read("<main><p>The course takes two days.</p></main>")
    assert page.reader.startswith("main text, ")
    assert "The course takes two days." in page.text
    assert "Cookies" not in page.text


def test_a_page_that_nests_too_deep_for_the_library_is_read_whole() -> None:
    page = read_page(b"<div>" * 3000 + COURSE.encode() + b"</div>" * 3000, "deep.html", media_type="text/html")
    assert page.reader.startswith("whole page (")
    assert page.text == COURSE


def test_the_whole_page_is_read_where_that_is_wanted() -> None:
    page = read(f"<article><p>{COURSE}</p></article>", whole=True)
    assert (page.reader, page.text) == ("whole page, UTF-8", f"- Home\n- Legal\n{COURSE}\nCookies and imprint")


def test_without_the_extra_the_whole_page_is_read_and_its_name_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)  # Python's own way to have an import fail
    page = read(f"<article><p>{COURSE}</p></article>")
    assert page.reader == "whole page (main text needs the extra web-pages), UTF-8"
    assert page.text == f"- Home\n- Legal\n{COURSE}\nCookies and imprint"
