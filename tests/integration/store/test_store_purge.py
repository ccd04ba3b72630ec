"""A purge takes the words out of both databases, and out of SQLite's bytes; codes, hashes and people's work stay."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from coder.errors import StoreError
from coder.model import Assignment, Coding, Document, QueueItem, Status, Version
from coder.store import Store
from tests.integration.store.records import World, populate

TEXT = "An unmistakable sentence about one clinic."
CONTEXT = "An unmistakable title"
RAW = '{"mode": "an unmistakable answer"}'
REFUSAL = "an unmistakable refusal"
MEMO = "an unmistakable memo"
WORDS = (TEXT, CONTEXT, RAW, REFUSAL)


def fill(store: Store) -> World:
    """A coded text, a refused one, and what people did with them."""
    world = populate(store)
    named = Document(name="clinic", variables={"title": CONTEXT, "year": "2019"})
    version = Version(document_id=named.id, text=TEXT, hash="7" * 64, context={"title": CONTEXT})
    store.add_documents([(named, version)])
    coded = world.call(version_id=version.id, raw=RAW, key="1")
    cell = {"version_id": version.id, "run_id": world.run.id, "coder_id": world.run.coder_id}
    code = world.coding(
        **cell, call_id=coded.id, status=Status.CODED, assignments=(Assignment(category="online", evidence=((3, 9),)),)
    )
    store.save_answer(coded, [code])
    unread = world.call(version_id=version.id, status="invalid", error=f"{TEXT}: not expected", replicate=2, key="3")
    store.save_answer(unread, [])
    refused = world.call(version_id=version.id, status="refused", error=REFUSAL, replicate=1, key="2")
    silent = world.coding(**cell, call_id=refused.id, status=Status.REFUSED, reason=REFUSAL, replicate=1)
    store.save_answer(refused, [silent])
    item = QueueItem(version_id=version.id, dimension_id="mode", reason="refused", detail=f"model: {REFUSAL}")
    store.add_queue_items([item])
    own = world.coding(
        version_id=version.id, memo=MEMO, status=Status.CODED, assignments=(Assignment(category="online"),)
    )
    store.add_decision(world.decision(item_id=item.id, coding_id=own.id, memo=MEMO), own)
    return world


def everything(store: Store) -> str:
    """All that the store's records hold, as one text."""
    runs = store.runs()
    parts = [*store.current_versions(), *store.codings(), *store.queue_items(), *store.decisions()]
    return repr([*parts, *(call for run in runs for call in store.calls(run.id))])


def test_words_go_and_codes_spans_hashes_and_people_stay(store: Store) -> None:
    fill(store)
    before = store.codings()
    assert all(word in everything(store) for word in WORDS)
    counted = store.purgeable()
    assert store.purge() == counted
    # populate has a text and a context field of its own
    assert (counted.texts, counted.context_fields, counted.raw_answers, counted.reasons, counted.memos) == (
        2,
        2,
        1,
        4,
        0,
    )
    left = everything(store)
    assert not any(word in left for word in WORDS)
    assert "7" * 64 in left
    assert MEMO in left

    def said(codings: list[Coding]) -> list[object]:
        return [(one.id, one.status, one.assignments, one.memo, one.dimension_hash, one.replicate) for one in codings]

    assert said(store.codings()) == said(before)
    clinic = next(document for document in store.documents() if document.name == "clinic")
    assert clinic.variables == {"year": "2019"}
    assert store.purged_versions() == {version.id for _, version in store.current_versions()}
    assert store.purge().nothing


def test_memos_of_people_go_only_where_that_is_asked_for(store: Store) -> None:
    fill(store)
    store.purge()
    assert MEMO in everything(store)
    assert store.purge(memos=True).memos == 2  # the coding's and the decision's
    assert MEMO not in everything(store)


def test_rows_refuse_changes_again_once_a_purge_is_done(store: Store) -> None:
    fill(store)
    store.purge()
    for table, column in (("versions", "text"), ("codings", "memo"), ("calls", "raw"), ("documents", "variables")):
        with pytest.raises(DBAPIError, match=f"{table} is append-only"), store._writer.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET {column} = {column}"))


def test_a_purge_that_breaks_off_leaves_all_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    before = everything(store)
    monkeypatch.setattr("coder.store.purge._forget_variables", lambda *_: 1 / 0)  # the triggers are off by then
    with pytest.raises(ZeroDivisionError):
        store.purge()
    assert everything(store) == before
    with pytest.raises(DBAPIError, match="append-only"), store._writer.begin() as connection:
        connection.execute(text("UPDATE versions SET text = ''"))


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_no_byte_of_the_words_stays_in_the_file_or_its_log(tmp_path: Path) -> None:
    with Store.create(str(tmp_path / "intercoder.db")) as store:
        fill(store)
        assert all(word.encode() in bytes_of(tmp_path) for word in WORDS if word != RAW)
        store.purge()
        # while the store is open its log lies beside it
        assert {path.name for path in tmp_path.iterdir()} >= {"intercoder.db", "intercoder.db-wal"}
        assert b"unmistakable sentence" not in bytes_of(tmp_path)
        assert not any(word.encode() in bytes_of(tmp_path) for word in WORDS)
        assert b"unmistakable answer" not in bytes_of(tmp_path)
        assert MEMO.encode() in bytes_of(tmp_path)
    assert not any(word.encode() in bytes_of(tmp_path) for word in WORDS)


def test_a_program_that_still_reads_the_file_is_named_and_a_second_purge_finishes_the_work(tmp_path: Path) -> None:
    with Store.create(str(tmp_path / "intercoder.db"), wait=0.2) as store:
        fill(store)
        reader = sqlite3.connect(tmp_path / "intercoder.db")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM versions").fetchone()
        with pytest.raises(StoreError, match="another program"):
            store.purge()
        reader.close()
        assert store.purge().nothing
        assert b"unmistakable sentence" not in bytes_of(tmp_path)


def test_merging_a_store_that_was_not_purged_brings_no_text_back(tmp_path: Path) -> None:
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    with Store.create(str(first)) as store:
        fill(store)
    second.write_bytes(first.read_bytes())
    with Store.open(str(first)) as purged, Store.open(str(second)) as whole:
        purged.purge(memos=True)
        assert not purged.merge(second).added
        assert not any(word in everything(purged) for word in WORDS)
        assert not whole.merge(first).added
        assert all(word in everything(whole) for word in WORDS)
