"""After `intercoder purge` the figures still stand, and what needs a text says that it was purged."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from coder.errors import InputError
from coder.model import Call, Coding, Document, Status, Version
from tests.integration.cli.scene import Scene, make_scene
from tests.integration.cli.test_sending import in_terminal

WORDS = "Page d0."


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Four texts, coded by a model and by Ada, who disagree on one; raw answers and a memo are kept."""
    made = make_scene(tmp_path / "study", 4)
    run = made.run({"tone": ["warm", "warm", "cold", "cold"], "parts": ["x", "x;y", "y", "absent"]})
    made.gold("ada", {"tone": ["warm", "warm", "cold", "warm"], "parts": ["x", "x;y", "y", "y"]}, memo="as it says")
    with made.store() as store:
        for version in made.versions:
            call = Call(
                run_id=run.id, version_id=version.id, key=version.id, dimensions=("tone", "parts"), status="ok",
                requested_model="mock", raw=f"answer about {version.text}",
            )  # fmt: skip
            store.save_answer(call, [])
    return made


def refusal(scene: Scene, *arguments: str) -> str:
    result = scene.call(*arguments)
    assert isinstance(result.exception, InputError), (result.exception, result.output)
    return result.exception.message


def test_a_dry_run_counts_and_changes_nothing(scene: Scene) -> None:
    found = scene.read("purge", "--dry-run")
    # "Page dN." has 8 characters
    assert found == {
        "texts": 4, "characters": 32, "context_fields": 0, "raw_answers": 4, "reasons": 0, "memos": 0, "pages": 0,
        "results": 0, "addresses": 0, "purged": False,
    }  # fmt: skip
    assert WORDS.encode() in (scene.folder / "intercoder.db").read_bytes()


def test_it_asks_before_and_a_no_changes_nothing(scene: Scene) -> None:
    assert "nobody can be asked" in refusal(scene, "purge")
    code, shown = in_terminal(scene.folder, "n\n", "purge")
    assert (code, "4 texts (32 characters), 4 raw answers" in shown) == (1, True)
    assert scene.read("purge", "--dry-run")["texts"] == 4
    code, shown = in_terminal(scene.folder, "y\n", "purge")
    assert code == 0, shown
    assert scene.read("purge", "--dry-run")["texts"] == 0


def test_without_a_question_nothing_is_counted_beforehand(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coder.store.store.Store.purgeable", lambda *_, **__: pytest.fail("read twice"))
    assert scene.read("purge", "--yes")["texts"] == 4


def figures(scene: Scene) -> list[Any]:
    long = scene.folder / "codes.csv"
    assert scene.call("export", str(long)).exception is None
    with long.open(encoding="utf-8", newline="") as handle:
        rows = [{name: value for name, value in row.items() if name != "evidence"} for row in csv.DictReader(handle)]
    table = scene.folder / "table.csv"
    table.write_text("unit,a,b\n1,x,x\n2,x,y\n", encoding="utf-8")
    return [
        scene.read("eval"), scene.read("analyze"), scene.read("status"), scene.read("runs"), rows,
        scene.read("agreement", str(table)),
    ]  # fmt: skip


def test_eval_agreement_analyze_status_and_exports_say_the_same_as_before(scene: Scene) -> None:
    before = figures(scene)
    assert scene.read("purge", "--yes")["purged"] is True
    assert figures(scene) == before
    said = scene.call("export", str(scene.folder / "codes.xlsx"))
    assert "4 texts were purged" in said.stderr
    assert WORDS.encode() not in (scene.folder / "intercoder.db").read_bytes()


def test_what_needs_a_text_says_that_it_was_purged(scene: Scene) -> None:
    scene.read("queue")
    scene.read("purge", "--yes")
    assert refusal(scene, "code") == "the texts of all 4 documents were purged"
    assert "were purged" in refusal(scene, "adjudicate", "--plain", "--coder", "ben")
    assert "were purged" in refusal(scene, "adjudicate", "--plain", "--coder", "ben", "--task", "code")
    drawn = ("sample", "--n", "2", "--seed", "1", "--csv", str(scene.folder / "to_code.csv"))
    assert "2 of the 2 texts drawn were purged" in refusal(scene, *drawn)
    assert "purged" in refusal(scene, "assign", "--coders", "ada,ben")


def test_a_new_document_is_still_coded_and_the_purged_ones_are_not_asked(scene: Scene, tmp_path: Path) -> None:
    scene.read("purge", "--yes")
    document = Document(name="new")
    with scene.store() as store:
        store.add_documents([(document, Version(document_id=document.id, text="A new page. It ends.", hash="n"))])
    answers = tmp_path / "answers.jsonl"
    given = {"tone": {"evidence": [1], "code": "warm"}, "parts": []}
    answers.write_text(json.dumps({"document": "A new page", "content": json.dumps(given)}) + "\n", encoding="utf-8")
    settings = f'[model]\nprovider = "recorded"\npath = "{answers}"\n'
    (scene.folder / "intercoder.toml").write_text(settings, encoding="utf-8")
    assert scene.read("code", "--fresh")["coded"] == 1
    said = scene.call("code", "--fresh")
    assert "4 documents are left out: their texts were purged" in said.stderr


def test_memos_stay_unless_they_are_named(scene: Scene) -> None:
    def memos() -> set[str]:
        with scene.store() as store:
            return {coding.memo for coding in store.codings() if coding.run_id is None}

    scene.read("purge", "--yes")
    assert memos() == {"as it says"}
    assert scene.read("purge", "--yes", "--memos")["memos"] == 8  # Ada's: four texts, two dimensions
    assert memos() == {""}


def test_no_status_nor_code_of_anybody_changes(scene: Scene) -> None:
    def codes() -> list[tuple[str, Status, tuple[str, ...]]]:
        with scene.store() as store:
            found: list[Coding] = store.codings()
        return [(one.id, one.status, one.codes) for one in found]

    before = codes()
    scene.read("purge", "--yes", "--memos")
    assert codes() == before
