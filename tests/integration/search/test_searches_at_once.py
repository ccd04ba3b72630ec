"""Searches that are killed, and searches that run beside one another: nothing is lost, nothing is there twice."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from coder.cli import keeping
from coder.cli.keeping import Keeper
from coder.cli.project import Project
from coder.errors import CoderError, InputError
from coder.model import Document, Hit, Search, now
from coder.search.recording import Known, Listed, Recorded, record
from coder.search.results import Result, result
from coder.settings import Settings
from coder.store import Store
from tests.integration.search.sites import Site
from tests.integration.search.study import asked_json, hanging, intercoder, project, site, store

__all__ = ["project", "site"]  # fixtures


def listed(*addresses: str, source: str = "Google") -> Listed:
    made = [result({"url": address}) for address in addresses]
    return Listed(source, "ai", [one for one in made if one is not None])


def test_what_two_searches_find_at_once_is_one_document(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2)

    def meeting(search: Search, lists: list[Listed], known: Known) -> Recorded:
        with suppress(threading.BrokenBarrierError):  # nobody else comes: the other one waits for us to be done
            both.wait(1)
        return record(search, lists, known)

    monkeypatch.setattr(keeping, "record", meeting)
    Store.create(store_url).close()

    def take(source: str) -> None:
        with Store.open(store_url) as mine:
            search = Search(name=source, coder_id=mine.coder("ada", "person").id)
            Keeper(mine, search).keep([listed("https://a.example/1", "https://a.example/2", source=source)])

    threads = [threading.Thread(target=take, args=(source,)) for source in ("Google", "LinkedIn")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Store.open(store_url) as kept:
        assert sorted(one.name for one in kept.documents()) == ["a.example/1", "a.example/2"]
        assert len(kept.hits()) == 4


def test_what_somebody_else_takes_in_meanwhile_is_known_by_the_next_query(store: Store) -> None:
    person = store.coder("ada", "person").id
    keeper = Keeper(store, Search(name="s", coder_id=person))
    keeper.keep([listed("https://a.example/1")])
    store.add_addresses([Document(name="mine", variables={"url": "https://a.example/2"})])
    other = Search(name="t", coder_id=person)
    Keeper(store, other).keep([Listed("Scopus", "ai", [Result(doi="10.1000/3", fields={"title": "T"})])])
    again = Result(doi="10.1000/3", url="https://a.example/3", fields={"title": "T", "abstract": "Words."})
    kept = keeper.keep([listed("https://a.example/2"), Listed("PubMed", "ai", [again])])
    assert (kept.new, len(kept.texts)) == ((), 1)  # the text that the document lacked
    assert [one.name for one in store.documents()] == ["a.example/1", "mine", "doi:10.1000/3"]


def test_one_address_that_two_take_in_at_once_is_one_document(store: Store) -> None:
    # Both looked before either wrote.
    first = store.add_addresses([Document(name="a.example"), Document(name="b.example")])
    second = store.add_addresses([Document(name="b.example"), Document(name="c.example")])
    assert second["b.example"] == first["b.example"]
    assert [one.name for one in store.documents()] == ["a.example", "b.example", "c.example"]


def test_a_query_that_could_not_be_kept_teaches_nothing(store: Store) -> None:
    person = store.coder("ada", "person").id
    keeper = Keeper(store, Search(name="s", coder_id=person))
    keeper.keep([listed("https://a.example/1")])
    twice = Search(name="s", coder_id="01" + "0" * 24)  # nobody: the foreign key holds
    keeper._search = twice
    with pytest.raises(CoderError):
        keeper.keep([listed("https://a.example/2")])
    keeper._search = Search(name="s", coder_id=person)
    assert [document.name for document, _ in keeper.keep([listed("https://a.example/2")]).new] == ["a.example/2"]


def test_a_killed_search_loses_nothing_and_goes_on_where_it_was(project: Path, site: Site) -> None:
    with hanging(site, project), store(project) as kept:
        assert len(kept.hits()) == 4
    on = intercoder(project, "search", "--allow-private", "--json")
    done = json.loads(on.stdout)
    assert "2 queries with their results are kept" in on.stderr
    assert (done["queries_kept_before"], done["hits"], done["new_documents"]) == (2, 1, 1)
    assert [path for path, *_ in site.asked] == ["/feed"]
    # As of a search that nobody stopped: every hit once, in one search.
    found = asked_json(project, "--counts")
    rows = {one["source"]: (one["hits"], one["documents"], one["first"]) for one in found["sources"]}
    assert rows == {"Google": (0, 0, 0), "PubMed": (4, 3, 3), "News": (1, 1, 1)}
    assert (found["searches"], found["documents"]) == (1, 4)
    # It is done: the next one is a search of its own.
    assert asked_json(project, "--allow-private")["hits"] == 5
    assert asked_json(project, "--counts")["searches"] == 2


def test_a_changed_protocol_or_another_source_is_another_search(project: Path, site: Site) -> None:
    with hanging(site, project):
        pass
    assert asked_json(project, "--allow-private", "--source", "News")["queries_kept_before"] == 0
    with hanging(site, project):
        pass
    path = project / "search.yaml"
    path.write_text(path.read_text().replace("terms: [ai, ml]", "terms: [ai]"))
    done = asked_json(project, "--allow-private")
    assert (done["queries_kept_before"], done["hits"]) == (0, 3)


def test_a_search_that_was_stopped_a_day_ago_is_not_gone_on_with(tmp_path: Path) -> None:
    here = Project(tmp_path, Settings())
    with Store.create(str(tmp_path / "intercoder.db")) as made:
        person, found = made.coder("ada", "person").id, Document(name="a")
        for hours, goes_on in ((19, True), (21, False)):
            search = Search(name="s", coder_id=person, created_at=now() - timedelta(hours=hours))
            hit = Hit(search_id=search.id, document_id=found.id, source="S", query="q", rank=1)
            new = [(found, None)] if hours == 19 else []
            made.add_finds(search, lambda _, finds=(new, [hit], []): finds)
            keeping.note_begun(here, search, None)
            assert (keeping.stopped(here, made, "", None) is not None) is goes_on
        (tmp_path / ".search-unfinished.json").write_text("[broken")
        assert keeping.stopped(here, made, "", None) is None


def test_a_second_search_at_once_is_told_of_the_first_and_results_are_taken_in_meanwhile(
    project: Path, site: Site, tmp_path: Path
) -> None:
    page = tmp_path / "google.txt"
    page.write_text("https://pubmed.ncbi.nlm.nih.gov/3/\n")
    with hanging(site, project):
        second = intercoder(project, "search", "--allow-private")
        assert isinstance(second.exception, InputError)
        assert "another search of this project is running" in second.exception.message
        taken = asked_json(project, "--take", str(page), "--source", "Google", "--query", "x")
    assert taken["new_documents"] == 0  # the search had found it, and kept it by then
