"""Two stores become one: nothing is lost, nothing comes twice, and what does not fit is said."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import zlib
from hashlib import sha256
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from coder.adjudicate import resolve
from coder.adjudicate.again import contested
from coder.errors import StoreError
from coder.model import (
    Assignment,
    Coder,
    Decision,
    Gold,
    GoldItem,
    Inclusion,
    QueueItem,
    Review,
    Split,
    Status,
)
from coder.store import Store, tables
from coder.store.tables import VERSION_TABLE
from coder.store.upgrade import configuration
from tests.integration.store.records import CODEBOOK, World, document, populate

TABLES = [table for table in tables.metadata.sorted_tables if table.name != "leases"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two copies of one store, as two people who go apart have them: `ours.db` and `theirs.db`."""
    with Store.create(str(tmp_path / "ours.db")) as store:
        world = populate(store)
    shutil.copy(tmp_path / "ours.db", tmp_path / "theirs.db")
    return world


def rows(store: Store) -> dict[str, set[str]]:
    with store._read() as connection:
        return {
            table.name: {repr(sorted(row._mapping.items(), key=str)) for row in connection.execute(table.select())}
            for table in TABLES
        }


def settle(store: Store, world: World, coder: Coder, code: str, item_id: str = "") -> Decision:
    coding = world.coding(coder_id=coder.id, status=Status.CODED, assignments=(Assignment(category=code),))
    decision = world.decision(action="settle", coding_id=coding.id, coder_id=coder.id, item_id=item_id or world.item.id)
    store.add_decision(decision, coding)
    return decision


def work_apart(folder: Path, world: World) -> tuple[Decision, Decision]:
    """Ben works in ours, Cas in theirs, each under an id made there."""
    with Store.open(str(folder / "ours.db")) as ours, Store.open(str(folder / "theirs.db")) as theirs:
        return (
            settle(ours, world, ours.coder("Ben", "person"), "online"),
            settle(theirs, world, theirs.coder("Cas", "person"), "offline"),
        )


def test_a_merge_adds_all_that_was_missing_and_merging_again_adds_nothing(tmp_path: Path, world: World) -> None:
    mine, theirs = work_apart(tmp_path, world)
    with Store.open(str(tmp_path / "ours.db")) as store:
        merged = store.merge(tmp_path / "theirs.db")
        assert dict(merged.added) == {"coders": 1, "codings": 1, "assignments": 1, "decisions": 1}
        assert [act.id for act in store.decisions()] == sorted([mine.id, theirs.id])
        before = rows(store)
        assert dict(store.merge(tmp_path / "theirs.db").added) == {}
        assert rows(store) == before


def test_it_does_not_matter_who_merges_whom(tmp_path: Path, world: World) -> None:
    work_apart(tmp_path, world)
    shutil.copy(tmp_path / "ours.db", tmp_path / "first.db")
    with Store.open(str(tmp_path / "ours.db")) as ours, Store.open(str(tmp_path / "theirs.db")) as theirs:
        ours.merge(tmp_path / "theirs.db")
        theirs.merge(tmp_path / "first.db")
        assert rows(ours) == rows(theirs)
        assert dict(ours.merge(tmp_path / "theirs.db").added) == {}


def test_what_two_people_settled_differently_stays_and_is_a_conflict(tmp_path: Path, world: World) -> None:
    work_apart(tmp_path, world)
    with Store.open(str(tmp_path / "ours.db")) as store:
        store.merge(tmp_path / "theirs.db")
        items, log = store.queue_items(), store.decisions()
        codings = {coding.id: coding for coding in store.codings(decided=True)}
        names = {coder.id: coder.name for coder in store.coders()}
        (found,) = contested(CODEBOOK, items, log, codings, names)
        assert (found.reason, found.detail) == ("conflict", "Ben: Online; Cas: Vor Ort")
        kinds = {coder.id: coder.kind for coder in store.coders()}
        (cell,) = resolve([], [], items, log, codings, kinds=kinds).values()
        assert cell.source == "unresolved"


def test_a_coder_of_the_same_name_is_one_person_whatever_the_ids(tmp_path: Path, world: World) -> None:
    with Store.open(str(tmp_path / "ours.db")) as ours, Store.open(str(tmp_path / "theirs.db")) as theirs:
        mine, other = ours.coder("Ben", "person"), theirs.coder("Ben", "person")
        assert mine.id != other.id
        settle(theirs, world, other, "online")
    with Store.open(str(tmp_path / "ours.db")) as store:
        merged = store.merge(tmp_path / "theirs.db")
        assert merged.same_coders == ("Ben",)
        assert [coder.name for coder in store.coders()] == ["Anna", "local/qwen", "Ben"]
        assert {act.coder_id for act in store.decisions()} == {mine.id}
        assert {coding.coder_id for coding in store.codings()} == {mine.id}
        assert dict(store.merge(tmp_path / "theirs.db").added) == {}


