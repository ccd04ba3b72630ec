"""`intercoder codebook test` on a loopback endpoint that always chooses what is listed first."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from coder.cli import main
from coder.store import Store
from tests.mock_openai import Config, Mock, in_thread, serving

PAGE = Path(__file__).parents[3] / "docs" / "codebook.md"
BOOK = """\
name: small
version: 1
unit: page
dimensions:
  - id: tone
    kind: nominal
    question: How does it sound?
    categories:
      - {id: warm, definition: It welcomes the reader., examples: [{text: Do come in., borderline: true}]}
      - {id: cold, definition: It keeps the reader away.}
      - {id: flat, definition: It does neither.}
  - {id: parts, kind: multilabel, question: What is in it?, absent: {}, categories: [{id: x, definition: An x.}, {id: y}]}
"""


@dataclass(frozen=True)
class Done:
    """What a command ended with."""

    code: int
    out: str
    err: str

    @property
    def found(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.out)
        return value


class Desk:
    """A project, and commands run on it in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def run(self, *arguments: object) -> Done:
        with pytest.raises(SystemExit) as ended:
            main(["--project", str(self.folder), *map(str, arguments)])
        said = self._capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    def take(self, count: int) -> None:
        for number in range(count):
            (self.folder / f"d{number}.txt").write_text(f"Page {number}. It is short. It ends.", encoding="utf-8")
        assert self.run("import", *(self.folder / f"d{number}.txt" for number in range(count))).code == 0

    def test(self, *options: object) -> Done:
        return self.run("codebook", "test", *options)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    (tmp_path / "book.yaml").write_text(BOOK, encoding="utf-8")
    made = Desk(tmp_path / "study", capsys)
    with pytest.raises(SystemExit) as ended:
        main(["init", str(made.folder), "--codebook", str(tmp_path / "book.yaml")])
    assert not ended.value.code
    capsys.readouterr()
    return made


@contextlib.contextmanager
def listening(*script: str) -> Iterator[tuple[str, Mock]]:
    """The mock on a loop of its own, so that commands can start theirs."""
    with in_thread(serving(Config(latency=0, variants=1, script=script))) as found:
        yield found


def use(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for name, value in (("PROVIDER", "openai"), ("NAME", "mock"), ("BASE_URL", url)):
        monkeypatch.setenv(f"INTERCODER_MODEL_{name}", value)
    monkeypatch.setenv("INTERCODER_API_KEY", "sk-secret-1234")


@pytest.fixture
def mock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mock]:
    with listening() as (url, found):
        use(monkeypatch, url)
        yield found


def part(found: dict[str, Any], name: str, dimension: str) -> dict[str, Any]:
    return next(item for item in found[name] if item["dimension"] == dimension)


def test_a_model_that_takes_what_is_listed_first_is_found_out(desk: Desk, mock: Mock) -> None:
    desk.take(6)
    done = desk.test("--documents", "5", "--json")
    assert done.code == 0, done.err
    found = done.found
    # 3 + 1 definitions (y has none), 1 borderline example; for each of 5 documents tone, parts, tone turned, together
    assert (found["calls"], found["expected"]["calls"], found["failed"]) == (25, 25, 0)
    assert mock.stats.ok == 25
    assert len(found["documents"]) == 5
    tone = part(found, "recovery", "tone")
    assert (tone["definitions"]["count"], tone["definitions"]["n"], len(tone["misses"])) == (1, 3, 2)
    assert (tone["borderline"]["count"], tone["borderline"]["n"]) == (1, 1)  # warm, which stands first
    assert part(found, "recovery", "parts")["undefined"] == ["y"]
    changed = part(found, "order", "tone")
    assert (changed["changed"]["count"], changed["changed"]["n"]) == (5, 5)
    assert (changed["answers"], changed["first_listed"], changed["last_listed"]) == (10, 10, 0)
    assert [item["moved"]["count"] for item in found["halo"]] == [0, 0]
    rules = [(item["dimension"], item["rule"]) for item in found["weak"]]
    assert rules == [("tone", "definition"), ("tone", "definition"), ("parts", "undefined"), ("tone", "order")]


