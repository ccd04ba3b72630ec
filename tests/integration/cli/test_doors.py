"""Every door from the command line: a project goes out, and codings and codebooks come in."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from coder.codebook import load_codebook
from coder.errors import InputError
from coder.export import exporters

from .scene import Scene, make_scene

ANSWERS = {"tone": ["warm", "cold", "absent", None], "parts": ["x;y", "absent", "y", "not_applicable"]}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = make_scene(tmp_path / "project", 4, variables={"year": ["2019", "2020", "2021", "2022"]})
    made.run({"tone": ["warm@0.9", "warm", "cold", "refused"], "parts": ["x", "y", "absent", "x;y"]})
    made.gold("ann", ANSWERS)
    return made


def test_every_ending_writes_a_file_and_tells_what_it_loses(scene: Scene, tmp_path: Path) -> None:
    for ending, format_ in exporters().items():
        result = scene.call("export", str(tmp_path / f"out{ending}"))
        assert result.exception is None, ending
        assert (tmp_path / f"out{ending}").stat().st_size > 0
        assert (f"note: {ending}" in result.stderr) == bool(format_.loses)
        assert "4 documents, 15 codings" in result.stderr  # 8 by the model, 7 by ann


def test_the_help_names_every_ending(scene: Scene) -> None:
    told = scene.call("export", "--help").stdout
    assert [ending for ending in exporters() if f"{ending} " not in told] == []


@pytest.mark.parametrize("name", ["out.qdpx", "out.json", "out.jsonl", "out.csv"])
def test_what_people_coded_comes_back_into_another_store(scene: Scene, tmp_path: Path, name: str) -> None:
    assert scene.call("export", str(tmp_path / name)).exception is None
    other = make_scene(tmp_path / "other", 4)
    skip = [] if name in ("out.qdpx", "out.json") else ["--skip-unknown"]  # there the model's codings are no problem
    result = other.call("gold", "import", str(tmp_path / name), "--name", "back", *skip)
    assert result.exception is None, result.exception
    assert "gold 'back' version 1: 7 codings by ann" in result.stderr

    def answers(of: Scene, coder: str) -> dict[tuple[str, str], tuple[str, tuple[str, ...]]]:
        with of.store() as store:
            documents = store.documents_of_versions()
            coder_id = store.coder(coder, "person").id
            return {
                (documents[one.version_id].name, one.dimension_id): (one.status.value, one.codes)
                for one in store.codings(coder_id=coder_id)
            }

    assert answers(other, "ann") == answers(scene, "ann")


def test_a_sheet_can_be_named(scene: Scene, tmp_path: Path) -> None:
    scene.call("export", str(tmp_path / "out.xlsx"))
    done = scene.call(
        "gold", "import", str(tmp_path / "out.xlsx"), "--sheet", "codings", "--skip-unknown", "--name", "b"
    )
    assert "7 codings by ann" in done.stderr
    failed = scene.call("gold", "import", str(tmp_path / "out.xlsx"), "--sheet", "none", "--coder", "a")
    assert isinstance(failed.exception, InputError)
    assert "has no sheet 'none'" in failed.exception.message


def test_a_project_read_in_parts_resolves_as_one_read_whole(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.settle("ben", "tone", "cold")
    scene.call("export", str(tmp_path / "whole.csv"), "--wide")
    scene.call("export", str(tmp_path / "whole.parquet"))
    monkeypatch.setattr("coder.cli.exporting.DOCUMENTS_AT_ONCE", 1)
    scene.call("export", str(tmp_path / "parts.csv"), "--wide")
    scene.call("export", str(tmp_path / "parts.parquet"))
    assert (tmp_path / "parts.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    whole, parts = pd.read_parquet(tmp_path / "whole.parquet"), pd.read_parquet(tmp_path / "parts.parquet")
    assert parts.astype(str).equals(whole.astype(str))
    assert whole["tone"].fillna("").tolist() == ["cold", "warm", "cold", ""]
    assert whole["tone_source"].tolist() == ["settled", "model", "model", "unresolved"]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".qdc", ".yaml"])
def test_a_codebook_goes_out_and_comes_in(scene: Scene, tmp_path: Path, ending: str) -> None:
    assert scene.call("codebook", "export", str(tmp_path / f"book{ending}")).exception is None
    target = tmp_path / "back.yaml"
    done = scene.call("codebook", "import", str(tmp_path / f"book{ending}"), "--to", str(target))
    assert done.exception is None, done.exception
    own, back = load_codebook(scene.folder / "codebook.yaml"), load_codebook(target)
    if ending != ".qdc":
        assert back == own
    assert [one.id for one in back.dimensions] == ["tone", "parts"]
    assert [one.id for one in back.dimensions[1].codes] == ["x", "y"]
    again = scene.call("codebook", "import", str(tmp_path / f"book{ending}"), "--to", str(target))
    assert isinstance(again.exception, InputError)
    printed = scene.call("codebook", "import", str(tmp_path / f"book{ending}"))
    assert printed.stdout.startswith("name:")