def test_a_cell_that_both_queued_is_one_item_with_both_peoples_work(tmp_path: Path, world: World) -> None:
    with Store.open(str(tmp_path / "ours.db")) as ours, Store.open(str(tmp_path / "theirs.db")) as theirs:
        cells = [
            QueueItem(version_id=world.version.id, dimension_id="mode", run_id=None, reason="between_coders")
            for _ in range(2)
        ]
        for store, item in zip((ours, theirs), cells, strict=True):
            store.add_queue_items([item])
            settle(store, world, store.coder("Ben", "person"), "online", item.id)
    with Store.open(str(tmp_path / "ours.db")) as store:
        merged = store.merge(tmp_path / "theirs.db")
        assert merged.queued_twice == 1
        assert [item.id for item in store.queue_items()] == [world.item.id, cells[0].id]
        assert {act.item_id for act in store.decisions()} == {cells[0].id}
        assert len(store.decisions()) == 2
        assert dict(store.merge(tmp_path / "theirs.db").added) == {}


def test_different_documents_of_one_name_are_kept_and_named(tmp_path: Path, world: World) -> None:
    with Store.open(str(tmp_path / "theirs.db")) as theirs:
        theirs.add_documents([document("a")])
    with Store.open(str(tmp_path / "ours.db")) as store:
        assert store.merge(tmp_path / "theirs.db").same_names == ("a",)
        assert [made.name for made in store.documents()] == ["a", "a"]


def test_another_codebook_is_taken_in_and_named(tmp_path: Path, world: World) -> None:
    with Store.open(str(tmp_path / "theirs.db")) as theirs:
        theirs.save_codebook(CODEBOOK.model_copy(update={"version": "2.0.0"}))
    with Store.open(str(tmp_path / "ours.db")) as store:
        assert store.merge(tmp_path / "theirs.db").new_codebooks == ("études 2.0.0",)


def test_stores_that_were_started_apart_with_one_codebook_and_one_page_are_merged(tmp_path: Path) -> None:
    page = b"<p>The programme lasts two days.</p>" * 40
    for name, level in (("ours.db", 9), ("theirs.db", 1)):  # two machines do not compress alike
        with Store.create(str(tmp_path / name)) as store:
            store.save_codebook(CODEBOOK)
            store.coder("Ada", "person")
            store.add_documents([document(f"of {name}")])
            body = {"hash": sha256(page).hexdigest(), "content": zlib.compress(page, level)}
            with store._write() as connection:
                connection.execute(tables.bodies.insert(), [body])
    with Store.open(str(tmp_path / "ours.db")) as store:
        merged = store.merge(tmp_path / "theirs.db")
        assert dict(merged.added) == {"documents": 1, "versions": 1}
        assert merged.same_coders == ("Ada",)
        assert store.codebook(CODEBOOK.hash()) == CODEBOOK


def test_gold_and_samples_whose_names_are_taken_get_others(tmp_path: Path, world: World) -> None:
    for name in ("ours", "theirs"):
        with Store.open(str(tmp_path / f"{name}.db")) as store:
            coding = world.coding()
            store.add_codings([coding])
            gold = Gold(name="hand", version=1, codebook_hash=world.codebook_hash)
            store.add_gold(gold, [GoldItem(coding_id=coding.id)])
            store.add_inclusions([Inclusion(sample="pilot", document_id=world.document.id, probability=0.5)])
            store.add_splits(
                [
                    Split(
                        document_id=world.document.id,
                        split="test" if name == "ours" else "calibration",
                        cluster="c",
                        scheme="s",
                    )
                ]
            )
    with Store.open(str(tmp_path / "ours.db")) as store:
        merged = store.merge(tmp_path / "theirs.db")
        assert (dict(merged.gold), dict(merged.samples)) == ({"hand 1": "hand 2"}, {"pilot": "pilot (2)"})
        assert merged.splits_kept == 1
        assert store.splits()[world.document.id].split == "test"
        assert len(store.codings(gold_id=store.gold("hand", 2).id)) == 1
        assert dict(store.merge(tmp_path / "theirs.db").added) == {}


def test_the_other_store_is_not_touched(tmp_path: Path, world: World) -> None:
    work_apart(tmp_path, world)
    folder = tmp_path / "stick"
    folder.mkdir()
    other = folder / "theirs.db"
    shutil.copy(tmp_path / "theirs.db", other)
    other.chmod(0o444)
    before = (other.read_bytes(), other.stat().st_mtime_ns)
    with Store.open(str(tmp_path / "ours.db")) as store:
        store.merge(other)
    assert [path.name for path in folder.iterdir()] == ["theirs.db"]
    assert (other.read_bytes(), other.stat().st_mtime_ns) == before


