"""Who merges two coded documents is told at once whose codes count no more, and how to take it back."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coder.cli import group
from coder.model import Document, Match, Version
from tests.integration.cli.scene import Scene, make_scene

TOLD = (
    "d1 is merged into d0 (by {by}): of d1 count no more: 1 coding by ada (person), 2 codings by openai:mock (model); "
    "to undo: intercoder dedupe --undo --pair d0 d1"
)
CODED = [
    {"coder": "ada (person)", "codings": 1, "criteria": 0},
    {"coder": "openai:mock (model)", "codings": 2, "criteria": 0},
]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Three texts; a model and Ada coded the first two, and nobody the third; Bea skipped the second."""
    made = make_scene(tmp_path / "study", 3)
    # Twice, by two replicates: still two cells.
    answers = {"tone": ["warm", "warm"], "parts": ["x", "x"]}
    made.run(answers, answers)
    made.gold("bea", {"tone": ["warm", "skipped"]})
    made.gold("ada", {"tone": ["warm", "cold"]})
    return made


def add(scene: Scene, first: int, second: int, verdict: str) -> None:
    with scene.store() as store:
        pair = scene.versions[first].document_id, scene.versions[second].document_id
        store.add_matches([Match(document_id=pair[0], other_id=pair[1], verdict=verdict)])  # type: ignore[arg-type]


def said(scene: Scene, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(
        group, ["--project", str(scene.folder), *arguments], input=typed, env={"COLUMNS": "80"}, catch_exceptions=False
    )


def flow(scene: Scene) -> dict[str, int]:
    total: dict[str, int] = scene.read("flow")["total"]
    assert total["identified"] == total["duplicates"] + total["awaiting_screening"] + total["screened"]
    return total


def test_a_person_who_decides_is_told_what_counts_no_more_and_how_to_undo_it(scene: Scene) -> None:
    add(scene, 0, 1, "doubtful")
    before = flow(scene)
    assert TOLD.format(by="ben (person)") in said(scene, "dedupe", "--decide", "--coder", "ben", typed="s\n").stderr
    after = flow(scene)
    assert (after["identified"], after["duplicates"]) == (before["identified"], before["duplicates"] + 1)
    undo = shlex.split(TOLD.rpartition(": intercoder ")[2])
    back = said(scene, *undo, "--coder", "ben")
    assert "d1 is no longer merged away: of d1 count again: 1 coding by ada (person), 2 codings by" in back.stderr
    assert flow(scene) == before


def test_the_codes_said_to_count_no_more_are_those_that_leave_the_figures(scene: Scene) -> None:
    tone = next(one for one in scene.read("eval", "--gold", "team:ada")["dimensions"] if one["dimension"] == "tone")
    assert tone["n"] == 2
    found = scene.read("dedupe", "--same", "d0", "d1", "--coder", "ben")
    id_ = scene.versions[1].document_id
    assert found["count_no_more"] == [
        {
            "id": id_,
            "document": "d1", "into": "d0", "by": "ben (person)", "codes": CODED,
            "undo": "intercoder dedupe --undo --pair d0 d1",
        }
    ]  # fmt: skip
    tone = next(one for one in scene.read("eval", "--gold", "team:ada")["dimensions"] if one["dimension"] == "tone")
    assert tone["n"] == 1
    back = scene.read("dedupe", "--undo", "--coder", "ben")
    assert (back["count_no_more"], back["count_again"]) == ([], [{"id": id_, "document": "d1", "codes": CODED}])


def test_a_document_without_codes_that_is_merged_away_costs_none_and_nothing_is_said(scene: Scene) -> None:
    done = said(scene, "dedupe", "--same", "d2", "d0")
    assert "count no more" not in done.stderr


def test_what_the_program_merges_by_itself_is_told_like_a_persons_word_and_only_as_what_would_be_in_a_dry_run(
    tmp_path: Path,
) -> None:
    title = ["Deep learning for chest radiologists"] * 2
    scene = make_scene(tmp_path / "study", 2, variables={"title": title, "url": ["https://a.example/x"] * 2})
    scene.gold("ada", {"tone": ["warm", "cold"]})
    would = said(scene, "dedupe", "--dry-run").stderr
    assert "of d1 would count no more: 1 coding by ada (person); to undo" in would
    done = said(scene, "dedupe").stderr
    assert "d1 is merged into d0 (by the program): of d1 count no more: 1 coding by ada (person)" in done
    assert "count no more" not in said(scene, "dedupe").stderr


def test_of_three_in_a_row_the_undo_names_the_word_that_merged_and_not_the_first_there_was(scene: Scene) -> None:
    scene.read("dedupe", "--same", "d1", "d2")  # d1 is coded and stands for both
    found = scene.read("dedupe", "--same", "d2", "d0")
    (merged,) = found["count_no_more"]
    assert (merged["document"], merged["into"]) == ("d1", "d0")
    undo = shlex.split(merged["undo"])[1:]
    assert set(undo[-2:]) == {"d2", "d0"}
    assert said(scene, *undo).exit_code == 0
    groups = scene.read("dedupe", "--dry-run")["groups"]
    assert [(one["document"], [two["document"] for two in one["merged"]]) for one in groups] == [("d1", ["d2"])]


def test_a_name_that_two_documents_have_is_not_the_one_to_type(scene: Scene) -> None:
    twin = Document(name="d1")
    version = Version(document_id=twin.id, text="Another page d1.", hash="twin")
    with scene.store() as store:
        store.add_documents([(twin, version)])
    Scene(scene.folder, (version,)).gold("ada", {"tone": ["warm"]})
    ours, theirs = scene.versions[1].document_id, twin.id
    (merged,) = scene.read("dedupe", "--same", ours, theirs)["count_no_more"]
    assert shlex.split(merged["undo"])[-2:] == [ours, theirs]


def test_a_merge_of_stores_says_whose_codes_its_matches_take_out(scene: Scene) -> None:
    other = scene.folder.parent / "theirs"
    shutil.copytree(scene.folder, other)
    Scene(other, scene.versions).read("dedupe", "--same", "d0", "d1", "--coder", "cas")
    done = said(scene, "merge", str(other / "intercoder.db"))
    assert TOLD.format(by="cas (person)") in done.stderr
    again = scene.read("merge", str(other / "intercoder.db"))
    assert again["count_no_more"] == []
