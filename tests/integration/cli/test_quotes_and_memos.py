"""Quotes per code, and what was noted, flagged and disputed per category."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from coder.codebook import load_codebook
from coder.errors import InputError
from coder.model import Assignment, Coding, Decision, Document, Gold, GoldItem, Match, Span, Status, Version
from tests.integration.cli.scene import Scene, make_scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return make_scene(tmp_path / "study", 4)


def quoted(scene: Scene, text: str, start: int, end: int, category: str = "warm", **variables: str) -> None:
    """Ada says `category` of a new document's tone, and cites text[start:end]."""
    book = load_codebook(scene.folder / "codebook.yaml")
    document = Document(name=f"{category} page", variables=dict(variables))
    version = Version(document_id=document.id, text=text, hash=text, language="en")
    with scene.store() as store:
        store.add_documents([(document, version)])
        coding = Coding(
            version_id=version.id,
            dimension_id="tone",
            coder_id=store.coder("ada", "person").id,
            status=Status.CODED,
            assignments=(Assignment(category=category, evidence=(Span(start=start, end=end),)),),
            codebook_hash=book.hash(),
            dimension_hash=book.dimension("tone").hash(),
        )
        store.add_codings([coding])
        scene.gold_set(store, f"ada {category}", [coding])


def test_a_quote_is_verbatim_with_document_sentence_variables_and_coder(scene: Scene) -> None:
    quoted(scene, "First. You are most welcome. Last.", 7, 28, year="2020")
    (quote,) = scene.read("quotes", "--dimension", "tone", "--category", "warm")["quotes"]
    assert quote["quote"] == "You are most welcome."
    assert (quote["document"], quote["sentence"], quote["variables"]) == ("warm page", "2", {"year": "2020"})
    assert (quote["coder"], quote["coder_kind"], quote["category"]) == ("ada", "person", "warm")
    assert (quote["start"], quote["end"]) == (7, 28)
    shown = scene.call("quotes", "--dimension", "tone").stdout
    assert "“You are most welcome.” (warm page, sentence 2; year: 2020; ada, person)" in " ".join(shown.split())


def test_codings_without_evidence_are_counted(scene: Scene) -> None:
    scene.run({"tone": ["warm", "warm", "cold"]})
    found = scene.read("quotes", "--dimension", "tone")
    assert (found["quotes"], found["without_evidence"]) == ([], {"warm": 2, "cold": 1})
    assert "2 codings cite no passage" in scene.call("quotes", "--dimension", "tone", "--category", "warm").stdout


def test_hostile_text_is_text_in_terminal_and_spreadsheet(scene: Scene) -> None:
    quoted(scene, '=HYPERLINK("http://x")[red]\x1b[31m', 0, 32, year="=1+1")
    shown = scene.call("quotes", "--dimension", "tone").stdout
    assert "\x1b" not in shown
    assert "[red]" in shown
    table = scene.folder / "quotes.csv"
    assert scene.call("quotes", "--dimension", "tone", "--csv", str(table)).exception is None
    with table.open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["quote"].startswith("'=HYPERLINK")
    assert row["year"] == "'=1+1"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["quotes", "--dimension", "mood"], "no such dimension"),
        (["quotes", "--dimension", "tone", "--category", "hot"], "no such category"),
        (["memos", "--category", "warm"], "goes with --dimension"),
        (["quotes", "--dimension", "tone"], "nothing was coded with this codebook"),
    ],
)
def test_what_is_not_there_is_refused(scene: Scene, options: list[str], words: str) -> None:
    refused = scene.call(*options).exception
    assert isinstance(refused, InputError)
    assert words in refused.message


def test_an_unknown_coder_is_refused_with_those_there_are(scene: Scene) -> None:
    scene.gold("ada", {"tone": ["warm"]})
    refused = scene.call("quotes", "--dimension", "tone", "--coder", "bea").exception
    assert isinstance(refused, InputError)
    assert "there are: ada" in refused.hint


