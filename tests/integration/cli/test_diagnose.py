"""eval --diagnose says which definitions fail and why, with n and the documents concerned."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coder.codebook import load_codebook
from coder.errors import InputError
from tests.integration.cli.scene import Scene, make_scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """d0: people differ; d1: both say warm, the model cold; d2: ada alone, the model differs; d3: all agree."""
    made = make_scene(tmp_path / "study", 4)
    made.gold("ben", {"tone": ["cold", "warm", None, "cold"]}, name="b")
    made.gold("ada", {"tone": ["warm", "warm", "warm", "cold"]}, name="a")
    made.run({"tone": ["warm", "cold", "absent", "cold"]})
    return made


def tone(scene: Scene, *options: str) -> dict[str, object]:
    found = scene.read("eval", "--gold", "a", "--diagnose", *options)["diagnosis"]
    return dict(found[0])


def causes(scene: Scene, *options: str) -> list[tuple[object, ...]]:
    findings = tone(scene, *options)["findings"]
    assert isinstance(findings, list)
    return [(one["cause"], one["codes"], one["documents"]) for one in findings]


def test_each_failing_cell_has_one_cause(scene: Scene) -> None:
    assert causes(scene) == [
        ("ambiguity", [["cold"], ["warm"]], ["d0"]),
        ("model", [["warm"], ["cold"]], ["d1"]),
        ("unchecked", [["warm"], ["absent"]], ["d2"]),
    ]
    found = tone(scene)
    assert (found["n"], found["several"], found["settled"], found["failing"]) == (4, 3, 0, 3)


def test_a_second_coder_who_overrules_gold_puts_it_on_the_gold(scene: Scene) -> None:
    scene.settle("cas", "tone", "cold")
    assert causes(scene)[0] == ("gold", [["warm"], ["cold"]], ["d0"])


def test_definitions_confused_in_a_test_are_told_beside(scene: Scene) -> None:
    tested = scene.folder / "tested.json"
    weak = {"dimension": "tone", "category": "warm", "rule": "definition", "text": "tone: 'warm' was taken for 'cold'"}
    book = {"hash": load_codebook(scene.folder / "codebook.yaml").hash()}
    tested.write_text(json.dumps({"codebook": book, "weak": [weak]}), encoding="utf-8")
    assert causes(scene, "--tested", str(tested))[-1] == ("codebook", [["warm"]], [])
    shown = scene.call("eval", "--gold", "a", "--diagnose", "--tested", str(tested)).stdout
    assert "'warm' was taken for 'cold'" in shown


def test_the_words_name_documents_and_remedy(scene: Scene) -> None:
    shown = " ".join(scene.call("eval", "--gold", "a", "--diagnose").stdout.split())
    assert "3 of 4 fail; 3 coded by several people, 0 settled" in shown
    assert "ambiguity 1: people disagree among themselves." in shown
    assert "Cold / Warm 1: d0" in shown
    assert "Warm -> Cold 1: d1" in shown


@pytest.mark.parametrize(
    ("content", "words"),
    [("{}", "not what 'codebook test --json' prints"), ('{"codebook": {"hash": "x"}, "weak": []}', "another version")],
)
def test_a_file_that_is_no_test_of_this_codebook_is_refused(scene: Scene, content: str, words: str) -> None:
    tested = scene.folder / "tested.json"
    tested.write_text(content, encoding="utf-8")
    refused = scene.call("eval", "--gold", "a", "--diagnose", "--tested", str(tested)).exception
    assert isinstance(refused, InputError)
    assert words in refused.message


def test_tested_alone_is_refused(scene: Scene) -> None:
    refused = scene.call("eval", "--tested", "x.json").exception
    assert isinstance(refused, InputError)
