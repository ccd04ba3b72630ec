"""Two people work apart in copies of a project and bring their stores together."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from coder.cli import group
from coder.errors import StoreError
from tests.integration.cli.scene import Scene, make_scene


@pytest.fixture
def apart(tmp_path: Path) -> tuple[Scene, Scene]:
    """A project with two disagreements that were queued, and a copy of it."""
    scene = make_scene(tmp_path / "ours", 2)
    scene.run({"tone": ["warm"] * 2})
    scene.gold("gilda", {"tone": ["cold"] * 2})
    assert len(scene.read("queue", "--audit-rate", "0")) == 2
    shutil.copytree(scene.folder, tmp_path / "theirs")
    return scene, Scene(tmp_path / "theirs", scene.versions)


def settle(scene: Scene, coder: str, script: str) -> None:
    command = ["--project", str(scene.folder), "adjudicate", "--plain", "--coder", coder]
    done = CliRunner().invoke(group, command, input=script)
    assert done.exception is None, done.exception


def test_work_done_apart_comes_together_and_a_conflict_is_queued_and_settled(apart: tuple[Scene, Scene]) -> None:
    ours, theirs = apart
    settle(ours, "ben", "1 a\na\n1 a\na\n")
    settle(theirs, "cas", "2 a\na\n1 a\na\n")
    other = str(theirs.folder / "intercoder.db")
    found = ours.read("merge", other)
    # Each settled both; on the first text they differ.
    assert (found["added"]["decisions"], found["conflicts"], found["queued_twice"]) == (6, 1, 0)
    waiting = [item for item in ours.read("queue") if not item["settled"] or item["reason"] == "conflict"]
    assert [(item["document"], item["reason"], item["detail"]) for item in waiting] == [
        ("d0", "conflict", "ben: Warm; cas: Cold")
    ]
    again = ours.read("merge", other)
    assert (again["added"], again["conflicts"]) == ({}, 0)
    assert "nothing, it was all here" in ours.call("merge", other).stderr
    settle(ours, "dora", "c codebook: warm wants an example\n2 a\na\n")
    assert all(item["settled"] for item in ours.read("queue"))
    assert ours.call("export", str(ours.folder / "out.xlsx")).exception is None
    book = openpyxl.load_workbook(ours.folder / "out.xlsx")
    rows = list(book["decisions"].values)
    memo = next(
        dict(zip(rows[0], row, strict=True)) for row in rows[1:] if row[rows[0].index("concerns")] == "codebook"
    )
    assert (memo["queued_for"], memo["memo"], memo["coder"]) == ("conflict", "codebook: warm wants an example", "dora")
    pages = [dict(zip(next(book["pages"].values), row, strict=True)) for row in list(book["pages"].values)[1:]]
    assert "cold" in str(pages[0]["tone"])


def test_a_store_that_is_not_there_is_said(apart: tuple[Scene, Scene]) -> None:
    assert isinstance(apart[0].call("merge", "none.db").exception, StoreError)
