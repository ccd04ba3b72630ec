"""Real databases for the tests: SQLite files, and a throw-away PostgreSQL cluster where its programs are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from coder.store import Store

PASSWORD = "wachtwoord-7"


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL server that listens on a socket in `folder` only."""

    folder: Path

    def url(self, database: str, password: str = PASSWORD) -> str:
        return f"postgresql://tester:{password}@/{database}?host={self.folder}"

    def new_database(self, name: str) -> str:
        """The URL of an empty database."""
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def new_schema(self, name: str) -> str:
        """The URL of an empty schema: as good as a database, and fifty times faster to make and to remove."""
        self.execute(f"CREATE SCHEMA {name}")
        return f"{self.url('postgres')}&options=-csearch_path%3D{name}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)


def postgres_programs() -> Path | None:
    """The folder of initdb and pg_ctl, the newest where several versions are installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


def unprivileged() -> pwd.struct_passwd | None:
    """Whom the server runs as when root runs the tests: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("PostgreSQL will not run as root, and there is no other user here")


def start(programs: Path, folder: Path) -> Callable[..., None]:
    """Make and start a cluster; returns the function that runs pg_ctl on it."""
    account = unprivileged()
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    password = folder / "password"
    password.write_text(PASSWORD)
    if account:
        for path in (folder, password):
            os.chown(path, account.pw_uid, account.pw_gid)

    def run(program: str, *options: str) -> None:
        log = folder / "programs.log"
        with log.open("ab") as output:
            subprocess.run(
                [programs / program, "-D", folder / "data", *options],
                check=True, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **identity,
            )  # fmt: skip

    run("initdb", "-U", "tester", "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "--no-sync")
    server = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c synchronous_commit=off"
    run("pg_ctl", "-w", "-o", server, "-l", str(folder / "server.log"), "start")
    return run


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server for the session; tests that need it are skipped where there is none."""
    pytest.importorskip("psycopg", reason="the driver for PostgreSQL (psycopg) is not installed")
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here (no initdb)")
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path must stay short, pytest's folders are long
    try:
        run = start(programs, folder)
        yield Cluster(folder)
        run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_numbers = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty place for a store, once in SQLite and once in PostgreSQL."""
    if request.param == "sqlite":
        return str(tmp_path / "intercoder.db")
    return str(request.getfixturevalue("postgres").new_schema(f"store_{next(_numbers)}"))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A new, empty store."""
    with Store.create(store_url) as created:
        yield created
