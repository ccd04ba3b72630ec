"""The page of an update says what came, moved and went, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from coder.report.html.news import Arrival, Audit, CodeMove, DriftTest, News, summary
from coder.report.html.news_page import EXPLAINED, build_news
from coder.report.html.page import page

HOSTILE = "<script>alert(1)</script>"
QUIET = News("study", "2026-11-01", "2026-11-29", "intercoder 0.1.0", {"price": "Price"})


def news(**found: object) -> News:
    return replace(QUIET, **found)  # type: ignore[arg-type]


def test_a_world_that_stands_still_is_told_in_a_sentence() -> None:
    assert QUIET.nothing
    assert summary(QUIET).startswith("Nothing is new")
    assert [section.id for section in build_news(QUIET).sections] == ["asked"]


def test_each_kind_of_news_has_its_table() -> None:
    found = news(
        arrived=(Arrival("a", "A course", "feed", "https://a.example", "included", {"price": "Free"}),),
        changed=(("b", "https://b.example"),),
        moved=(CodeMove("b", "price", "Free", "ann", "Paid", ("free",), ("250 euros",)),),
        shifted=(CodeMove("c", "price", "Free", "model", "Paid"),),
        vanished=(("d", "410 Gone"),),
        unread=(("e", "robots.txt"),),
        audit=Audit("update-1", ("a",), 2),
        drift=(DriftTest("price: codes", 0.25, 0.5, "permutation"),),
        counts=(("records identified", 3, 4),),
    )
    made = build_news(found)
    assert [table.id for table in made.tables] == [
        "arrived", "arrived-codes", "changed", "moved", "shifted", "vanished", "unread", "drift", "flow",
    ]  # fmt: skip
    assert made.tables[3].shown == [["b", "Price", "Free", "ann", "Paid", "free", "250 euros"]]
    assert summary(found).startswith("1 new document, 1 changed text, 2 codes that moved")


def test_a_code_that_no_changed_word_explains_says_so() -> None:
    (row,) = build_news(news(moved=(CodeMove("b", "price", "Free", "model", "Paid"),))).tables[0].shown
    assert row[-1] == EXPLAINED


def test_what_the_web_says_is_text_in_the_page() -> None:
    found = news(
        arrived=(Arrival(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, {"price": HOSTILE}),),
        unread=((HOSTILE, HOSTILE),),
    )
    assert "<script>" not in page(build_news(found))
