"""intercoder dedupe and flow, as a person runs them: found, asked, taken back, left out of what is counted."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from coder.cli import group
from coder.report.flow_drawing import flow_svg
from coder.screening.flow import Flow, Placed

TEXT = (
    "This two day workshop shows radiologists how deep learning reads chest films. Participants label a small data "
    "set, train a network in a notebook and weigh its errors with a physicist. Lunch is part of the fee of 450 euro."
)
ROWS = (
    ("a", "Deep learning for chest radiologists", "https://example.org/course?utm_source=mail", "2023", TEXT),
    ("b", "Deep learning for chest radiologists", "http://example.org/course/", "2023", f"{TEXT} Apply by mail."),
    ("c", "Deep learning for chest radiologists", "https://example.org/course-2024", "2024", f"{TEXT} Apply soon."),
    ("d", "Ethics of algorithms for nurses", "https://example.net/y", "2022", "Six evenings on consent and bias."),
)


def run(folder: Path, *arguments: str, said: str = "") -> Result:
    return CliRunner().invoke(group, ["-p", str(folder), *arguments], input=said, catch_exceptions=False)


def facts(folder: Path, *arguments: str, said: str = "") -> Any:
    return json.loads(run(folder, *arguments, "--json", said=said).stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a double, another edition and a document of its own."""
    CliRunner().invoke(group, ["init", str(tmp_path / "study")], catch_exceptions=False)
    file = tmp_path / "programs.csv"
    with file.open("w", newline="", encoding="utf-8") as handle:
        table = csv.writer(handle)
        table.writerow(("id", "title", "url", "year", "text"))
        table.writerows(ROWS)
    assert run(tmp_path / "study", "import", str(file)).exit_code == 0
    return tmp_path / "study"


def test_certain_ones_are_merged_doubtful_ones_asked_and_twice_adds_nothing(folder: Path) -> None:
    dry = facts(folder, "dedupe", "--dry-run")
    found = facts(folder, "dedupe")
    assert [one["verdict"] for one in dry["added"]] == ["same", "doubtful"]
    assert [one["verdict"] for one in found["added"]] == ["same", "doubtful"]  # the dry run stored nothing
    (merged,) = found["groups"]
    assert (merged["document"], merged["merged"][0]["document"], merged["merged"][0]["by"]) == ("a", "b", "address")
    assert "other years: 2023 and 2024" in found["doubtful"][0]["grounds"]
    assert found["added"][0]["documents"][1]["only_here"] == ["Apply by mail."]
    assert facts(folder, "dedupe")["added"] == []
    status = facts(folder, "status")
    assert (status["documents"], status["merged"]) == (3, 1)


def test_a_person_decides_line_by_line_and_takes_it_back(folder: Path) -> None:
    decided = run(folder, "dedupe", "--decide", said="x\ns\n")
    assert "s, d, enter or q" in decided.stderr
    assert facts(folder, "status")["merged"] == 2
    back = facts(folder, "dedupe", "--undo")
    assert (back["waiting"], facts(folder, "status")["merged"]) == (1, 1)
    assert [one["verdict"] for one in facts(folder, "dedupe", "--history")] == ["same", "doubtful", "same", "doubtful"]


def test_a_person_is_not_overruled_and_a_contradiction_is_shown(folder: Path) -> None:
    assert facts(folder, "dedupe", "--different", "a", "b")["groups"] == []
    assert facts(folder, "dedupe")["groups"] == []
    facts(folder, "dedupe", "--same", "b", "d")
    found = facts(folder, "dedupe", "--same", "a", "d")  # a is d and b is d, but a is not b: the oldest gives way
    (contradiction,) = found["contradictions"]
    assert contradiction["set_aside"]["verdict"] == "different"
    assert len(contradiction["because"]) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--same", "a", "nobody"), "no document has this name"),
        (("--same", "a", "a"), "one document"),
        (("--undo",), "said nothing"),
        (("--decide", "--history"), "do not go together"),
    ],
)
def test_what_cannot_be_done_says_why(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    from coder.errors import InputError

    with pytest.raises(InputError, match=words):
        run(folder, "dedupe", *arguments)


def test_the_flow_counts_each_record_once_in_json_csv_and_drawing(folder: Path, tmp_path: Path) -> None:
    facts(folder, "dedupe")
    told = facts(folder, "flow", "--svg", str(tmp_path / "flow.svg"), "--csv", str(tmp_path / "flow.csv"))
    assert told["total"]["identified"] == 4
    assert told["duplicates"] == {"same_address": 1, "by_program": 0, "by_person": 0}
    assert (told["total"]["assessed"], told["doubtful_duplicates"]) == (3, 1)
    rows = list(csv.DictReader((tmp_path / "flow.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["records"] for row in rows if (row["box"], row["column"]) == ("duplicates", "other")] == ["1"]
    assert "Records identified: 4" in (tmp_path / "flow.svg").read_text(encoding="utf-8")


def test_a_hostile_source_stays_text_in_the_drawing() -> None:
    source = '</text><script>alert(1)</script>\x1b[2J\u202e&"'
    drawing = flow_svg(Flow((Placed("1", source, "other", "included"), Placed("2", "PubMed", "databases", "included"))))
    root = ElementTree.fromstring(drawing)  # well-formed, or this fails
    assert {one.tag.rpartition("}")[2] for one in root.iter()} == {
        "svg", "title", "desc", "style", "defs", "marker", "path", "g", "rect", "text",
    }  # fmt: skip
    assert "\u202e" not in drawing
    assert "Included: 2" in drawing
