"""Making, opening and recognising stores."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import pytest
from sqlalchemy import create_engine, text

from coder.errors import StoreError
from coder.store import Store
from coder.store.location import locate
from tests.integration.store.records import document


def test_a_store_opens_again_with_what_it_held(store_url: str) -> None:
    pair = document()
    with Store.create(store_url) as store:
        store.add_documents([pair])
    with Store.open(store_url) as store:
        assert store.current_versions() == [pair]


def test_making_a_store_that_is_there_opens_it(store_url: str) -> None:
    with Store.create(store_url) as store:
        store.add_documents([document()])
    with Store.create(store_url) as store:
        assert len(store.documents()) == 1


def test_several_programs_may_make_a_store_at_once(store_url: str) -> None:
    def make(number: int) -> str:
        with Store.create(store_url) as store:
            return store.coder("Anna", "person").id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(make, range(4)))) == 1


def test_making_a_store_waits_for_whoever_reads_the_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "intercoder.db"
    path.touch()
    reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM sqlite_master").fetchall()
    with pytest.raises(StoreError, match="another program is writing"):
        Store.create(str(path), wait=0.05)
    leaving = Timer(0.2, reader.close)
    leaving.start()
    Store.create(str(path)).close()
    leaving.join()


def test_opening_what_is_not_there_says_to_run_init(store_url: str) -> None:
    with pytest.raises(StoreError, match="there is no store") as error:
        Store.open(store_url)
    assert error.value.hint == "run: intercoder init"


def test_opening_leaves_no_file_behind(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Store.open(str(tmp_path / "mistyped.db"))
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_no_store_until_it_is_made_one(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with pytest.raises(StoreError, match="there is no store"):
        Store.open(str(path))
    Store.create(str(path)).close()
    Store.open(str(path)).close()


def test_a_database_of_something_else_is_left_alone(store_url: str) -> None:
    location = locate(store_url)
    if location.path:
        location.path.touch()
    engine = create_engine(location.url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE recipes (name TEXT)"))
    with pytest.raises(StoreError, match=r"belongs to something else \(it holds a table 'recipes'\)"):
        Store.create(store_url)
    with engine.connect() as connection:
        tables = "sqlite_master" if location.path else "pg_tables WHERE schemaname = current_schema()"
        assert connection.execute(text(f"SELECT count(*) FROM {tables}")).scalar() == 1
    engine.dispose()


def test_a_file_of_something_else_is_not_changed_by_a_byte(tmp_path: Path) -> None:
    path = tmp_path / "recipes.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    before = path.read_bytes()
    for attempt in (Store.create, Store.open):
        with pytest.raises(StoreError):
            attempt(str(path))
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"name,text\na,hello\n" * 200, b"PK\x03\x04" + bytes(4000)])
def test_a_file_that_is_not_a_database_is_named_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    for attempt in (Store.create, Store.open):
        with pytest.raises(StoreError, match=r"table\.csv: it is not a database"):
            attempt(str(path))
    assert path.read_bytes() == content


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    for attempt in (Store.create, Store.open):
        with pytest.raises(StoreError, match="this is not a file"):
            attempt(str(tmp_path))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the folder .*nowhere does not exist"):
        Store.create(str(tmp_path / "nowhere" / "x.db"))


def test_a_store_of_a_newer_program_is_not_touched(store_url: str) -> None:
    with Store.create(store_url) as store, store._engine.connect() as connection:
        connection.execute(text("UPDATE intercoder_version SET version_num = '9999'"))
        connection.commit()
    with pytest.raises(StoreError, match=r"a newer version of the program made this store \(revision 9999\)") as error:
        Store.open(store_url)
    assert error.value.hint == "update it: pip install --upgrade intercoder"
    engine = create_engine(locate(store_url).url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM intercoder_version")).scalar() == "9999"
    engine.dispose()


def test_a_store_that_is_up_to_date_opens_without_alembic(store_url: str) -> None:
    Store.create(store_url).close()
    program = (
        "import sys; from coder.store import Store; Store.open(sys.argv[1]).close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, store_url], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_odd_characters_in_a_path_are_only_characters(tmp_path: Path) -> None:
    folder = tmp_path / "50% ? #1 ü&mode=ro"
    folder.mkdir()
    with Store.create(str(folder / "a b.db")) as store:
        store.add_documents([document()])
    assert sorted(path.name for path in folder.iterdir()) == ["a b.db"]


def test_a_sqlite_url_is_a_path(tmp_path: Path) -> None:
    Store.create(f"sqlite:///{tmp_path}/x.db").close()
    assert (tmp_path / "x.db").is_file()


@pytest.mark.parametrize("address", ["", ":memory:", "sqlite://", "sqlite:///:memory:"])
def test_a_store_needs_a_file(address: str) -> None:
    with pytest.raises(StoreError, match="names no file"):
        Store.create(address)


def test_other_kinds_of_database_are_refused() -> None:
    with pytest.raises(StoreError, match=r"a store at 'mysql://\.\.\.' is of no known kind"):
        Store.open("mysql://anna:secret@host/db")
