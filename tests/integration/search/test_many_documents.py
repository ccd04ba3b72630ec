"""What a large store is asked for: addresses, outcomes and hashes, not its texts."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from coder.cli.import_ import take_in
from coder.cli.keeping import Keeper
from coder.cli.wanting import wanted_pages, with_states
from coder.documents import ImportOptions
from coder.model import Capture, Document, Hit, Search, Version
from coder.search.counts import count
from coder.search.recording import Listed
from coder.search.results import result
from coder.store import Store

MANY, LONG, TRIED = 600, 30_000, 100  # 18 MB of texts, and of abstracts as much


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Store]:
    """Documents with long texts that a search found with long abstracts, some retrieved three times."""
    with Store.create(str(tmp_path / "intercoder.db")) as store:
        search = Search(name="s", coder_id=store.coder("ada", "person").id)
        documents = [Document(name=f"a.example/{number}") for number in range(MANY)]
        versions = [
            Version(document_id=one.id, text=f"{one.name} {'x' * LONG}", hash=sha256(one.name.encode()).hexdigest())
            for one in documents
        ]
        hits = [
            Hit(
                search_id=search.id, document_id=one.id, source="S", query="q", rank=1, url=f"https://{one.name}",
                fields={"abstract": "y" * LONG},
            )
            for one in documents
        ]  # fmt: skip
        store.add_finds(search, lambda _: (list(zip(documents, versions, strict=True)), hits, []))
        for one, version in zip(documents[:TRIED], versions[:TRIED], strict=True):
            for outcome in ("fetched", "unchanged", "failed"):
                kept = None if outcome == "failed" else version.id
                store.add_capture(
                    Capture(document_id=one.id, url=f"https://{one.name}", outcome=outcome, version_id=kept)
                )
        yield store


def peak(action: Callable[[], object]) -> int:
    """Bytes held at the most while it runs."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_is_asked_for_again_is_found_without_reading_texts(large: Store) -> None:
    def ask() -> None:
        targets, _ = wanted_pages(large, (), again=True)
        assert len(targets) == TRIED
        found = list(with_states(large, targets))
        assert {one.url for one in found} == {f"https://{one.document.name}" for one in found}
        assert all(one.newest and one.last and one.last.version_id == one.newest.id for one in found)
        assert {one.last.outcome for one in found if one.last} == {"unchanged"}  # the last that brought a page

    assert peak(ask) < 4_000_000


def test_an_import_and_a_search_compare_with_a_store_without_reading_its_texts(large: Store, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,text\nmine,Some words.\n")
    options = ImportOptions(id_column="id", text_columns=("text",))

    def take() -> None:
        _, plan = take_in(large, [tmp_path / "in.csv"], options, context=(), keep_duplicates=False)
        assert len(plan.new) == 1
        made = result({"url": "https://a.example/7"})
        assert made is not None
        keeper = Keeper(large, Search(name="t", coder_id=large.coder("ada", "person").id))
        assert keeper.keep([Listed("S", "q", [made])]).new == ()

    assert peak(take) < 8_000_000  # a table is read by a library that takes some


def test_hits_are_counted_without_reading_what_they_say(large: Store) -> None:
    def tell() -> None:
        assert count(large.hit_places()).documents == MANY
        assert len(large.version_names()) == MANY

    assert peak(tell) < 3_000_000


def test_all_texts_are_gone_through_with_a_page_of_them_in_memory(large: Store) -> None:
    def read() -> None:
        assert sum(len(version.text) > LONG for _, version in large.each_current()) == MANY
        assert sum(len(versions) for _, versions in large.documents_with_versions()) == MANY

    # A page is 200 documents, 6 MB here, once as rows and once as records: a third of them all.
    assert peak(read) < 15_000_000