def test_nothing_is_stored(desk: Desk, mock: Mock) -> None:
    desk.take(2)
    assert desk.test().code == 0
    with Store.open(str(desk.folder / "intercoder.db")) as store:
        assert (store.runs(), store.codings(), store.coders()) == ([], [], [])


def test_it_tells_what_it_will_take_what_it_took_and_what_is_weak(desk: Desk, mock: Mock) -> None:
    desk.take(2)
    done = desk.test()
    assert done.code == 0, done.err
    told = " ".join(done.err.split())
    assert "13 calls (texts go to 127.0.0.1" in told
    assert "time not known before this model's first run" in told
    assert re.search(r"openai:mock: 13 calls, [\d,]+ tokens in .* out, .* \d+ s; nothing was stored", told)
    said = " ".join(done.out.split())
    assert "tone: 2 of 2 codes change when the categories are listed last first: the model guesses" in said
    assert "Weak is a definition" in said
    assert "note: there are only 2 documents to draw from" in said


def test_the_time_is_told_once_the_model_has_run_here(desk: Desk, mock: Mock) -> None:
    desk.take(2)
    assert desk.run("code").code == 0
    assert desk.test("--json").found["expected"]["seconds"] >= 0


def test_without_documents_the_definitions_are_tested_alone(desk: Desk, mock: Mock) -> None:
    found = desk.test("--json").found
    assert (found["calls"], found["order"], found["halo"]) == (5, [], [])
    assert found["notes"] == ["order effects and halo are not tested: no documents yet (intercoder import PATH)"]


def test_one_dimension_can_be_tested_by_itself(desk: Desk, mock: Mock) -> None:
    desk.take(3)
    found = desk.test("--dimension", "parts", "--json").found
    assert found["calls"] == 1 + 3 * 2  # the definition of x; each document alone and together
    assert ([item["dimension"] for item in found["halo"]], found["order"]) == (["parts"], [])


def test_an_unknown_dimension_is_refused_with_those_there_are(desk: Desk, mock: Mock) -> None:
    done = desk.test("--dimension", "mood")
    assert done.code == 1
    assert "--dimension mood: no such dimension" in done.err
    assert "known: tone, parts" in done.err
    assert mock.stats.requests == 0


def test_a_refused_call_is_named_counted_and_in_no_n(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening("filtered") as (url, _):
        use(monkeypatch, url)
        done = desk.test("--json")
    assert done.code == 2
    assert "1 of 5 calls brought no usable answer" in done.err
    assert done.found["failed"] == 1
    assert "definition of" in done.found["failures"][0]["asked"]
    recovery = done.found["recovery"]
    assert sum(item["definitions"]["n"] + item["borderline"]["n"] for item in recovery) == 4
    assert sum(item["unread"] for item in recovery) == 1


def test_a_text_too_long_for_the_model_is_not_sent_and_said(desk: Desk, mock: Mock) -> None:
    (desk.folder / "long.txt").write_text("This goes on. " * 4000, encoding="utf-8")
    assert desk.run("import", desk.folder / "long.txt").code == 0
    (desk.folder / "intercoder.toml").write_text("[model]\ncontext = 4000\n", encoding="utf-8")
    done = desk.test("--json")
    assert done.code == 2
    found = done.found
    assert (found["calls"], found["failed"]) == (5, 4)
    assert all("the model has room for" in item["reason"] for item in found["failures"])
    assert part(found, "halo", "tone")["unread"] == 1


def test_every_key_of_the_json_is_documented(desk: Desk, mock: Mock) -> None:
    desk.take(2)
    page = PAGE.read_text(encoding="utf-8").split("## Testing a codebook without gold")[1].split("`--json`:")[1]
    assert keys(desk.test("--json").found) <= set(re.findall(r"`(\w+)`", page))


def keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(keys, value))
    return set(value).union(*map(keys, value.values())) if isinstance(value, dict) else set()
