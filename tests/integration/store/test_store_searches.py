"""What a search found, the pages that came, and what is held of pairs go in and come back, in both databases."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from coder.errors import StoreError
from coder.model import Capture, Document, Hit, Search, Version
from coder.store import Store
from coder.store.addresses import HOLDING
from tests.integration.store.records import PAGE, find, populate

HASH = sha256(PAGE).hexdigest()


def test_a_search_its_hits_and_the_page_come_back_as_they_went_in(store: Store) -> None:
    world = populate(store)
    found = find(store, world)
    (search,) = store.searches()
    (hit,) = store.hits(search.id)
    assert (search.name, hit.document_id, hit.rank, hit.fields) == (
        "spring", found.id, 1, {"title": "An unmistakable result"},
    )  # fmt: skip
    assert store.hits("another") == []
    assert [(one.search_id, one.query, one.total) for one in store.search_queries()] == [(search.id, "AI", 2**40)]
    (capture,) = store.captures([found.id])
    assert store.newest_captures() == {found.id: capture}
    assert store.captures([world.document.id]) == []
    assert store.body(capture.body_hash) == PAGE
    assert [version.text for document, version in store.current_versions() if document.id == found.id] == ["Page"]
    assert [(one.other_id, one.verdict) for one in store.matches()] == [(world.document.id, "same")]


def test_a_page_that_comes_again_is_kept_once_and_each_attempt_is(store: Store) -> None:
    found = find(store, populate(store))
    again = Capture(document_id=found.id, url="https://example.org/course", outcome="unchanged", body_hash=HASH)
    gone = Capture(document_id=found.id, url="https://example.org/course", outcome="gone", http_status=410)
    store.add_capture(again, PAGE)
    store.add_capture(gone)
    assert [one.outcome for one in store.captures()] == ["fetched", "unchanged", "gone"]
    assert store.newest_captures()[found.id] == gone
    assert store.body(HASH) == PAGE


def test_what_is_asked_without_texts_says_the_same_as_the_records(store: Store) -> None:
    world = populate(store)
    found = find(store, world)
    gone = Capture(document_id=found.id, url="https://example.org/course", outcome="gone", http_status=410)
    store.add_capture(gone)
    ((hit, version),) = zip(store.hits(), store.versions_of([found.id]), strict=True)
    assert [tuple(one) for one in store.hit_places()] == [(hit.id, hit.document_id, hit.source, hit.query)]
    assert store.hit_addresses() == ([(found.id, hit.url)] if hit.url else [])
    assert store.answered_queries(hit.search_id) == {("pubmed", "AI")}
    assert store.newest_outcomes() == {found.id: ("gone", 410)}
    assert store.captured_versions() == {version.id}
    assert store.newest_captures(document_ids=[found.id], outcomes=["fetched"])[found.id].version_id == version.id
    assert store.newest_captures(document_ids=[world.document.id]) == {}
    states = store.newest_states()
    assert states == {one.document_id: (one.id, one.hash, False) for _, one in store.current_versions()}
    assert store.newest_states([found.id]) == {found.id: states[found.id]}
    owners = {version: document.name for version, document in store.documents_of_versions().items()}
    assert store.version_names() == owners
    with store.findable() as findable:
        assert list(findable.sightings()) == [hit.sighting]
        assert findable.size() == (2, 2, 1)
        assert findable.with_text() == {world.document.id, found.id}


def test_bytes_under_another_hash_are_refused_and_an_unknown_page_is_named(store: Store) -> None:
    found = find(store, populate(store))
    with pytest.raises(ValueError, match="not those"):
        store.add_capture(Capture(document_id=found.id, url="u", outcome="fetched", body_hash=HASH), b"other")
    assert len(store.captures()) == 1
    with pytest.raises(StoreError, match="page"):
        store.body("0" * 64)


def test_a_purge_takes_pages_results_and_grounds_and_says_how_many(store: Store) -> None:
    find(store, populate(store))
    counted = store.purge()
    assert (counted.pages, counted.results) == (1, 1)
    assert "unmistakable" not in repr([store.hits(), store.matches(), store.captures()])
    with pytest.raises(StoreError, match="purged"):
        store.body(HASH)
    assert store.purge().nothing
    assert [one.evidence for one in store.matches()] == [{"title": 1.0}]


def test_another_store_brings_its_searches_along_once(tmp_path: Path) -> None:
    with Store.create(str(tmp_path / "theirs.db")) as theirs:
        find(theirs, populate(theirs))
    with Store.create(str(tmp_path / "ours.db")) as store:
        store.merge(tmp_path / "theirs.db")
        assert dict(store.merge(tmp_path / "theirs.db").added) == {}
        assert len(store.search_queries()) == 1
        assert (len(store.hits()), len(store.captures()), len(store.matches())) == (1, 1, 1)
        assert store.body(HASH) == PAGE


SECRET = "hunter2hunter2"


def leaking(store: Store) -> Document:
    """A document with a text, a hit and a capture, as versions stored them that left secrets in addresses."""
    url = f"https://ada:{SECRET}@a.example/list?page=2&token={SECRET}"
    person = store.coder("ada", "person").id
    found = Document(
        name=f"a.example/list?page=2&token={SECRET}", variables={"url": url, "note": "mail ada@a.example"}, source="S"
    )
    text = Version(document_id=found.id, text=f"A text that names {url} stays.", hash="6" * 64)
    # In JSON an address may end at an escaped quotation mark.
    search = Search(name="s", coder_id=person, protocol=f'{{"note":"see \\"{url}\\"","sources":[{{"url":"{url}"}}]}}')
    hit = Hit(search_id=search.id, document_id=found.id, source="S", query="q", rank=1, url=url, fields={"url": url})
    store.add_finds(search, lambda _: ([(found, text)], [hit], []))
    capture = Capture(document_id=found.id, url=url, outcome="gone", reason=f"{url} answers 410", final_url=url)
    store.add_capture(capture)
    return found


def test_passwords_and_keys_that_older_versions_stored_in_addresses_can_be_taken_out_alone(store: Store) -> None:
    found = leaking(store)
    # url and fields of the hit, url, final address and reason of the capture, name and variables, protocol
    assert store.purgeable(addresses_only=True).addresses == 8
    store.purge(addresses_only=True)
    bare = "https://a.example/list?page=2"
    ((document, version),) = store.current_versions()
    assert document.name == "a.example/list?page=2"
    assert document.variables == {"url": bare, "note": "mail ada@a.example"}
    assert SECRET in version.text  # a text is never changed
    (hit,), (capture,), (search,) = store.hits(), store.captures(), store.searches()
    assert (hit.url, hit.fields, capture.url, capture.final_url) == (bare, {"url": bare}, bare, bare)
    assert capture.reason == f"{bare} answers 410"
    assert json.loads(search.protocol) == {"note": f'see "{bare}"', "sources": [{"url": bare}]}
    assert store.purge(addresses_only=True).nothing
    assert found.id == document.id


@pytest.mark.parametrize("asking", [True, False])
def test_a_purge_reads_the_addresses_once_whether_it_was_asked_about_or_not(store: Store, asking: bool) -> None:
    leaking(store)
    read: list[str] = []

    def keep(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith(tuple(f"SELECT {name}.id" for name in HOLDING)) and "LIKE" in statement:
            read.append(statement)

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        asked = store.purgeable() if asking else None
        found = store.purge(asked=asked)
    finally:
        event.remove(Engine, "before_cursor_execute", keep)
    assert found.addresses == 8
    assert len(read) == sum(map(len, HOLDING.values())), read  # each column through once
    assert not any(SECRET in repr(one) for one in (*store.hits(), *store.captures(), *store.searches()))
    assert store.purgeable().nothing


def test_what_came_while_a_person_was_asked_is_not_taken_out_and_nothing_else_is(store: Store) -> None:
    leaking(store)
    asked = store.purgeable()
    later = Document(name="later")
    store.add_documents([(later, Version(document_id=later.id, text="It came later.", hash="5" * 64))])
    with pytest.raises(StoreError, match="nothing was taken out"):
        store.purge(asked=asked)
    assert store.purgeable().texts == 2
    assert store.purge(asked=store.purgeable()).texts == 2


def test_more_addresses_than_one_query_looks_up_are_all_cleaned(store: Store) -> None:
    person = store.coder("ada", "person").id
    search = Search(name="s", coder_id=person)
    found = Document(name="d")
    hits = [
        Hit(
            search_id=search.id, document_id=found.id, source="S", query="q", rank=rank,
            url=f"https://a.example/{rank}?token={SECRET}",
        )
        for rank in range(1, 1_202)
    ]  # fmt: skip
    store.add_finds(search, lambda _: ([(found, None)], hits, []))
    assert store.purge(addresses_only=True).addresses == len(hits)
    assert [hit.url for hit in store.hits()] == [f"https://a.example/{rank}" for rank in range(1, 1_202)]


def test_a_colleagues_store_that_was_not_cleaned_is_merged_and_brings_no_key_back(tmp_path: Path) -> None:
    with Store.create(str(tmp_path / "theirs.db")) as theirs:
        leaking(theirs)
    with Store.create(str(tmp_path / "ours.db")) as store:
        store.merge(tmp_path / "theirs.db")
        store.purge()
        assert SECRET.encode() not in (tmp_path / "ours.db").read_bytes()
        assert dict(store.merge(tmp_path / "theirs.db").added) == {}
        assert store.hits()[0].url == "https://a.example/list?page=2"