def test_a_disagreement_stands_under_each_disputed_category(scene: Scene) -> None:
    scene.gold("ada", {"tone": ["warm", "warm"], "parts": ["x;y"]})
    scene.run({"tone": ["cold", "warm"], "parts": ["x"]})
    found = scene.read("memos")
    # Of the parts both gave x: y alone is disputed.
    assert [(row["note"], row["document"], row["categories"]) for row in found["cases"]] == [
        ("disagreement", "d0", ["warm", "cold"]),
        ("disagreement", "d0", ["y"]),
    ]
    assert found["cases"][0]["words"] == "ada (person): Warm; openai:mock (model): Cold"
    assert [(one["category"], one["disagreement"]) for one in found["counts"]] == [("warm", 1), ("cold", 1), ("y", 1)]


def test_what_was_merged_away_is_no_case(scene: Scene) -> None:
    scene.gold("ada", {"tone": ["warm", "warm"]})
    scene.run({"tone": ["cold", "cold"]})
    with scene.store() as store:
        first, second, *_ = store.documents()
        store.add_matches([Match(document_id=first.id, other_id=second.id, verdict="same")])
    assert [row["document"] for row in scene.read("memos")["cases"]] == ["d0"]


def test_memos_flags_and_suggestions_come_from_the_desk(scene: Scene) -> None:
    coding = scene.settle("bea", "tone", "cold")
    with scene.store() as store:
        (item,) = store.queue_items()
        for act in (
            Decision(item_id=item.id, coder_id=coding.coder_id, action="memo", memo="Irony?"),
            Decision(item_id=item.id, coder_id=coding.coder_id, action="memo", memo="Codebook: what of irony?"),
            Decision(item_id=item.id, coder_id=coding.coder_id, action="flag"),
        ):
            store.add_decision(act)
    scene.run({"tone": ["cold"]})
    rows = scene.read("memos", "--dimension", "tone", "--category", "cold")["cases"]
    assert [(row["note"], row["words"]) for row in rows][:2] == [("memo", "Irony?"), ("codebook", "what of irony?")]
    assert [row["note"] for row in rows][2] == "flag"
    assert "suggests a change" in scene.call("memos").stdout


def test_gold_that_can_be_argued_is_a_borderline_case(scene: Scene) -> None:
    book = load_codebook(scene.folder / "codebook.yaml")
    with scene.store() as store:
        (coding,) = scene.codings(store.coder("ada", "person").id, {"tone": ["warm"]})
        store.add_codings([coding])
        gold = Gold(name="g", version=1, codebook_hash=book.hash())
        store.add_gold(gold, [GoldItem(coding_id=coding.id, defensible=(("cold",),))])
    (row,) = scene.read("memos")["cases"]
    assert (row["note"], row["categories"]) == ("borderline", ["warm", "cold"])
    assert row["words"] == "Warm; also defensible: Cold"


def test_nothing_noted_says_so(scene: Scene) -> None:
    scene.gold("ada", {"tone": ["warm"]})
    assert "nothing was noted" in scene.call("memos").stdout


def test_the_report_gathers_the_cases_by_category(scene: Scene) -> None:
    coding = scene.settle("bea", "tone", "cold")
    with scene.store() as store:
        (item,) = store.queue_items()
        memo = "Codebook: what of <b>irony</b>?"
        store.add_decision(Decision(item_id=item.id, coder_id=coding.coder_id, action="memo", memo=memo))
    scene.gold("ada", {"tone": ["warm", "warm"]})
    scene.run({"tone": ["cold", "warm"]})
    result = scene.call("report", str(scene.folder / "report.html"), "--assets", str(scene.folder / "assets"))
    assert result.exit_code == 0, result.output
    page = (scene.folder / "report.html").read_text(encoding="utf-8")
    assert "(suggestion, bea (person)): what of &lt;b&gt;irony&lt;/b&gt;?" in page
    (table,) = (scene.folder / "assets").rglob("casebook.csv")
    rows = [line.split(",") for line in table.read_text(encoding="utf-8-sig").splitlines()]
    # d0: ada says warm, the model cold (as bea, whose suggestion stands under it), so that both are disputed once
    assert [(row[1], row[2], row[6]) for row in rows[1:]] == [("Warm", "1", "0"), ("Cold", "1", "1")]
