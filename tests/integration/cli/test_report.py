"""`report` says what `eval` and the store say, and in words what is missing."""

from __future__ import annotations

import csv
import html
import re
import shlex
from pathlib import Path

import pytest

from coder.errors import InputError
from coder.store import Store
from tests.integration.cli.scene import Scene, make_scene

TONES = {"tone": ["warm@0.9"] * 30 + ["cold@0.6"] * 28 + ["refused", "absent"], "parts": ["x;y"] * 30 + ["absent"] * 30}
GOLD = {"tone": ["warm"] * 34 + ["cold"] * 25 + ["absent"], "parts": ["x"] * 40 + ["absent"] * 20}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Sixty texts with a run, gold by one person, and one settlement."""
    scene = make_scene(tmp_path_factory.mktemp("report") / "study", 60, variables={"half": ["a", "b"] * 30})
    scene.run(TONES, model="mock", temperature=0.0)
    scene.gold("ada", GOLD)
    scene.settle("ben", "tone", "cold")
    return scene


@pytest.fixture(scope="module")
def page(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("written")
    result = scene.call("report", str(folder / "report.html"), "--assets", str(scene.folder / "assets"))
    assert result.exception is None, result.exception
    return (folder / "report.html").read_text(encoding="utf-8")


def table(scene: Scene, name: str) -> dict[str, dict[str, str]]:
    with (scene.folder / "assets" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {next(iter(row.values())): row for row in csv.DictReader(file)}


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_agreement_is_what_eval_computes(scene: Scene, page: str) -> None:
    rows = table(scene, "agreement-table")
    for one in scene.read("eval")["dimensions"]:
        row = rows[one["dimension"].capitalize()]
        found = [float(row[name]) for name in ("value", "95% interval low", "95% interval high")]
        assert found == [one["value"], one["low"], one["high"]]
        assert (row["n"], row["no answer"]) == (str(one["n"]), str(one["refused"]))


def test_seed_and_cluster_are_said_and_traced(scene: Scene, tmp_path: Path) -> None:
    found = scene.read("report", str(tmp_path / "r.html"), "--seed", "7", "--cluster", "half")
    (one,) = [one for one in found["tables"] if one["id"] == "agreement-table"]
    assert one["from"].endswith("--cluster half --seed 7 --json")
    assert any("resamples of clusters of documents with the same 'half', seed 7" in note for note in one["notes"])
    again = scene.read(*shlex.split(one["from"])[1:-1])["dimensions"]
    assert [row[2] for row in one["rows"]] == [each["value"] for each in again]


def test_frequencies_are_of_resolved_codes(scene: Scene, page: str) -> None:
    rows = table(scene, "frequencies-tone")
    # The model's 30 warm less one that was settled as cold; the refused one is out and unresolved.
    assert [rows[name]["documents"] for name in ("Warm", "Cold", "Not specified")] == ["29", "29", "1"]
    assert float(rows["Warm"]["share"]) == pytest.approx(29 / 59)
    assert "Out of the shares: 1 unresolved" in words(page)


def test_the_methods_paragraph_counts_what_the_log_has(page: str) -> None:
    text = words(page)
    for said in (
        "We coded 60 documents (unit of analysis: page) with the codebook small, version 1",
        "A language model (mock) was the first coder",
        "The reference codes (60 documents; as imported) are by a person.",
        "1 second coder answered blind, then saw the other codes and settled 1 of 1 queued cell",
        "1 of the settled codes differ from the model's",
    ):
        assert said in text
    assert "One person (ada) coded the reference" in text


def test_kappa_by_the_share_sent_to_people_keeps_the_surest_codes(scene: Scene, page: str) -> None:
    with (scene.folder / "assets" / "kept-table.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["kept"], row["n kept"]) for row in csv.DictReader(file)]
    # 58 codes have a confidence: ceil of 100, 90, ... 50 % of 58.
    assert rows == [("1.0", "58"), ("0.9", "53"), ("0.8", "47"), ("0.7", "41"), ("0.6", "35"), ("0.5", "29")]


def test_every_table_names_a_command_that_works(scene: Scene, page: str, tmp_path: Path) -> None:
    commands = {html.unescape(one) for one in re.findall(r"From <code>intercoder ([^<]*)</code>", page)}
    assert len(commands) >= 4
    for command in commands:
        arguments = [str(tmp_path / one) if one.endswith(".csv") else one for one in shlex.split(command)]
        result = scene.call(*arguments)
        assert result.exception is None, (command, result.exception)


def test_two_figures_may_be_of_one_dimension(scene: Scene, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("figures: [{dimension: tone}, {dimension: tone, by: half}, {dimension: tone, by: nothing}]\n")
    assert scene.call("report", str(tmp_path / "r.html"), "--figures", str(plan)).exception is None
    text = words((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "There is neither a dimension nor a document variable 'nothing' (variables: half)." in text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("--figures", "figures: [{dimension: tune}]", "figures.0: the codebook has no dimension 'tune'"),
        ("--figures", "figures: [{dimension: tone, colour: red}]", "figures.0.colour: Extra inputs"),
        ("--figures", "figures: [", "while parsing"),
        ("--figures", "", "file: Input should be"),
        ("--compare", "source: {programs: 0}\nfigures: []", "source needs the number of documents"),
    ],
)
def test_a_file_that_does_not_fit_is_named_with_its_place(
    scene: Scene, tmp_path: Path, name: str, content: str, said: str
) -> None:
    path = tmp_path / "given.yaml"
    path.write_text(content, encoding="utf-8")
    error = scene.call("report", str(tmp_path / "r.html"), name, str(path)).exception
    assert isinstance(error, InputError)
    assert str(path) in error.message
    assert said in error.message
    assert not (tmp_path / "r.html").exists()


def test_a_project_without_codes_says_what_to_do(tmp_path: Path) -> None:
    scene = make_scene(tmp_path / "study", 3)
    error = scene.call("report", str(tmp_path / "r.html")).exception
    assert isinstance(error, InputError)
    assert "nothing is coded yet" in error.message


def test_a_run_without_gold_is_reported_with_its_limits(tmp_path: Path) -> None:
    scene = make_scene(tmp_path / "study", 8)
    scene.run({"tone": ["warm"] * 8, "parts": ["x"] * 8})
    assert scene.call("report", str(tmp_path / "r.html")).exception is None
    text = words((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "There are no codes by people: how well the model codes was not measured." in text


def test_a_slip_does_not_write_a_page_over_a_codebook(scene: Scene) -> None:
    before = (scene.folder / "codebook.yaml").read_bytes()
    error = scene.call("report", str(scene.folder / "codebook.yaml")).exception
    assert isinstance(error, InputError)
    assert "must end in .html" in error.message
    assert (scene.folder / "codebook.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not JSON"),
        ('{"format": "other", "report": "", "answers": []}', "format"),
        ('{"format": "intercoder-review-1", "report": "", "answers": []}', "nobody is named"),
    ],
)
def test_a_file_that_is_no_review_changes_nothing(scene: Scene, tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "answers.json"
    path.write_text(content, encoding="utf-8")
    error = scene.call("report", "--review-in", str(path)).exception
    assert isinstance(error, InputError)
    assert said in error.message
    with Store.open(str(scene.folder / "intercoder.db")) as store:
        assert store.reviews() == []
