"""After an edit of the codebook only what changed is asked and paid for; what stands is carried over and says so."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from coder.model import Coding, Run, Status
from coder.store import Store
from tests.integration.cli.test_codebook_test import Desk, desk, listening  # noqa: F401 - desk is a fixture
from tests.mock_openai import Mock

BOOK = """\
name: small
version: 1
unit: page
dimensions:
  - {id: tone, kind: nominal, question: How does it sound?, absent: {}, categories: [{id: warm}, {id: cold}]}
  - {id: parts, kind: multilabel, question: What is in it?, absent: {}, categories: [{id: x}, {id: y}]}
  - {id: heat, kind: ordinal, question: How warm?, applies_if: tone == warm, categories: [{id: some}, {id: much}]}
"""


class Study:
    """A project, the mock it asks, and the commands on it."""

    def __init__(self, desk_: Desk, url: str, mock: Mock) -> None:
        self.desk, self._url, self.mock = desk_, url, mock
        self.book = BOOK
        self.write()

    def write(self) -> None:
        (self.desk.folder / "codebook.yaml").write_text(self.book, encoding="utf-8")

    def edit(self, old: str, new: str) -> None:
        assert old in self.book
        self.book = self.book.replace(old, new)
        self.write()

    def code(self, *options: object) -> tuple[dict[str, Any], list[list[str]]]:
        """What `code --json` says, and the dimensions that each request asked for."""
        self.mock.requests.clear()
        model = ("--provider", "openai", "--base-url", self._url, "--model", "mock")
        done = self.desk.run("code", *model, *options, "--json")
        assert done.code == 0, done.err
        return done.found, [asked(request) for request in self.mock.requests]

    def read(self, *arguments: str) -> Any:
        """What a command prints with --json."""
        done = self.desk.run(*arguments, "--json")
        assert done.code == 0, done.err
        return done.found

    def run(self) -> tuple[Run, list[Coding]]:
        """The newest run and its codings."""
        with Store.open(str(self.desk.folder / "intercoder.db")) as store:
            newest = store.runs()[-1]
            return newest, store.codings(run_id=newest.id)


def asked(request: dict[str, Any]) -> list[str]:
    return list(request["response_format"]["json_schema"]["schema"]["properties"])


@pytest.fixture
def study(desk: Desk) -> Any:  # noqa: F811
    with listening() as (url, mock):
        desk.take(4)
        yield Study(desk, url, mock)


EVERYTHING = ["tone", "parts", "heat"]


def test_a_changed_dimension_alone_is_asked_again_and_the_others_are_carried_over(study: Study) -> None:
    study.code()
    first, before = study.run()
    study.edit("What is in it?", "What does it hold?")
    found, requests = study.code()
    assert requests == [["parts"]] * 4
    assert (found["asked"], found["carried"], found["coded"]) == (4, 4, 4)
    run, codings = study.run()
    assert run.id != first.id
    old = {(one.version_id, one.dimension_id): one for one in before}
    carried = [one for one in codings if one.derived_from]
    assert len(carried) == 8  # tone and heat of four texts
    for one in carried:
        source = old[one.version_id, one.dimension_id]
        assert (one.derived_from, one.codes, one.status, one.call_id) == (source.id, source.codes, source.status, None)
        assert one.codebook_hash == run.codebook_hash != source.codebook_hash
    assert {one.dimension_id for one in codings if not one.derived_from} == {"parts"}
    assert len(codings) == 12


def test_asking_again_after_that_asks_nothing_and_a_new_text_is_asked_whole(study: Study) -> None:
    study.code()
    study.edit("What is in it?", "What does it hold?")
    study.code()
    found, requests = study.code()
    assert (requests, found["asked"], found["answered_before"]) == ([], 0, 4)
    study.desk.take(5)
    found, requests = study.code()
    assert requests == [EVERYTHING]


def test_a_changed_text_is_asked_again_whole(study: Study) -> None:
    study.code()
    study.edit("What is in it?", "What does it hold?")
    (study.desk.folder / "d0.txt").write_text("Another page. It is short. It ends.", encoding="utf-8")
    assert study.desk.run("import", study.desk.folder / "d0.txt").code == 0
    _, requests = study.code()
    assert sorted(requests, key=len) == [["parts"]] * 3 + [EVERYTHING]


def test_what_hangs_on_the_changed_dimension_is_asked_with_it(study: Study) -> None:
    study.code()
    study.edit("How does it sound?", "How does it read?")
    _, requests = study.code()
    assert requests == [["tone", "heat"]] * 4


def test_an_added_dimension_alone_is_asked_and_a_removed_one_costs_nothing(study: Study) -> None:
    study.code()
    added = "  - {id: size, kind: nominal, question: How long?, categories: [{id: short}, {id: long}]}\n"
    study.edit(BOOK, BOOK + added)
    assert study.code()[1] == [["size"]] * 4
    study.edit(added, "")
    study.edit("version: 1", "version: 2")
    found, requests = study.code()
    assert (requests, found["carried"]) == ([], 4)
    shown = study.read("status")
    assert (shown["coded"], shown["not_coded"]) == (4, 0)


def test_a_condition_that_changed_is_judged_on_the_carried_code_and_asked_only_where_it_holds(study: Study) -> None:
    study.code()
    _, before = study.run()
    warm = sum(one.dimension_id == "tone" and one.codes == ("warm",) for one in before)
    study.edit("How warm?", "How very warm?")
    _, requests = study.code()
    assert requests == [["heat"]] * warm
    _, codings = study.run()
    heat = [one.status for one in codings if one.dimension_id == "heat"]
    assert heat.count(Status.NOT_APPLICABLE) == 4 - warm
    assert len(heat) == 4


def test_fresh_asks_all(study: Study) -> None:
    study.code()
    study.edit("What is in it?", "What does it hold?")
    _, requests = study.code("--fresh")
    assert requests == [EVERYTHING] * 4
    assert all(one.derived_from is None for one in study.run()[1])


def test_dimension_by_dimension_only_the_changed_calls_are_made(study: Study) -> None:
    study.code("--per-dimension")
    study.edit("What is in it?", "What does it hold?")
    assert study.code("--per-dimension")[1] == [["parts"]] * 4


def test_another_way_of_asking_carries_nothing(study: Study) -> None:
    study.code()
    study.edit("What is in it?", "What does it hold?")
    requests = study.code("--per-dimension")[1]
    assert sorted(requests) == sorted([["tone", "heat"], ["parts"]] * 4)
    assert study.code("--model", "other")[1] == [EVERYTHING] * 4


def test_answers_are_found_in_the_run_that_asked_also_where_a_trial_of_few_texts_came_between(study: Study) -> None:
    first = study.code()[0]["run"]
    study.edit("What is in it?", "What does it hold?")
    assert study.code("--limit", 1)[1] == [["parts"]]
    study.edit("What does it hold?", "What is it made of?")
    assert study.code()[1] == [["parts"]] * 4
    lineage = study.read("runs", "show")["lineage"]
    assert lineage == [{"dimension": name, "run": first, "documents": 4} for name in ("heat", "tone")]


def test_replicates_are_carried_over_one_by_one(study: Study) -> None:
    (study.desk.folder / "intercoder.toml").write_text("[model]\nsamples = 2\n", encoding="utf-8")
    study.code()
    study.edit("What is in it?", "What does it hold?")
    _, requests = study.code()
    assert requests == [["parts"]] * 8
    _, codings = study.run()
    assert {one.replicate for one in codings if one.derived_from} == {0, 1}


def test_a_run_that_was_stopped_between_carrying_and_asking_goes_on_where_it_was(study: Study) -> None:
    study.code()
    study.edit("What is in it?", "What does it hold?")
    study.code()
    # As a kill after the first answer leaves it: the calls of three texts are not there.
    with sqlite3.connect(study.desk.folder / "intercoder.db") as connection:
        for table in ("codings", "calls", "assignments"):
            connection.execute(f"DROP TRIGGER {table}_no_delete")
        newest = connection.execute("SELECT max(id) FROM runs").fetchone()[0]
        lost = [row[0] for row in connection.execute("SELECT id FROM calls WHERE run_id = ? LIMIT 3", (newest,))]
        for call in lost:
            connection.execute(
                "DELETE FROM assignments WHERE coding_id IN (SELECT id FROM codings WHERE call_id = ?)", (call,)
            )
            connection.execute("DELETE FROM codings WHERE call_id = ?", (call,))
            connection.execute("DELETE FROM calls WHERE id = ?", (call,))
    connection.close()
    assert study.read("status")["coded"] == 1
    found, requests = study.code()
    assert (found["continued"], requests) == (True, [["parts"]] * 3)
    assert study.read("status")["coded"] == 4


def test_texts_that_a_limit_left_out_keep_their_answers_when_they_are_asked_later(study: Study) -> None:
    study.code()
    study.edit("What is in it?", "What does it hold?")
    assert study.code("--limit", 1)[1] == [["parts"]]
    found, requests = study.code()
    assert (found["continued"], found["carried"], requests) == (True, 3, [["parts"]] * 3)


def test_a_dry_run_says_what_is_kept_and_stores_nothing(study: Study) -> None:
    first = study.code()[0]["run"]
    study.edit("What is in it?", "What does it hold?")
    found, requests = study.code("--dry-run")
    assert (requests, found["carried"], found["expected"]["calls"]) == ([], 4, 4)
    assert study.run()[0].id == first


def test_reports_name_mixed_lineage(study: Study) -> None:
    first = study.code()[0]["run"]
    gold = "document,tone,parts\n" + "".join(f"d{number},warm,x\n" for number in range(4))
    (study.desk.folder / "gold.csv").write_text(gold, encoding="utf-8")
    study.edit("What is in it?", "What does it hold?")
    study.code()
    assert study.desk.run("gold", "import", study.desk.folder / "gold.csv", "--coder", "ada").code == 0
    line = f"carried over from run {first}: heat (4), tone (4)"
    for command in (("eval",), ("analyze",), ("status",), ("runs", "show")):
        assert line in " ".join(study.desk.run(*command).out.split()), command
        assert study.read(*command)["lineage"][0] == {
            "dimension": "heat",
            "run": first,
            "documents": 4,
        }
    report = study.desk.folder / "report.html"
    assert study.desk.run("report", report).code == 0
    assert line in report.read_text(encoding="utf-8")
    study.code("--fresh")
    assert "mixed lineage" not in study.desk.run("eval").out
    assert study.read("eval")["lineage"] == []
