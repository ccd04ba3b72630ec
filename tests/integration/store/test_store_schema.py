"""The migrated tables are those the code believes in, and their rows stay as they were written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from coder.model import (
    Assignment,
    Call,
    Capture,
    Coder,
    Coding,
    Decision,
    Document,
    Gold,
    GoldItem,
    Hit,
    Inclusion,
    Match,
    QueueItem,
    Record,
    Review,
    Run,
    Search,
    SearchQuery,
    Split,
    Status,
    Version,
)
from coder.store import Store, tables
from coder.store.columns import Key
from coder.store.location import locate
from coder.store.tables import HEAD, VERSION_TABLE
from coder.store.upgrade import configuration, revisions
from tests.integration.store.records import find, populate

if TYPE_CHECKING:
    from tests.integration.conftest import Cluster


def test_migrations_lead_to_the_tables_of_the_code(store: Store) -> None:
    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_the_newest_migration_is_the_one_that_opening_looks_for() -> None:
    assert revisions(configuration())[0] == HEAD


FIRST_ROWS = (
    "INSERT INTO documents VALUES ('D1', 'page', '{\"year\": \"2019\"}', 'web', '2026-01-02T03:04:05.000006Z')",
    "INSERT INTO versions VALUES ('V1', 'D1', 'Text.', 'hash', 'en', '{}', '2026-01-02T03:04:05.000006Z')",
    "INSERT INTO codebooks VALUES ('book', 'small', '1', '{}', '2026-01-02T03:04:05.000006Z')",
    "INSERT INTO coders VALUES ('M1', 'openai:mock', 'model', '2026-01-02T03:04:05.000006Z')",
    "INSERT INTO runs VALUES ('R1', 'M1', 'book', 'prompt', '{}', '2026-01-02T03:04:05.000006Z')",
    "INSERT INTO calls VALUES ('C1', 'R1', 'V1', 'key', 0, '[\"tone\"]', 'ok', 'mock', 'mock', '', '{}', '', 1, 9, "
    "4, 2, "
    "35, 0.5, '2026-01-02T03:04:05.000006Z')",
    "INSERT INTO inclusions VALUES ('I1', 'pilot', 'D1', '', 0.25, '2026-01-02T03:04:05.000006Z')",
)
"""A row in each table that the second migration changes, and what they refer to, as the first had the columns."""


def test_a_store_made_at_the_first_migration_opens_with_all_its_rows(store_url: str) -> None:
    engine = create_engine(locate(store_url).url)
    with engine.begin() as connection:
        config = configuration()
        config.attributes["context"] = {"connection": connection, "version_table": VERSION_TABLE}
        command.upgrade(config, "0001")
        for row in FIRST_ROWS:
            connection.execute(text(row.replace(":", r"\:")))
    engine.dispose()
    with Store.open(store_url) as store:
        ((document, version),) = store.current_versions()
        (call,), (inclusion,) = store.calls("R1"), store.inclusions("pilot")
    assert (document.name, document.variables, version.text) == ("page", {"year": "2019"}, "Text.")
    assert (call.completion_tokens, call.milliseconds, call.cost_usd, call.probabilities) == (2, 35, 0.5, ())
    assert (call.part, call.parts) == (0, 0)  # whole texts were all there was
    # What a sample of then lacks: it held the drawn alone.
    assert (inclusion.probability, inclusion.drawn, inclusion.stratum, inclusion.cluster) == (0.25, True, "", "")
    with engine.connect() as connection:
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() == HEAD
    engine.dispose()


ANSWERED = (
    "INSERT INTO coders VALUES ('A1', 'Ann', 'person', '2026-01-02T03:04:05.000006Z')",
    "INSERT INTO queue_items VALUES ('Q1', 'V1', 'tone', NULL, NULL, 'audit', '', 0.1, '2026-01-02T03:04:05.000006Z')",
    "INSERT INTO decisions VALUES ('00S1AAAAAAAAAAAAAAAAAAAAAA', 'Q1', 'A1', 'answer', NULL, NULL, 'blind', 2.5, '', "
    "'2026-01-02T03:04:05.000006Z')",
)


def test_an_answer_made_before_reveals_were_recorded_counts_as_having_shown_its_item(tmp_path: Path) -> None:
    path = tmp_path / "intercoder.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = configuration()
        config.attributes["context"] = {"connection": connection, "version_table": VERSION_TABLE}
        command.upgrade(config, "0001")
        for row in (*FIRST_ROWS, *ANSWERED):
            connection.execute(text(row.replace(":", r"\:")))
        command.upgrade(config, "0002")
    engine.dispose()
    with Store.open(str(path)) as store:
        assert {(act.action, act.item_id, act.visible) for act in store.decisions()} == {
            ("answer", "Q1", "blind"),
            ("reveal", "Q1", "revealed"),
        }
        assert store.queue_items()[0].coder_id is None


@pytest.mark.parametrize(
    ("model", "table", "elsewhere"),
    [
        (Document, tables.documents, set()),
        (Version, tables.versions, set()),
        (Coder, tables.coders, set()),
        (Run, tables.runs, set()),
        (Call, tables.calls, set()),
        (Coding, tables.codings, {"assignments"}),
        (Assignment, tables.assignments, set()),
        (Gold, tables.gold, set()),
        (GoldItem, tables.gold_items, set()),
        (Split, tables.splits, set()),
        (Inclusion, tables.inclusions, set()),
        (QueueItem, tables.queue_items, set()),
        (Decision, tables.decisions, set()),
        (Review, tables.reviews, set()),
        (Search, tables.searches, set()),
        (SearchQuery, tables.search_queries, set()),
        (Hit, tables.hits, set()),
        (Capture, tables.captures, set()),
        (Match, tables.matches, set()),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_field_of_a_record_has_its_column(model: type[Record], table: object, elsewhere: set[str]) -> None:
    columns = {column.name for column in table.columns}  # type: ignore[attr-defined]
    assert set(model.model_fields) - elsewhere <= columns


@pytest.mark.parametrize("change", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("decisions", "memo"), ("codings", "status"), ("assignments", "category"), ("gold_items", "defensible"),
        ("splits", "split"), ("versions", "text"), ("calls", "raw"), ("reviews", "comment"),
        ("searches", "name"), ("search_queries", "query"), ("hits", "rank"), ("bodies", "content"), ("captures", "outcome"), ("matches", "verdict"),
    ],
)  # fmt: skip
def test_the_database_itself_refuses_changes(store: Store, table: str, column: str, change: str) -> None:
    fill_append_only_tables(store)
    with (
        pytest.raises(DBAPIError, match=f"{table} is append-only"),
        store._writer.begin() as connection,
    ):
        connection.execute(text(change.format(table, column)))


def test_replacing_a_row_is_a_change_too(tmp_path: Path) -> None:
    # Only SQLite has INSERT OR REPLACE; its triggers see it because connections set recursive_triggers.
    replace = text("INSERT OR REPLACE INTO assignments SELECT coding_id, 0, 'x', '[]', NULL, NULL FROM assignments")
    with Store.create(str(tmp_path / "intercoder.db")) as store:
        fill_append_only_tables(store)
        with pytest.raises(DBAPIError, match="assignments is append-only"), store._writer.begin() as connection:
            connection.execute(replace)


def fill_append_only_tables(store: Store) -> None:
    """SQLite's triggers fire a row, so that an empty table would prove nothing."""
    world = populate(store)
    coding = world.coding(status=Status.CODED, assignments=(Assignment(category="online"),))
    store.add_decision(world.decision(coding_id=coding.id), coding)
    store.save_answer(world.call(), [])
    gold = Gold(name="g", version=1, codebook_hash=world.codebook_hash)
    store.add_gold(gold, [GoldItem(coding_id=coding.id)])
    store.add_reviews([Review(coder_id=world.person.id, report="r", pattern="p", sentence="s", verdict="agree")])
    store.add_splits([Split(document_id=world.document.id, split="test", cluster="c", scheme="s")])
    find(store, world)


