"""Stores that cannot be written, or that something has damaged: said in one line, and nothing made worse."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from coder.errors import StoreError
from coder.store import Store
from tests.integration.store.records import document


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder anyone may use, for a process that has for the time of the test no special rights."""
    folder = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    if root:
        shutil.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o700)
        shutil.rmtree(folder)


def test_a_read_only_folder_is_reported(nobody: Path) -> None:
    with Store.create(str(nobody / "intercoder.db")) as store:
        store.add_documents([document()])
    nobody.chmod(0o500)
    with pytest.raises(StoreError, match=r"new\.db: the file cannot be made .Permission denied"):
        Store.create(str(nobody / "new.db"))
    with pytest.raises(StoreError, match=r"intercoder\.db: it (cannot be opened|cannot be written)") as error:
        Store.open(str(nobody / "intercoder.db"))
    assert error.value.hint == "check the permissions of the file and of its folder"
    nobody.chmod(0o700)
    with Store.open(str(nobody / "intercoder.db")) as store:
        assert len(store.documents()) == 1


def test_a_read_only_file_is_reported(nobody: Path) -> None:
    path = nobody / "intercoder.db"
    Store.create(str(path)).close()
    path.chmod(0o400)
    with pytest.raises(StoreError, match=r"intercoder\.db: it cannot be"), Store.open(str(path)) as store:
        store.coder("Anna", "person")


def test_a_damaged_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "intercoder.db"
    with Store.create(str(path)) as store:
        store.add_documents([document(str(number)) for number in range(500)])
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : -100] = b"\xff" * (len(content) - 100 - len(content) // 2)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="the file is damaged"), Store.open(str(path)) as store:
        store.current_versions()


def test_a_record_that_no_longer_reads_is_named(store: Store) -> None:
    with store._write() as connection:
        connection.execute(text("INSERT INTO coders VALUES ('c', 'Cas', 'robot', '2026-01-01T00:00:00.000000Z')"))
    with pytest.raises(StoreError, match=r"a stored Coder cannot be read \(kind: "):
        store.coders()


def test_a_codebook_that_was_tampered_with_is_refused(store: Store) -> None:
    with store._write() as connection:
        connection.execute(text("INSERT INTO codebooks VALUES ('abc', 'n', '1', '{}', '2026-01-01T00:00:00.000000Z')"))
    with pytest.raises(StoreError, match="the stored codebook abc was changed"):
        store.codebook("abc")
