"""What became of each query: counted, failed, gone on with, and asked by hand."""

from __future__ import annotations

import signal
from pathlib import Path

from coder.errors import CoderError
from coder.model import Search
from tests.integration.search.sites import Site, eutilities, ok
from tests.integration.search.study import (
    FEED,
    asked_json,
    hanging,
    intercoder,
    project,
    queries_counted,
    site,
    store,
)

__all__ = ["project", "site"]


def test_counts_have_the_form_of_table_1_and_add_up(project: Path, tmp_path: Path) -> None:
    asked_json(project, "--allow-private")
    page = tmp_path / "google.txt"
    page.write_text("https://a.example/c?utm_source=google\nhttps://pubmed.ncbi.nlm.nih.gov/3/\nhttps://new.example/\n")
    intercoder(project, "search", "--take", str(page), "--source", "google", "--query", "ai radiologists")
    found = asked_json(project, "--counts")
    rows = {one["source"]: (one["hits"], one["documents"], one["first"], one["reported"]) for one in found["sources"]}
    # Two of Google's three were known: it was the first to find one.
    assert rows == {"Google": (3, 3, 1, 38), "PubMed": (4, 3, 3, 10), "News": (1, 1, 1, None)}
    assert (found["hits"], found["records"], found["documents"]) == (8, 7, 5)
    assert sum(one["first"] for one in found["sources"]) == found["documents"]
    shown = intercoder(project, "search", "--counts").stdout
    assert shown.split()[:3] == ["Source", "Explanatory", "notes"]


def test_a_query_that_found_nothing_is_kept_and_counted_with_0(project: Path, site: Site) -> None:
    site.pages.update(eutilities({"ai radiologists": [1, 2], "ml radiologists": []}))
    asked_json(project, "--allow-private")
    with store(project) as kept:
        assert [(one.source, one.query, one.results, one.problem) for one in kept.search_queries()] == [
            ("PubMed", "ai radiologists", 2, ""), ("PubMed", "ml radiologists", 0, ""), ("News", "", 1, ""),
        ]  # fmt: skip
    assert queries_counted(project)["PubMed"] == [
        ("ai radiologists", 2, 2, 1, ""), ("ml radiologists", 0, 0, 1, ""),
    ]  # fmt: skip
    # What nobody asked has no hits either, and says that it was not asked.
    assert queries_counted(project)["Google"] == [("ai radiologists", 0, 0, 0, ""), ("ml radiologists", 0, 0, 0, "")]
    shown = intercoder(project, "search", "--counts", "--by-query")
    (row,) = [line for line in shown.stdout.splitlines() if "ml radiologists" in line and "found nothing" in line]
    assert row.split()[-2:] == ["0", "0"]
    assert "PubMed: of 2 queries 1 found nothing" in shown.stderr


def test_searches_of_a_version_that_noted_only_hits_are_told_apart(project: Path) -> None:
    asked_json(project, "--allow-private")
    assert "noted only hits" not in intercoder(project, "search", "--counts").stderr
    with store(project) as kept:
        kept.add_finds(Search(name="old", coder_id=kept.coder("ada", "person").id), lambda _: ([], [], []))
    assert asked_json(project, "--counts")["only_hits_noted"] == 1
    assert "1 searches are of a version that noted only hits" in intercoder(project, "search", "--counts").stderr


def test_a_query_that_failed_is_kept_with_the_reason_and_asked_again(project: Path, site: Site) -> None:
    site.pages["/feed"] = (404, {}, b"")
    intercoder(project, "search", "--allow-private")
    ((_, hits, _, times, problem),) = queries_counted(project)["News"]
    assert (hits, times) == (0, 1)
    assert problem.endswith("/feed: answers 404")
    assert (
        f"News: of 1 query 1 failed\n  (all that it lists): {problem}"
        in intercoder(project, "search", "--counts").stderr
    )
    site.pages["/feed"] = ok(FEED)
    site.asked.clear()
    again = intercoder(project, "search", "--allow-private")
    assert "which is not complete: 2 queries with their results are kept" in again.stderr
    assert [path for path, *_ in site.asked] == ["/feed"]
    assert queries_counted(project)["News"] == [("", 1, 1, 2, "")]
    with store(project) as kept:
        assert len(kept.searches()) == 1


def test_a_search_that_goes_on_asks_no_query_again_that_found_nothing(project: Path, site: Site) -> None:
    site.pages.update(eutilities({"ai radiologists": [1, 2], "ml radiologists": []}))
    with hanging(site, project):
        pass
    assert asked_json(project, "--allow-private")["queries_kept_before"] == 2
    assert [path for path, *_ in site.asked] == ["/feed"]


def test_a_query_asked_by_hand_that_found_nothing_is_noted(project: Path) -> None:
    done = asked_json(project, "--nothing", "--source", "google", "--query", "ml radiologists")
    assert (done["source"], done["hits"]) == ("Google", 0)
    assert queries_counted(project)["Google"][1] == ("ml radiologists", 0, 0, 1, "")
    assert "ml radiologists  [0 taken in]" in intercoder(project, "search", "--queries").stdout


def test_where_all_fail_the_search_is_kept_with_the_reasons(project: Path, site: Site) -> None:
    site.pages.clear()
    done = intercoder(project, "search", "--allow-private")
    assert isinstance(done.exception, CoderError)
    with store(project) as kept:
        (search,), asked = kept.searches(), kept.search_queries()
        assert kept.answered_queries(search.id) == set()
    assert [(one.source, bool(one.problem)) for one in asked] == [("PubMed", True), ("PubMed", True), ("News", True)]


def test_a_search_that_is_interrupted_keeps_what_it_has(project: Path, site: Site) -> None:
    with hanging(site, project) as running:
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=60)[1]
    assert running.returncode == 130
    assert "4 hits, 3 documents, 3 of them new" in said
    with store(project) as kept:
        assert len(kept.hits()) == 4
