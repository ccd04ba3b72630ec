"""Saved results taken in: ranks, texts, and documents that are known already."""

from __future__ import annotations

import csv
from pathlib import Path

from coder.errors import CoderError
from tests.integration.search.study import (
    asked_json,
    intercoder,
    project,
    site,
    store,
)

__all__ = ["project", "site"]


def test_queries_for_people_are_a_list_to_tick_off(project: Path, tmp_path: Path) -> None:
    page = tmp_path / "google.txt"
    page.write_text("https://a.example/\nhttps://b.example/\n")
    asked_json(project, "--take", str(page), "--source", "Google", "--query", "ml radiologists")
    table = tmp_path / "todo.csv"
    assert intercoder(project, "search", "--queries", "--csv", str(table)).exit_code == 0
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [(row["source"], row["query"], row["taken"]) for row in rows] == [
        ("Google", "ai radiologists", "0"), ("Google", "ml radiologists", "2"),
    ]  # fmt: skip
    assert rows[0]["url"] == "https://www.google.com/search?q=ai+radiologists"


def test_ranks_go_on_from_page_to_page(project: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.txt").write_text(f"https://a.example/{number}a\nhttps://a.example/{number}b\n")
    files = ["--take", str(tmp_path / "1.txt"), "--take", str(tmp_path / "2.txt")]
    asked_json(project, *files, "--source", "Google", "--query", "x", "--from-rank", "11")
    with store(project) as kept:
        found = [(hit.rank, hit.place) for hit in kept.hits()]
    assert found == [(11, "1.txt, line 1"), (12, "1.txt, line 2"), (13, "2.txt, line 1"), (14, "2.txt, line 2")]


def test_an_unreadable_line_of_a_page_moves_no_rank_of_the_next_pages(project: Path, tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_text("https://a.example/1\nan advertisement\nhttps://a.example/3\n")
    (tmp_path / "2.txt").write_text("https://a.example/4\n")
    files = ["--take", str(tmp_path / "1.txt"), "--take", str(tmp_path / "2.txt")]
    done = intercoder(project, "search", *files, "--source", "Google", "--query", "x")
    assert isinstance(done.exception, CoderError)
    assert "1.txt, line 2: no address in it" in done.exception.message
    with store(project) as kept:
        assert [(hit.rank, hit.place) for hit in kept.hits()] == [
            (1, "1.txt, line 1"), (3, "1.txt, line 3"), (4, "2.txt, line 1"),
        ]  # fmt: skip


def test_a_result_that_came_without_a_text_gets_it_from_the_source_that_has_one(project: Path, tmp_path: Path) -> None:
    bare, full = tmp_path / "bare.txt", tmp_path / "full.ris"
    bare.write_text("doi:10.1000/1\n")
    full.write_text("TY  - JOUR\nTI  - T\nAB  - What it says.\nDO  - 10.1000/1\nER  - \n")
    asked_json(project, "--take", str(bare), "--source", "Google", "--query", "x")
    again = asked_json(project, "--take", str(full), "--source", "Scopus")
    assert again["new_documents"] == 0
    assert again["notes"] == ["the protocol has no source 'Scopus' (it has Google, PubMed, News); kept under that name"]
    with store(project) as kept:
        ((document, version),) = kept.current_versions()
    assert (document.source, version.text) == ("Google", "T\n\nWhat it says.")


def test_results_with_a_title_only_are_found_again_by_it_and_kept_apart_by_year(project: Path, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("title,year\nA Course,2019\nA course!,2019\nA course,2020\n")
    for _ in range(2):
        asked_json(project, "--take", str(table), "--source", "Google")
    with store(project) as kept:
        assert [one.name for one in kept.documents()] == ["A Course (2019)", "A course (2020)"]
        assert len(kept.hits()) == 6


def test_an_imported_document_is_found_by_its_address(project: Path, tmp_path: Path) -> None:
    imported, page = tmp_path / "in.csv", tmp_path / "p.txt"
    imported.write_text("id,text,url\nmine,A course for radiologists.,https://A.example/c/\n")
    page.write_text("https://a.example/c\n")
    assert intercoder(project, "import", str(imported)).exit_code == 0
    assert asked_json(project, "--take", str(page), "--source", "Google")["new_documents"] == 0


def test_what_a_purge_took_out_is_found_again_by_its_name(project: Path) -> None:
    asked_json(project, "--allow-private")
    with store(project) as kept:
        kept.purge()
    assert asked_json(project, "--allow-private")["new_documents"] == 0
