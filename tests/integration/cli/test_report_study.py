"""`report` on the shipped gold: the study's tables and figures, and the marginals that the paper states in words."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from coder.cli import group
from coder.paths import data_dir

GOLD = data_dir("gold") / "radiology-ai-training"
PUBLISHED = YAML(typ="safe").load((GOLD / "published.yaml").read_text(encoding="utf-8"))["figures"]
STATED = [
    one
    for one in PUBLISHED
    if one["value"] is not None and one["of"] and one["unit"] in ("programs", "percent of programs")
]
Rows = list[dict[str, str]]


def call(*arguments: str) -> None:
    result = CliRunner().invoke(group, list(arguments))
    assert result.exception is None, (arguments, result.exception, result.output)


def with_variable(path: Path) -> None:
    """The shipped documents as JSON lines, with the variable of the fact sheets that Table 2 has no dimension for."""
    lines = []
    for document in sorted((GOLD / "documents").glob("*.txt")):
        head, text = document.read_text(encoding="utf-8").split("\n---\n", 1)
        fields = dict(line.split(": ", 1) for line in head.splitlines())
        facts = YAML(typ="safe").load((GOLD / "facts" / f"{document.stem}.yaml").read_text(encoding="utf-8"))
        named = "yes" if facts["radiographers_named"] else "no"
        lines.append(json.dumps({**fields, "text": text, "radiographers_named": named}, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped codebook, documents and codings as a project, and its report."""
    folder = tmp_path_factory.mktemp("study")
    project = ["--project", str(folder / "project")]
    call("init", str(folder / "project"))
    with_variable(folder / "documents.jsonl")
    call(*project, "import", str(folder / "documents.jsonl"))
    gold = [str(GOLD / "codings.jsonl"), "--coder", "fact-sheet", "--kind", "constructed"]
    call(*project, "gold", "import", *gold)
    files = [str(folder / "report.html"), "--assets", str(folder / "assets")]
    call(*project, "report", *files, "--compare", str(GOLD / "published.yaml"))
    return folder


def table(folder: Path, name: str) -> Rows:
    with (folder / "assets" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("figure", STATED, ids=lambda one: one["id"])
def test_what_the_paper_states_in_words_comes_out_of_the_report(folder: Path, figure: dict[str, Any]) -> None:
    (row,) = [row for row in table(folder, "published") if row["figure"] == figure["what"]]
    count = int(row["here"].split(" ")[0])
    # Of 100 documents, so that a count is a percentage. One lies outside the period and three have no date.
    assert row["n here"] == "100"
    assert count == (96 if figure["id"] == "in_period" else figure["value"])


def test_the_mean_price_of_what_is_not_free_is_below_the_published_limit(folder: Path) -> None:
    (row,) = [row for row in table(folder, "published") if row["figure"].startswith("mean price")]
    assert row["published"] == "< 100 EUR"
    assert 0 < float(row["here"].split(" ")[0]) < 100


def test_figure_1_counts_programs_by_half_year_and_delivery(folder: Path) -> None:
    rows = {row["Date"]: row for row in table(folder, "figure-1-table")}
    assert {half: rows[half]["all"] for half in ("2019, 1st half", "2019, 2nd half", "2020, 1st half")} == {
        "2019, 1st half": "19", "2019, 2nd half": "29", "2020, 1st half": "48",
    }  # fmt: skip
    assert [rows["documents"][mode] for mode in ("Offline", "Online", "Hybrid")] == ["13", "70", "17"]


def test_figure_6_gives_each_kind_of_agent_its_shares_of_reasons(folder: Path) -> None:
    rows = {row["Legitimization"]: row for row in table(folder, "figure-6-table")}
    by_accreditation = rows["By accreditation"]
    agents = ("Professional institution", "Academic institution", "Commercial company", "Other")
    assert sum(int(by_accreditation[agent]) for agent in agents) == 73
    share = float(by_accreditation["% of Professional institution"])
    assert share == pytest.approx(int(by_accreditation["Professional institution"]) / 59)


def test_what_only_a_picture_of_the_paper_shows_is_said_not_to_be_published(folder: Path) -> None:
    halves = {row["Date"]: row["published"] for row in table(folder, "published-1")}
    assert set(halves.values()) == {"not published"}
    delivery = {row["Offering agent"]: row["published"] for row in table(folder, "published-5")}
    assert delivery["Professional institution"] == "59%"
    assert delivery["Commercial company"] == "not published"


def test_differences_have_newcombes_interval(folder: Path) -> None:
    (row,) = [row for row in table(folder, "published") if row["figure"] == "offered online only"]
    # 70 of 100 in both: difference 0; Wilson 60.42 and 78.11, so sqrt((70 - 60.42)^2 + (78.11 - 70)^2) = 12.55.
    assert float(row["difference"]) == 0
    assert float(row["95% interval of the difference high"]) == pytest.approx(12.55, abs=0.01)


def test_a_reference_that_is_constructed_is_said_to_be_wherever_it_is_shown(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    sections = re.split(r'<section id="', page)
    for name in ("methods", "overview", "flow", "findings", "limits", "comparison"):
        (section,) = [one for one in sections if one.startswith(f"{name}-") or one.startswith(f'{name}"')]
        assert re.search("constructed|fixed before the texts were written|written to have", section), name


def test_every_figure_and_table_of_the_study_is_a_file(folder: Path) -> None:
    names = {path.name for path in (folder / "assets").iterdir()}
    assert {f"figure-{number}.{form}" for number in range(1, 10) for form in ("svg", "png")} <= names
    assert (folder / "assets" / "figure-1.png").read_bytes().startswith(b"\x89PNG")
