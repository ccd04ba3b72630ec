"""Revise a codebook and carry over what was coded: gold, runs and settlements, as new rows with lineage."""

from __future__ import annotations

from pathlib import Path

import pytest

from coder.errors import InputError
from coder.model import Coding
from tests.integration.cli.scene import BOOK, Scene, make_scene

REVISED = BOOK.replace("version: 1", "version: 2").replace("{id: cold}", "{id: cool}, {id: icy}, {id: chilly}")
MAP = "from: 1\ndimensions:\n  tone: {categories: {cold: cool}}\n"
SPLIT = "from: 1\ndimensions:\n  tone: {categories: {cold: {split: [icy, chilly]}}}\n"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = make_scene(tmp_path / "study", 4)
    made.gold("ada", {"tone": ["warm", "cold", "absent", "cold"], "parts": ["x", "y", "x;y", "absent"]}, name="hand")
    made.run({"tone": ["warm", "cold", "absent", "warm"], "parts": ["x", "y", "x", "y"]})
    return made


def revise(scene: Scene, text: str = MAP) -> str:
    (scene.folder / "codebook.yaml").write_text(REVISED, encoding="utf-8")
    path = scene.folder / "map.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def rows(scene: Scene) -> list[Coding]:
    with scene.store() as store:
        return store.codings()


def test_without_apply_nothing_is_written(scene: Scene) -> None:
    before = rows(scene)
    found = scene.read("codebook", "migrate", revise(scene))
    assert (found["applied"], found["gold"], found["runs"]) == (False, [], [])
    assert [(part["carried"], part["asked_again"]) for part in found["parts"]] == [(8, []), (8, [])]
    assert rows(scene) == before
    assert "nothing was written; the same command with --apply does it" in " ".join(
        scene.call("codebook", "migrate", str(scene.folder / "map.yaml")).stdout.split()
    )


def test_renamed_codes_are_carried_and_evaluated_as_before(scene: Scene) -> None:
    before = scene.read("eval", "--gold", "hand")["dimensions"]
    old = rows(scene)
    found = scene.read("codebook", "migrate", revise(scene), "--apply")
    assert found["gold"] == ["hand 2"]
    after = scene.read("eval")
    assert (after["gold"]["version"], after["run"]) == (2, found["runs"][0])
    # The same pairs over two categories more: agreement as it was.
    for one, other in zip(before, after["dimensions"], strict=True):
        assert (one["n"], one["percent_agreement"], one["value"]) == (
            other["n"],
            other["percent_agreement"],
            other["value"],
        )
    assert rows(scene)[: len(old)] == old
    new = rows(scene)[len(old) :]
    assert {coding.derived_from for coding in new} == {coding.id for coding in old}


def test_a_split_goes_back_to_the_queue_and_leaves_the_gold(scene: Scene) -> None:
    found = scene.read("codebook", "migrate", revise(scene, SPLIT), "--apply")
    assert found["queued"] == 2
    assert found["parts"][0]["asked_again"] == [
        {"dimension": "tone", "why": "'cold' was split into icy and chilly", "codings": 2}
    ]
    waiting = [item for item in scene.read("queue", "--audit-rate", "0") if item["reason"] == "changed"]
    assert [(item["document"], item["dimension"]) for item in waiting] == [("d1", "tone"), ("d3", "tone")]
    assert "split into icy and chilly (carried over from codebook 1" in waiting[0]["detail"]
    assert [one["n"] for one in scene.read("eval")["dimensions"]] == [2, 4]


def test_what_was_settled_stays_settled_under_the_new_name(scene: Scene) -> None:
    scene.settle("bea", "tone", "cold")
    scene.read("codebook", "migrate", revise(scene), "--apply")
    table = scene.folder / "wide.csv"
    assert scene.call("export", str(table), "--wide").exception is None
    header, first = table.read_text(encoding="utf-8").splitlines()[:2]
    cells = dict(zip(header.split(","), first.split(","), strict=True))
    assert (cells["tone"], cells["tone_source"]) == ("cool", "settled")


def test_what_was_settled_as_a_category_that_was_split_waits_again(scene: Scene) -> None:
    scene.settle("bea", "tone", "cold")
    scene.read("codebook", "migrate", revise(scene, SPLIT), "--apply")
    table = scene.folder / "wide.csv"
    scene.call("export", str(table), "--wide")
    header, first = table.read_text(encoding="utf-8").splitlines()[:2]
    cells = dict(zip(header.split(","), first.split(","), strict=True))
    assert (cells["tone"], cells["tone_source"]) == ("", "unresolved")


def test_carrying_over_twice_is_refused(scene: Scene) -> None:
    path = revise(scene)
    scene.read("codebook", "migrate", path, "--apply")
    refused = scene.call("codebook", "migrate", path, "--apply").exception
    assert isinstance(refused, InputError)
    assert "nothing is left to carry over" in refused.message


def test_an_unknown_source_is_refused_with_those_there_are(scene: Scene) -> None:
    refused = scene.call("codebook", "migrate", revise(scene, MAP.replace("from: 1", "from: 0.9"))).exception
    assert isinstance(refused, InputError)
    assert "there are: 1 (" in refused.hint


def test_an_unchanged_codebook_is_refused(scene: Scene) -> None:
    path = scene.folder / "map.yaml"
    path.write_text("from: 1\n", encoding="utf-8")
    refused = scene.call("codebook", "migrate", str(path)).exception
    assert isinstance(refused, InputError)
    assert "that is the codebook as it is now" in refused.message


def test_versions_are_compared_on_what_both_ask_and_whole_once_carried_over(scene: Scene) -> None:
    path = revise(scene)
    with scene.store() as store:
        (old,) = store.runs()
    refused = scene.call("eval", "--run", old.id).exception
    assert isinstance(refused, InputError)
    assert "codebook migrate" in refused.hint
    carried = scene.read("codebook", "migrate", path, "--apply")["runs"][0]
    new = scene.run({"tone": ["warm", "icy", "absent", "cool"], "parts": ["x", "y", "x;y", "y"]})
    both = scene.read("eval", "--compare", new.id, carried)
    assert [one["dimension"] for one in both["comparison"]] == ["tone", "parts"]
    part = scene.read("eval", "--compare", new.id, old.id)
    assert ([one["dimension"] for one in part["comparison"]], part["not_shared"]) == (["parts"], ["tone"])
    shown = " ".join(scene.call("eval", "--compare", new.id, old.id).stdout.split())
    assert "Not compared, since the codebooks ask them differently: tone" in shown
