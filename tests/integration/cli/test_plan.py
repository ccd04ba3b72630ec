"""`plan`: by hand, from a project, and what it cannot plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from coder.cli import group
from coder.errors import InputError
from tests.integration.cli.scene import Scene, make_scene


def call(folder: Path, *arguments: str) -> Any:
    result = CliRunner().invoke(group, ["--project", str(folder), "plan", *arguments], env={"COLUMNS": "80"})
    if result.exception is not None:
        raise result.exception
    return json.loads(result.stdout) if "--json" in arguments else result.stdout


def test_a_plan_by_hand_needs_no_project(tmp_path: Path) -> None:
    asked = ("--prevalence", "0.2", "--kappa", "0.8", "--min-kappa", "0.667", "--alpha", "0.05")
    (found,) = call(tmp_path, *asked, "--json")["dimensions"]
    assert (found["interval"]["n"], found["test"]["n"], found["items"]) == (222, 271, 271)
    text = call(tmp_path, *asked)
    assert text.startswith("271 documents to code by hand")
    assert "Cantor (1996)" in text


def test_every_category_can_be_given(tmp_path: Path) -> None:
    (found,) = call(tmp_path, "--prevalence", "0.85,0.09,0.04,0.02", "--json")["dimensions"]
    assert found["items"] == 374


def test_the_minimum_that_decides_is_named(tmp_path: Path) -> None:
    text = call(tmp_path, "--prevalence", "0.5", "--half-width", "0.3")
    assert text.startswith("50 documents")
    assert "the minimum decides: 50 items" in text


def test_a_share_alone_needs_no_prevalence(tmp_path: Path) -> None:
    assert call(tmp_path, "--share-half-width", "0.05", "--documents", "1000", "--json")["n"] == 278


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "neither --prevalence nor a project"),
        (("--prevalence", "0.2,0.9"), "sum to 1"),
        (("--prevalence", "often"), "--prevalence often: not a share"),
        (("--prevalence", "0.1", "--coder-prevalence", "0.5", "--kappa", "0.8"), "do not allow a kappa"),
        (("--prevalence", "0.1", "--min-kappa", "0.8"), "--min-kappa 0.8 is not below"),
        (("--coder-prevalence", "0.1"), "go with --prevalence"),
        (("--prevalence", "0.1", "--from", "gold"), "go with a project"),
    ],
)
def test_what_cannot_be_planned_names_the_option_and_a_remedy(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises(InputError) as caught:
        call(tmp_path, *arguments)
    assert words in caught.value.message
    assert caught.value.hint


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = make_scene(tmp_path / "study", 40)
    scene.run({"tone": ["warm"] * 20 + ["cold"] * 20, "parts": ["x"] * 20 + ["x;y"] * 4 + ["absent"] * 16})
    return scene


def test_a_project_is_planned_a_line_a_dimension_from_the_models_codes(scene: Scene) -> None:
    found = call(scene.folder, "--json")
    assert [(one["dimension"], one["label"], one["items"]) for one in found["dimensions"]] == [
        ("tone", None, 196), ("parts", "x", 205), ("parts", "y", 569),
    ]  # fmt: skip
    assert found["documents"] == 40
    text = call(scene.folder)
    assert text.startswith("569 documents to code by hand; parts (y) takes the most")
    assert "parts: x" not in text
    assert "more than the 40 documents there are" in text
    assert "parts: x" in call(scene.folder, "--labels")


def test_gold_gives_the_prevalences_where_asked_for_and_counts_as_coded(scene: Scene) -> None:
    scene.gold("ada", {"tone": ["warm"] * 2 + ["cold"] * 8})
    tone, *_ = call(scene.folder, "--from", "gold", "--json")["dimensions"]
    assert (tone["prevalence"], tone["based_on"], tone["coded"]) == ([0.2, 0.8, 0.0], 10, 10)


def test_a_project_without_codes_says_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a run nor gold"):
        call(make_scene(tmp_path / "study", 3).folder)
