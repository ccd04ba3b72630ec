"""What was saved stays saved: under SIGKILL, beside other writers, on a full disk, behind locks and permissions."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text

from coder.errors import StoreError
from coder.model import Assignment, Status
from coder.store import Store
from tests.integration.store.records import World, document, populate

if TYPE_CHECKING:
    from tests.integration.conftest import Cluster

WRITER = """
import sys
from coder.model import Decision
from coder.store import Store
url, item, coder = sys.argv[1:]
store = Store.open(url, wait=60)
coding = store.codings()[0]
while True:
    blind = coding.model_copy(update={"id": coding.id[:-6] + Decision(item_id="", coder_id="", action="skip").id[-6:]})
    decision = Decision(item_id=item, coder_id=coder, action="answer", coding_id=blind.id)
    store.add_decision(decision, blind)
    print(decision.id, blind.id, flush=True)
"""


def writer(url: str, world: World) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, url, world.item.id, world.person.id]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def saved_before_kill(process: subprocess.Popen[str], lines: int) -> list[str]:
    """Every line a writer printed, all of those it printed until it was killed after the first `lines`."""
    assert process.stdout is not None
    with process.stdout as output:
        first = [output.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        rest = output.readlines()
    assert process.wait() == -signal.SIGKILL
    return [line.strip() for line in (*first, *rest) if line.endswith("\n")]


def test_decisions_that_were_confirmed_survive_kill_9(store_url: str) -> None:
    with Store.create(store_url) as store:
        world = populate(store)
        store.add_codings([world.coding(status=Status.CODED, assignments=(Assignment(category="online"),))])
    printed = saved_before_kill(writer(store_url, world), 40)
    assert len(printed) >= 40
    with Store.open(store_url) as store:
        kept = {f"{decision.id} {decision.coding_id}" for decision in store.decisions()}
        assert set(printed) <= kept
        assert len(kept) <= len(printed) + 1  # at most the one in flight, kept but not yet printed
        codings = {coding.id: coding for coding in store.codings()}
        assert all(codings[decision.coding_id].codes == ("online",) for decision in store.decisions())


def test_two_programs_that_write_at_once_lose_nothing(store_url: str) -> None:
    with Store.create(store_url) as store:
        world = populate(store)
        store.add_codings([world.coding()])
        writers = [writer(store_url, world), writer(store_url, world)]
        with ThreadPoolExecutor(2) as pool:
            printed = [
                line for part in pool.map(lambda process: saved_before_kill(process, 30), writers) for line in part
            ]
        kept = {f"{decision.id} {decision.coding_id}" for decision in store.decisions()}
    assert len(printed) >= 60
    assert set(printed) <= kept


def test_who_waits_to_write_looks_again_within_a_hundredth_of_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # SQLite's own waiting ends at ten looks a second, and misses each gap of a program that writes without pause.
    path, pauses = tmp_path / "intercoder.db", list[float]()
    with Store.create(str(path)) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 20:
                other.execute("ROLLBACK")

        monkeypatch.setattr("coder.store.engine.time.sleep", pause)
        assert store.coder("Anna", "person").name == "Anna"
        assert len(pauses) == 20
        assert max(pauses) <= 0.01
        assert len(set(pauses)) > 1  # of random length, so that two who wait do not keep step
        # Whatever else SQLite waits for, it waits for as long as before.
        with store._write() as connection:
            assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 10_000


def test_threads_share_a_store(store: Store) -> None:
    world = populate(store)

    def answer(number: int) -> None:
        call = world.call(key=f"k{number}")
        store.save_answer(call, [world.coding(run_id=world.run.id, call_id=call.id)])

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(answer, range(60)))
    assert {call.key for call in store.calls(world.run.id)} == {f"k{number}" for number in range(60)}
    assert len(store.codings(run_id=world.run.id)) == 60


def test_reading_does_not_wait_for_a_writer(store: Store) -> None:
    world = populate(store)
    with store._write() as connection:
        connection.execute(text("INSERT INTO coders VALUES ('c', 'Cas', 'person', '2026-01-01T00:00:00.000000Z')"))
        assert [coder.name for coder in store.coders()] == ["Anna", "local/qwen"]
    assert [coder.name for coder in store.coders()] == ["Anna", "local/qwen", "Cas"]
    assert store.runs() == [world.run]


def test_a_locked_database_is_reported_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "intercoder.db"
    with Store.create(str(path), wait=0.05) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreError, match=r"intercoder\.db: another program is writing to it") as error:
                store.coder("Anna", "person")
            other.execute("ROLLBACK")
        assert error.value.hint.startswith("wait for that program")
        assert store.coder("Anna", "person").name == "Anna"


def test_a_lock_that_a_postgres_server_holds_is_reported(postgres: Cluster) -> None:
    import psycopg

    url = postgres.new_schema("locked")
    with Store.create(url, wait=0.05) as store:
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE coders IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(StoreError, match="another program is writing to it"):
                store.coder("Anna", "person")
        assert store.coder("Anna", "person").name == "Anna"


def add_until_refused(store: Store, confirmed: list[str]) -> None:
    """Add documents without end, and the id of each to `confirmed` once it is saved."""
    for _ in range(10_000):
        made, version = document()
        store.add_documents([(made, version.model_copy(update={"text": "x" * 5000}))])
        confirmed.append(made.id)


def fill(store: Store) -> list[str]:
    """Add documents until the disk is full; returns the ids of those that were confirmed."""
    confirmed: list[str] = []
    with pytest.raises(StoreError, match="there is no space left on the disk") as error:
        add_until_refused(store, confirmed)
    assert error.value.hint.startswith("free some space")
    return confirmed


def stored(store: Store) -> list[str]:
    return [made.id for made in store.documents()]


def test_a_full_database_keeps_what_was_confirmed(tmp_path: Path) -> None:
    path = tmp_path / "intercoder.db"
    with Store.create(str(path)) as store:

        def narrow(connection: sqlite3.Connection, *_rest: object) -> None:
            connection.execute("PRAGMA max_page_count = 100")

        event.listen(store._engine, "checkout", narrow)
        confirmed = fill(store)
        assert stored(store) == confirmed
        event.remove(store._engine, "checkout", narrow)
        with store._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")
    with Store.open(str(path)) as store:
        store.add_documents([document("after")])  # there is room again
        assert stored(store)[:-1] == confirmed
        with store._engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


@contextmanager
def tiny_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_keeps_what_was_confirmed(tmp_path: Path) -> None:
    with tiny_disk(tmp_path / "disk", "1m") as disk:
        path = disk / "intercoder.db"
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(200_000))
        with Store.create(str(path)) as store:
            confirmed = fill(store)
            assert stored(store) == confirmed
            ballast.unlink()
            store.add_documents([document("after")])
        with Store.open(str(path)) as store:
            assert stored(store)[:-1] == confirmed


def test_a_disk_too_small_for_a_store_says_so_and_leaves_no_half_of_one(tmp_path: Path) -> None:
    with tiny_disk(tmp_path / "disk", "1m") as disk:
        path = disk / "intercoder.db"
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(900_000))
        with pytest.raises(StoreError, match="there is no space left on the disk"):
            Store.create(str(path))
        ballast.unlink()
        with pytest.raises(StoreError, match="there is no store"):
            Store.open(str(path))
        with Store.create(str(path)) as store:
            store.add_documents([document()])


def test_a_full_disk_of_a_postgres_server_is_reported(postgres: Cluster) -> None:
    url = postgres.new_database("full_disk")
    with Store.create(url) as store:
        postgres.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$",
            "full_disk",
        )
        postgres.execute("CREATE TRIGGER t BEFORE INSERT ON versions EXECUTE FUNCTION full_disk()", "full_disk")
        with pytest.raises(StoreError, match="there is no space left on the disk"):
            store.add_documents([document()])
        assert store.documents() == []


def test_a_server_that_comes_back_is_used_again(postgres: Cluster) -> None:
    url = postgres.new_database("restarted")
    with Store.create(url) as store:
        store.coder("Anna", "person")
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'restarted' AND pid <> pg_backend_pid()"
        )
        assert store.coder("Anna", "person").name == "Anna"


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("synchronous", 2), ("journal_mode", "wal"), ("foreign_keys", 1), ("recursive_triggers", 1), ("busy_timeout", 70)],
)
def test_sqlite_is_set_to_lose_nothing(tmp_path: Path, pragma: str, value: object) -> None:
    # synchronous 2 is FULL: the log is on disk before a commit returns. https://www.sqlite.org/pragma.html
    Store.create(str(tmp_path / "intercoder.db")).close()
    with Store.open(str(tmp_path / "intercoder.db"), wait=0.07) as store, store._writer.begin() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_postgres_confirms_nothing_before_it_is_written(postgres: Cluster) -> None:
    # The test server runs with synchronous_commit=off, as some do for speed.
    with Store.create(postgres.new_schema("durable")) as store, store._engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
