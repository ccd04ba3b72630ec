"""intercoder status of projects that are empty, from elsewhere, or named to harm."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coder.cli import group
from coder.errors import CoderError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert CliRunner().invoke(group, ["init", str(tmp_path / "study")]).exit_code == 0
    return tmp_path / "study"


def status(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(group, ["-p", str(folder), "status", *options], color=True)


def newer(folder: Path) -> None:
    with sqlite3.connect(folder / "intercoder.db") as connection:
        connection.execute("UPDATE intercoder_version SET version_num = '9999'")


def none(folder: Path) -> None:
    (folder / "intercoder.db").unlink()


def garbage(folder: Path) -> None:
    (folder / "intercoder.db").write_bytes(b"this is no database" * 100)


def a_folder(folder: Path) -> None:
    none(folder)
    (folder / "intercoder.db").mkdir()


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize(
    ("change", "said", "remedy"),
    [
        (newer, "a newer version of the program made this store (revision 9999)", "pip install --upgrade intercoder"),
        (none, "there is no store", "intercoder init"),
        (garbage, "it is not a database", "move this one away"),
        (a_folder, "this is not a file", "name the store's file"),
    ],
)
def test_a_store_that_is_none_of_ours_is_told_with_the_remedy(
    folder: Path, change: Callable[[Path], None], said: str, remedy: str, options: list[str]
) -> None:
    change(folder)
    done = status(folder, *options)
    assert isinstance(done.exception, CoderError)
    assert done.exception.message == f"{folder / 'intercoder.db'}: {said}"
    assert (remedy in done.exception.hint, done.exception.exit_code, done.stdout) == (True, 1, "")


def test_an_empty_project_says_what_to_do_first(folder: Path) -> None:
    found = json.loads(status(folder, "--json").stdout)
    assert (found["documents"], found["runs"], found["next"]) == (0, 0, "intercoder import PATH")


def test_names_with_escapes_move_no_terminal_and_forge_no_line(folder: Path) -> None:
    book = folder / "codebook.yaml"
    text = book.read_text("utf-8").replace(
        "name: radiology-ai-training", r'name: "\e[2J\u202Ebad\n          next  rm [b]x"'
    )
    book.write_text(text, "utf-8")
    shown = status(folder).stdout
    assert not {"\x1b", "\u202e"} & set(shown)
    assert [line.split()[-3:] for line in shown.splitlines() if line.split()[0] == "next"] == [
        ["intercoder", "import", "PATH"]
    ]
