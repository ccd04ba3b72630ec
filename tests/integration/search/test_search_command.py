"""intercoder search from the keyboard: what is kept, what is counted, what is told."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner, Result

from coder.cli import group
from coder.errors import CoderError
from coder.model import Search
from coder.store import Store
from tests.integration.search.sites import Page, Site, eutilities, ok, serving

PROTOCOL = """\
name: small
contact: ada@example.org
terms:
  - {id: what, terms: [ai, ml]}
  - {id: whom, terms: [radiologists]}
queries:
  - {id: grid, groups: [what, whom]}
sources:
  - {name: Google, kind: by_hand, note: Five pages, url: "https://www.google.com/search?q={query}", reported: 38}
  - {name: PubMed, kind: pubmed, url: SITE, reported: 10}
  - {name: News, kind: feed, url: SITE/feed}
"""
FEED = (
    '<rss version="2.0"><channel><title>x</title><item><title>A course</title><link>https://a.example/c</link></item>'
    "</channel></rss>"
)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    made.pages.update(eutilities({"ai radiologists": [1, 2], "ml radiologists": [2, 3]}))
    made.pages["/feed"] = ok(FEED)
    with serving(made):
        yield made


@pytest.fixture
def project(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("NCBI_API_KEY", raising=False)
    folder = tmp_path / "study"
    assert CliRunner().invoke(group, ["init", str(folder)]).exit_code == 0
    (folder / "search.yaml").write_text(PROTOCOL.replace("SITE", site.url))
    return folder


def intercoder(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(group, ["-p", str(folder), *arguments])


def asked_json(folder: Path, *arguments: str) -> Any:
    done = intercoder(folder, "search", *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def store(folder: Path) -> Store:
    return Store.open(str(folder / "intercoder.db"))


def test_every_hit_is_kept_with_its_source_query_rank_and_time(project: Path) -> None:
    done = asked_json(project, "--allow-private")
    # PubMed: two queries with two records each, one of them the same; the feed: one item.
    assert (done["hits"], done["documents"], done["new_documents"]) == (5, 4, 4)
    assert done["by_hand"] == ["Google"]
    with store(project) as kept:
        (search,), hits, documents = kept.searches(), kept.hits(), kept.documents()
        texts = {document.name: version for document, version in kept.current_versions()}
    assert [(hit.source, hit.query, hit.rank) for hit in hits] == [
        ("PubMed", "ai radiologists", 1),
        ("PubMed", "ai radiologists", 2),
        ("PubMed", "ml radiologists", 1),
        ("PubMed", "ml radiologists", 2),
        ("News", "", 1),
    ]
    assert hits[1].document_id == hits[2].document_id
    assert search.created_at <= hits[0].created_at <= hits[4].created_at
    assert json.loads(search.protocol)["name"] == "small"
    assert [(one.name, one.source) for one in documents] == [
        ("pmid:1", "PubMed"), ("pmid:2", "PubMed"), ("pmid:3", "PubMed"), ("a.example/c", "News"),
    ]  # fmt: skip
    # Only a result with an abstract has a text; one with an address waits for its page.
    assert list(texts) == ["pmid:1", "pmid:2", "pmid:3"]
    assert texts["pmid:1"].text == "Title 1\n\nAIM: To teach.\nIt works & lasts."
    assert texts["pmid:1"].language == "en"


def test_a_second_search_adds_hits_to_the_same_documents_and_no_documents(project: Path) -> None:
    first, second = (asked_json(project, "--allow-private") for _ in range(2))
    assert (second["hits"], second["documents"], second["new_documents"]) == (5, 4, 0)
    assert first["protocol_hash"] == second["protocol_hash"]
    with store(project) as kept:
        assert (len(kept.searches()), len(kept.hits()), len(kept.documents())) == (2, 10, 4)
        assert len(kept.documents_of_versions()) == 3


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


def test_a_source_that_fails_is_told_and_the_others_are_kept(project: Path, site: Site) -> None:
    site.pages["/feed"] = (404, {}, b"")
    done = intercoder(project, "search", "--allow-private")
    assert isinstance(done.exception, CoderError)
    assert done.exception.exit_code == 2
    assert "1 of 3 queries failed" in done.exception.message
    assert "News: " in done.exception.message
    with store(project) as kept:
        assert len(kept.hits()) == 4


@pytest.mark.parametrize("kind", ["feed", "sitemap"])
def test_a_failure_names_its_source_once_wherever_it_is_shown(project: Path, site: Site, kind: str) -> None:
    path = project / "search.yaml"
    path.write_text(path.read_text().replace("kind: feed", f"kind: {kind}"))
    site.pages["/feed"] = ok("<html/>")
    searched = intercoder(project, "search", "--allow-private")
    assert isinstance(searched.exception, CoderError)
    counted = intercoder(project, "search", "--counts", "--by-query")
    updated = intercoder(project, "update", "--allow-private", "--no-capture", "--no-screen", "--no-code")
    assert isinstance(updated.exception, CoderError)
    (page,) = (project / "updates").glob("*.html")
    written = BeautifulSoup(page.read_text("utf-8"), "html.parser").get_text(" ")
    for shown in (searched.output, searched.exception.message, counted.output, updated.exception.message, written):
        assert re.search(r"no (sitemap|RSS)", shown)
        assert not re.search(r"News\W+News", shown), shown


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


def queries_counted(project: Path) -> dict[str, list[tuple[object, ...]]]:
    """By source what `--counts` says of each query: text, hits, documents, how often asked, why it failed."""
    return {
        one["source"]: [tuple(query.values()) for query in one["queries"]]
        for one in asked_json(project, "--counts")["sources"]
    }


def test_a_dry_run_says_what_would_be_asked_and_asks_nothing(project: Path, site: Site) -> None:
    plan = asked_json(project, "--dry-run")
    assert [(one["source"], one["queries"]) for one in plan["sources"]] == [
        ("Google", ["ai radiologists", "ml radiologists"]),
        ("PubMed", ["ai radiologists", "ml radiologists"]),
        ("News", []),
    ]
    assert not site.asked


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--take", "x.ris"], "which source is it from?"),
        (["--take", "x.ris", "--source", "Google"], "cannot be read"),
        (["--dry-run", "--counts"], "do not go together"),
        (["--query", "x"], "--query goes with --take"),
        (["--source", "Bing"], "no such source in the protocol"),
        (["--source", "Google"], "a program may not search there"),
        (["--protocol", "none.yaml"], "none.yaml: no such file"),
    ],
)
def test_a_slip_at_the_keyboard_is_told(project: Path, arguments: list[str], said: str) -> None:
    done = intercoder(project, "search", *arguments)
    assert isinstance(done.exception, CoderError)
    assert said in done.exception.message
    assert done.exception.exit_code == 1


def test_without_a_contact_nothing_is_asked(project: Path, site: Site) -> None:
    path = project / "search.yaml"
    path.write_text(path.read_text().replace("ada@example.org", '""'))
    done = intercoder(project, "search", "--allow-private")
    assert isinstance(done.exception, CoderError)
    assert "'contact' is empty" in done.exception.message
    assert not site.asked


def test_the_settings_name_the_contact_and_the_private_hosts_where_the_protocol_does_not(
    project: Path, site: Site
) -> None:
    path = project / "search.yaml"
    path.write_text(path.read_text().replace("ada@example.org", '""'))
    settings = '[search]\ncontact = "bob@example.org"\nallow_private = ["127.0.0.1"]\n'
    (project / "intercoder.toml").write_text(settings)
    assert asked_json(project, "--dry-run")["contact"] == "bob@example.org"
    assert asked_json(project)["hits"] == 5
    _, asked, headers = site.asked[0]
    assert asked["email"] == "bob@example.org"
    assert "(+mailto:bob@example.org)" in headers["User-Agent"]
    with store(project) as kept:
        assert "contact" not in json.loads(kept.searches()[0].protocol)  # the protocol is kept as it is written


def test_a_contact_in_the_settings_may_be_a_web_address_and_nothing_else(project: Path, site: Site) -> None:
    path = project / "search.yaml"
    path.write_text(path.read_text().replace("ada@example.org", '""'))
    (project / "intercoder.toml").write_text('[search]\ncontact = "https://review.example/"\n')
    asked_json(project, "--allow-private")
    _, asked, headers = site.asked[0]
    assert "email" not in asked  # E-utilities take an e-mail address there
    assert "(+https://review.example/)" in headers["User-Agent"]
    (project / "intercoder.toml").write_text('[search]\ncontact = "a@b.c\\r\\nX: y"\n')
    refused = intercoder(project, "search", "--allow-private")
    assert isinstance(refused.exception, CoderError)
    assert "[search] contact" in refused.exception.message


def test_private_hosts_that_nobody_allowed_are_not_asked_and_the_remedy_is_told(project: Path, site: Site) -> None:
    done = intercoder(project, "search")
    assert isinstance(done.exception, CoderError)
    assert done.exception.exit_code == 2
    assert "[search] allow_private" in done.exception.message
    assert "--allow-private" in done.exception.hint
    assert not site.asked


def test_the_example_is_a_protocol_once_a_contact_is_in_it(project: Path) -> None:
    shown = intercoder(project, "search", "--example").stdout
    (project / "search.yaml").write_text(shown.replace('contact: ""', "contact: ada@example.org"))
    assert [len(one["queries"]) for one in asked_json(project, "--dry-run")["sources"]] == [120, 120, 120]


def test_what_a_source_writes_moves_no_terminal(project: Path, site: Site) -> None:
    site.pages["/feed"] = ok("\x1b[2J<rss")
    site.faults["/esearch.fcgi"] += [ok("<eSearchResult><ERROR>bad &#x9b;2J \u202e</ERROR></eSearchResult>")]
    done = intercoder(project, "search", "--allow-private")
    assert not {"\x1b", "\x9b", "\u202e"} & set(done.output)


@contextmanager
def hanging(site: Site, project: Path) -> Iterator[subprocess.Popen[str]]:
    """A search that waits for an answer of its last source, the feed, which does not come."""
    reached, gone = threading.Event(), threading.Event()

    def endless(asked: dict[str, str]) -> Page:
        reached.set()
        gone.wait(60)
        return 404, {}, b""

    site.pages["/feed"] = endless
    asked = [sys.executable, "-m", "coder.cli", "-p", str(project), "search", "--allow-private"]
    with subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert reached.wait(60)
            yield running
        finally:
            running.kill()
            running.wait()
            gone.set()
            site.pages["/feed"] = ok(FEED)
            site.asked.clear()


def test_a_search_that_is_interrupted_keeps_what_it_has(project: Path, site: Site) -> None:
    with hanging(site, project) as running:
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=60)[1]
    assert running.returncode == 130
    assert "4 hits, 3 documents, 3 of them new" in said
    with store(project) as kept:
        assert len(kept.hits()) == 4