def test_what_a_killed_program_left_in_the_log_of_the_other_store_is_merged(tmp_path: Path, world: World) -> None:
    script = (
        "import os, sys; from coder.store import Store; store = Store.open(sys.argv[1]); "
        "store.coder('Cas', 'person'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "theirs.db")], check=False)
    assert (tmp_path / "theirs.db-wal").stat().st_size
    with Store.open(str(tmp_path / "ours.db")) as store:
        store.merge(tmp_path / "theirs.db")
        assert [coder.name for coder in store.coders()] == ["Anna", "local/qwen", "Cas"]


def test_an_older_store_is_merged_from_a_copy_that_is_brought_up_to_date(tmp_path: Path, world: World) -> None:
    path = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = configuration()
        config.attributes["context"] = {"connection": connection, "version_table": VERSION_TABLE}
        command.upgrade(config, "0001")
        moment = "'2026-01-02T03:04:05.000006Z'"
        for row in (
            f"INSERT INTO documents VALUES ('D1', 'page', '{{}}', 'web', {moment})",
            f"INSERT INTO versions VALUES ('V1', 'D1', 'Text.', 'hash', 'en', '{{}}', {moment})",
            f"INSERT INTO coders VALUES ('A1', 'Anna', 'person', {moment})",
            f"INSERT INTO queue_items VALUES ('Q1', 'V1', 'tone', NULL, NULL, 'audit', '', 0.1, {moment})",
            f"INSERT INTO decisions VALUES ('00S1', 'Q1', 'A1', 'answer', NULL, NULL, 'blind', 2.5, '', {moment})",
        ):
            connection.execute(text(row.replace(":", r"\:")))
    engine.dispose()
    before = path.read_bytes()
    with Store.open(str(tmp_path / "ours.db")) as store:
        added = dict(store.merge(path).added)
        assert added == {"documents": 1, "versions": 1, "queue_items": 1, "decisions": 2}  # the answer, and its reveal
        assert {act.coder_id for act in store.decisions()} == {world.person.id}
        assert dict(store.merge(path).added) == {}
    assert path.read_bytes() == before


def test_records_of_one_id_that_say_different_things_stop_the_merge_whole(tmp_path: Path, world: World) -> None:
    with Store.open(str(tmp_path / "theirs.db")) as theirs:
        theirs.coder("Cas", "person")
    with sqlite3.connect(tmp_path / "theirs.db") as connection:
        connection.execute("DROP TRIGGER versions_no_update")
        connection.execute("UPDATE versions SET text = 'forged'")
    connection.close()
    with Store.open(str(tmp_path / "ours.db")) as store:
        before = rows(store)
        with pytest.raises(StoreError, match=f"its version {world.version.id} says something else"):
            store.merge(tmp_path / "theirs.db")
        assert rows(store) == before


@pytest.mark.parametrize("what", ["nothing", "itself", "a text"])
def test_what_is_no_other_store_is_refused_and_nothing_changes(tmp_path: Path, world: World, what: str) -> None:
    (tmp_path / "text.db").write_text("no database")
    path = {"nothing": "none.db", "itself": "ours.db", "a text": "text.db"}[what]
    with Store.open(str(tmp_path / "ours.db")) as store:
        before = rows(store)
        with pytest.raises(StoreError, match=path.replace(".", r"\.") if what != "a text" else "not a database"):
            store.merge(tmp_path / path)
        assert rows(store) == before


def test_a_coding_comes_after_the_one_it_derives_from_whatever_their_ids(tmp_path: Path, world: World) -> None:
    first, second = world.coding(id="Z" * 26), world.coding(id="0" * 26, derived_from="Z" * 26)
    with Store.open(str(tmp_path / "theirs.db")) as theirs:
        theirs.add_codings([first, second])
    with Store.open(str(tmp_path / "ours.db")) as store:
        store.merge(tmp_path / "theirs.db")
        assert {coding.id for coding in store.codings()} == {first.id, second.id}


def test_a_file_is_merged_into_any_store(store: Store, tmp_path: Path) -> None:
    with Store.create(str(tmp_path / "theirs.db")) as theirs:
        world = populate(theirs)
        settle(theirs, world, theirs.coder("Cas", "person"), "online")
        kept = rows(theirs)
    store.merge(tmp_path / "theirs.db")
    assert [coding.codes for coding in store.codings()] == [("online",)]
    assert {name: len(found) for name, found in rows(store).items()} == {
        name: len(found) for name, found in kept.items()
    }
    assert dict(store.merge(tmp_path / "theirs.db").added) == {}


def test_what_an_expert_said_in_the_other_store_comes_along_once(tmp_path: Path, world: World) -> None:
    with Store.open(str(tmp_path / "theirs.db")) as theirs:
        expert = theirs.coder("Dr Vos", "person")
        theirs.add_reviews([Review(coder_id=expert.id, report="r", pattern="p", sentence="s", verdict="disagree")])
    with Store.open(str(tmp_path / "ours.db")) as store:
        store.merge(tmp_path / "theirs.db")
        store.merge(tmp_path / "theirs.db")
        ((expert_id, verdict),) = [(one.coder_id, one.verdict) for one in store.reviews()]
        assert ({coder.id: coder.name for coder in store.coders()}[expert_id], verdict) == ("Dr Vos", "disagree")
