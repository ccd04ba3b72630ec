"""Result files, and how often a test half was looked at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coder.errors import InputError
from eval.datasets import DataSet, load
from eval.ledger import LEDGER, check_free, look, read_json, write_json
from tests.unit.eval.scene import header, headlines


@pytest.fixture
def data(tmp_path: Path) -> DataSet:
    return load(headlines(tmp_path / "set", "bg"))


def test_each_run_on_a_test_half_is_one_look_and_a_replay_is_none(tmp_path: Path, data: DataSet) -> None:
    runs = [header(data, half="test", started=f"2026-01-0{day}T00:00:00+00:00") for day in (1, 2)]
    assert [look(tmp_path, run) for run in (runs[0], runs[0], runs[1], runs[0], runs[1])] == [0, 0, 1, 0, 1]
    assert {name: len(ids) for name, ids in read_json(tmp_path / LEDGER)["set"].items()} == {"told": 2}


def test_looks_are_counted_for_each_coder(tmp_path: Path, data: DataSet) -> None:
    assert look(tmp_path, header(data, half="test")) == 0
    assert look(tmp_path, header(data, half="test", coder="other")) == 0


def test_the_dev_half_may_be_looked_at(tmp_path: Path, data: DataSet) -> None:
    assert look(tmp_path, header(data)) is None
    assert not (tmp_path / LEDGER).exists()


def test_figures_are_written_in_one_form_with_six_digits(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.json"
    write_json(path, {"b": 1 / 3, "a": [-0.0000001, 2, None, (1.5,)], "c": "é"})
    assert (
        path.read_text() == '{\n "a": [\n  0.0,\n  2,\n  null,\n  [\n   1.5\n  ]\n ],\n "b": 0.333333,\n "c": "é"\n}\n'
    )


def test_a_number_that_is_none_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x.json", {"a": float("nan")})


def test_figures_of_another_run_are_not_written_over(tmp_path: Path, data: DataSet) -> None:
    path = tmp_path / "x.json"
    write_json(path, {"header": header(data).model_dump(mode="json")})
    check_free(path, header(data, limit=3, model="another"))
    with pytest.raises(InputError, match="figures of another run"):
        check_free(path, header(data, half="test"))


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(InputError, match=r"x\.json: cannot be read"):
        read_json(tmp_path / "x.json")
    (tmp_path / "y.json").write_text(json.dumps({"a": 1}))
    assert read_json(tmp_path / "y.json") == {"a": 1}
