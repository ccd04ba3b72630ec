"""intercoder search from the keyboard: what is asked, what is kept, what is told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from coder.errors import CoderError
from tests.integration.search.sites import Site, ok
from tests.integration.search.study import (
    asked_json,
    intercoder,
    project,
    site,
    store,
)

__all__ = ["project", "site"]


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


def test_a_dry_run_says_what_would_be_asked_and_asks_nothing(project: Path, site: Site) -> None:
    plan = asked_json(project, "--dry-run")
    assert [(one["source"], one["queries"]) for one in plan["sources"]] == [
        ("Google", ["ai radiologists", "ml radiologists"]),
        ("PubMed", ["ai radiologists", "ml radiologists"]),
        ("News", []),
    ]
    assert not site.asked


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
