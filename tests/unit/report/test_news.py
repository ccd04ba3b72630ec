"""The page of an update says what came, moved and went, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from coder.report.figures import NONE
from coder.report.html.news import Arrival, Asked, Audit, CodeMove, DriftTest, News, VerdictMove, summary
from coder.report.html.news_page import EXPLAINED, build_news
from coder.report.html.page import page
from coder.report.remerged import CodedBy, Merging, Parting

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
        read=(Arrival("f", "F", "feed", "", "included", {}),),
        late=(Arrival("g", "G", "feed", "", "included", {"price": "Paid"}),),
        screened=(VerdictMove("b", "included", "excluded: about", "model", True, ("AI",), ("cooking",)),),
        merged=(Merging("7", "i", "b", "ann (person)", (CodedBy("ben (person)", 2, 1),), ("i i", "b")),),
        parted=(Parting("8", "j", (CodedBy("model", 1),)),),
        back=(("h", "main text"),),
        audits=(Audit("update-1", ("a",), 2),),
        drift=(DriftTest("price: codes", 0.25, 0.5, "permutation", (8, 2), "paid: 20% -> 45%"),),
        looks=3,
        counts=(("records identified", 3, 4),),
    )
    made = build_news(found)
    assert [table.id for table in made.tables] == [
        "arrived", "read", "late", "arrived-codes", "changed", "moved", "shifted", "screened", "merged",
        "parted", "vanished", "back", "unread", "drift", "flow",
    ]  # fmt: skip
    tables = {table.id: table for table in made.tables}
    assert tables["arrived-codes"].shown == [["a", "Free"], ["g", "Paid"]]
    assert tables["screened"].shown == [["b", "included", "excluded: about", "model", "AI", "cooking"]]
    assert tables["merged"].shown == [
        [
            "i", "b", "ann (person)", "2 codings and 1 answer to a criterion by ben (person)",
            "intercoder dedupe --undo --pair 'i i' b",
        ]
    ]  # fmt: skip
    assert tables["parted"].shown == [["j", "1 coding by model"]]
    assert tables["drift"].shown[0][:3] == ["price: codes", "8", "2"]
    assert "3 updates have tested so far" in tables["drift"].notes[1]
    assert "14%" in tables["drift"].notes[1]  # 1 - .95^3
    assert tables["moved"].shown == [["b", "Price", "Free", "ann", "Paid", "free", "250 euros"]]
    assert summary(found).startswith(
        "1 new document, 1 document that can now be read, 1 changed text, 1 document coded that was told before, "
        "2 codes that moved, 1 screening verdict that moved, 1 document merged into another, "
        "1 document that is merged away no longer, 1 page that is gone"
    )


def test_a_query_that_failed_has_no_number_of_results() -> None:
    told = news(
        asked=(
            Asked("PubMed", "ai", 3, 1),
            Asked("PubMed", "xr", 0, 0, "found nothing"),
            Asked("PubMed", "vr", 0, 0, "failed: 503", failed=True),
        )
    )
    (table,) = build_news(told).tables
    assert table.shown == [
        ["PubMed", "ai", "3", "1", ""],
        ["PubMed", "xr", "0", "0", "found nothing"],
        ["PubMed", "vr", NONE, NONE, "failed: 503"],
    ]


def test_what_there_is_none_of_is_not_counted_out() -> None:
    assert summary(news(vanished=(("d", "410"), ("e", "410")))) == "2 pages that are gone."


def test_an_update_that_could_not_do_everything_does_not_say_that_nothing_is_new() -> None:
    found = news(problems=("search: the site is busy",))
    assert summary(found).startswith("Nothing new was found, but not everything could be done")
    assert [section.id for section in build_news(found).sections] == ["incomplete", "asked"]


def test_a_code_that_no_changed_word_explains_says_so() -> None:
    (row,) = build_news(news(moved=(CodeMove("b", "price", "Free", "model", "Paid"),))).tables[0].shown
    assert row[-1] == EXPLAINED


def test_what_the_web_says_is_text_in_the_page() -> None:
    found = news(
        arrived=(Arrival(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, {"price": HOSTILE}),),
        unread=((HOSTILE, HOSTILE),),
        merged=(Merging("1", HOSTILE, HOSTILE, HOSTILE, (CodedBy(HOSTILE, 1),), (HOSTILE, HOSTILE)),),
        parted=(Parting("2", HOSTILE, ()),),
    )
    assert "<script>" not in page(build_news(found))