def test_the_stored_order_does_not_depend_on_the_locale(store: Store) -> None:
    # By bytes, upper case comes before lower case; most locales of PostgreSQL sort "a" before "B".
    made = [Document(id=name, name="x") for name in ("B", "a", "C")]
    store.add_documents([(document, Version(document_id=document.id, text="", hash="h")) for document in made])
    assert [document.id for document in store.documents()] == ["B", "C", "a"]


def test_ids_are_compared_by_bytes_in_postgres_whatever_its_locale(postgres: Cluster) -> None:
    wanted = {
        (table.name, column.name) for table in tables.metadata.sorted_tables for column in table.c if column.type is Key
    }
    query = "SELECT table_name, column_name FROM information_schema.columns WHERE collation_name = 'C' AND table_schema = 'by_bytes'"
    with Store.create(postgres.new_schema("by_bytes")) as store, store._engine.connect() as connection:
        assert {tuple(row) for row in connection.execute(text(query))} == wanted
    assert ("documents", "id") in wanted


def test_people_can_read_the_rows_with_sql_alone(store: Store) -> None:
    world = populate(store)
    store.add_codings(
        [world.coding(status=Status.CODED, assignments=(Assignment(category="online", evidence=((3, 7),)),))]
    )
    engine = create_engine(store.location.url)
    with engine.connect() as connection:
        row = connection.execute(text("SELECT category, CAST(evidence AS TEXT) AS cited FROM assignments")).one()
    engine.dispose()
    assert tuple(row) == ("online", "[[3, 7]]")
