"""A text of 200 pages on a model with a small context: coded in windows, said before, resumed, merged, spans right."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from coder.model import Call, Coding, Run, Status
from coder.run.windows import OVERLAP, RULE
from coder.store import Store
from tests.integration.cli.test_codebook_test import Desk, Done, desk, listening, use  # noqa: F401 - desk is a fixture
from tests.mock_openai import Mock
from tests.pdfs import plain_pdf

BOOK = """\
name: small
version: 1
unit: report
dimensions:
  - {id: mode, kind: nominal, question: How is it held?, absent: {}, categories: [{id: online}, {id: offline}]}
  - {id: place, kind: nominal, question: Where?, absent: {}, applies_if: mode == offline, categories: [{id: home}, {id: abroad}]}
  - {id: parts, kind: multilabel, question: What is in it?, absent: {}, categories: [{id: x}, {id: y}, {id: z}]}
  - id: hours
    kind: quantity
    question: How long is it?
    absent: {}
    unit: hours
    counts: total
    bins: [{id: short, to: 10}, {id: long, from: 10}]
"""
SAID = {"online": "HELD ONLINE", "offline": "HELD OFFLINE", "home": "AT HOME", "x": "HAS X", "y": "HAS Y", "z": "HAS Z"}
"""What a report says, and the code that the reader below gives for it."""
CONTEXT = 8000
PAGES, LINES = 200, 25


def report(count: int = PAGES, **said: str) -> str:
    """Pages of 25 lines; `said` puts words into the middle line of a page, by its number: p7="HAS X"."""
    pages = []
    for page in range(1, count + 1):
        lines = [
            f"Page {page}, line {line}: the committee met, heard a report and went home again in good order."
            for line in range(1, LINES + 1)
        ]
        if f"p{page}" in said:
            lines[LINES // 2] = f"Of page {page}: {said[f'p{page}']}."
        pages.append("\n".join(lines))
    return "\n\n".join(pages)


def reads(mock: Mock) -> None:
    """Have the mock read: each dimension is answered by the sentences that say something, with their numbers."""
    answer = mock.answer

    def reading(request: dict[str, Any], *rest: Any) -> dict[str, Any]:
        found: dict[str, Any] = answer(request, *rest)
        message = found["choices"][0]["message"]
        if message["content"].startswith("{") and not rest[1]:
            text = request["messages"][-1]["content"]
            numbered = [(int(one[1]), one[2]) for one in re.finditer(r"^\[(\d+)\] (.*)$", text, re.MULTILINE)]
            asked = request["response_format"]["json_schema"]["schema"]["properties"]
            message["content"] = json.dumps({name: _read(name, numbered) for name in asked})
        return found

    mock.answer = reading  # type: ignore[method-assign]


def _read(name: str, numbered: list[tuple[int, str]]) -> Any:
    def where(words: str) -> list[int]:
        return [number for number, sentence in numbered if words in sentence]

    if name == "parts":
        return [{"evidence": where(SAID[code])[:3], "code": code} for code in "xyz" if where(SAID[code])]
    if name == "hours":
        amounts = [
            (number, match) for number, said in numbered if (match := re.search(r"LASTS (\d+) HOURS( IN TOTAL)?", said))
        ]
        return [
            {
                "evidence": [number],
                "low": int(match[1]),
                "high": None,
                "unit": "hours",
                "count": 1,
                "qualifier": "total" if match[2] else "unspecified",
            }
            for number, match in amounts[:4]
        ]
    codes = ("online", "offline") if name == "mode" else ("home",)
    return next(
        ({"evidence": where(SAID[code])[:1], "code": code} for code in codes if where(SAID[code])),
        {"evidence": [], "code": "absent"},
    )


class Study:
    """A project with long reports, and the mock that reads them."""

    def __init__(self, desk_: Desk, mock: Mock) -> None:
        self.desk, self.mock = desk_, mock
        (desk_.folder / "codebook.yaml").write_text(BOOK, encoding="utf-8")
        self.settings(f"[model]\ncontext = {CONTEXT}\n")

    def settings(self, text: str) -> None:
        (self.desk.folder / "intercoder.toml").write_text(text, encoding="utf-8")

    def take(self, name: str, text: str) -> None:
        (self.desk.folder / f"{name}.txt").write_text(text, encoding="utf-8")
        assert self.desk.run("import", self.desk.folder / f"{name}.txt").code == 0

    def code(self, *options: object, expect: int = 0) -> Done:
        done = self.desk.run("code", *options, "--json")
        assert done.code == expect, done.err
        return done

    def stored(self) -> tuple[Run, list[Call], dict[str, Coding], str]:
        """The newest run, its calls, the newest coding of each dimension of the first document, and its text."""
        with Store.open(str(self.desk.folder / "intercoder.db")) as store:
            run = store.runs()[-1]
            _, version = store.current_versions()[0]
            codings = store.codings(run_id=run.id, version_id=version.id)
            return run, store.calls(run.id), {one.dimension_id: one for one in codings}, version.text


@pytest.fixture
def make(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Study]]:  # noqa: F811
    with listening() as (url, mock):
        use(monkeypatch, url)
        reads(mock)

        def made(**said: str) -> Study:
            study = Study(desk, mock)
            study.take("report", report(**said))
            return study

        yield made


@pytest.fixture
def study(make: Callable[..., Study]) -> Study:
    """Page 3 has X, page 100 is held offline, page 101 at home, page 150 has Z, page 199 lasts 40 hours in total."""
    return make(p3="HAS X", p100="HELD OFFLINE", p101="AT HOME", p150="HAS Z", p199="LASTS 40 HOURS IN TOTAL")


def words(coding: Coding, text: str) -> list[str]:
    return [text[span.start : span.end] for span in coding.all_evidence]


def test_a_pdf_of_200_pages_is_coded_in_windows_with_evidence_on_the_right_pages(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words_of = {3: "HAS X", 100: "HELD OFFLINE", 101: "AT HOME", 150: "HAS Z", 199: "LASTS 40 HOURS IN TOTAL"}
    with listening() as (url, mock):
        use(monkeypatch, url)
        reads(mock)
        study = Study(desk, mock)
        pages = report(**{f"p{page}": said for page, said in words_of.items()}).split("\n\n")
        (desk.folder / "report.pdf").write_bytes(plain_pdf(pages))
        taken = desk.run("import", desk.folder / "report.pdf", "--json").found
        assert (taken["new"], taken["notes"][0]) == (1, "report.pdf: 200 pages, PDF")
        done = study.code().found
    # As above: 435,000 characters at 3.8 a token in windows of not quite 8,000 tokens.
    assert done["long_texts"] == 1
    assert 15 <= done["windows"] == done["asked"] <= 19
    _, _, codings, text = study.stored()
    assert {name: coding.codes for name, coding in codings.items()} == {
        "mode": ("offline",), "place": ("home",), "parts": ("x", "z"), "hours": ("long",),
    }  # fmt: skip
    spans = [span for coding in codings.values() for span in coding.all_evidence]
    said = {text[span.start : span.end]: page_at(text, span.start) for span in spans}
    assert said == {f"Of page {page}: {told}.": page for page, told in words_of.items()}


def page_at(text: str, place: int) -> int:
    """The page of a character: that of the last line before it that names its own."""
    return int(re.findall(r"Page (\d+), line", text[:place])[-1])


def test_a_dry_run_says_how_many_texts_and_windows_there_are_and_the_rule_and_sends_nothing(study: Study) -> None:
    expected = study.code("--dry-run").found
    # 200 pages of 25 lines of about 92 characters: 460,000 characters, at 3.8 a token 121,000 tokens; in windows of
    # not quite 8,000 tokens that is at least 16.
    assert (expected["long_texts"], expected["expected"]["calls"]) == (1, expected["windows"])
    assert 16 <= expected["windows"] <= 19
    assert study.mock.stats.requests == 0
    said = study.desk.run("code", "--dry-run").err
    assert f"1 text does not fit the context: coded in {expected['windows']} windows" in said
    assert f"up to {OVERLAP} segments" in said
    assert "labels joined" in said


def test_what_stands_anywhere_in_the_text_is_coded_with_the_sentence_that_says_so(study: Study) -> None:
    done = study.code().found
    assert (done["asked"], done["failures"]) == (done["windows"], {})
    run, calls, codings, text = study.stored()
    assert codings["parts"].codes == ("x", "z")
    assert words(codings["parts"], text) == ["Of page 3: HAS X.", "Of page 150: HAS Z."]
    assert (codings["mode"].codes, words(codings["mode"], text)) == (("offline",), ["Of page 100: HELD OFFLINE."])
    assert (codings["hours"].codes, words(codings["hours"], text)) == (
        ("long",),
        ["Of page 199: LASTS 40 HOURS IN TOTAL."],
    )
    # Said on another page than what it hangs on: the condition is judged on the merged code.
    assert (codings["place"].codes, words(codings["place"], text)) == (("home",), ["Of page 101: AT HOME."])
    assert [(call.part, call.parts) for call in sorted(calls, key=lambda call: call.part)] == [
        (part, len(calls)) for part in range(1, len(calls) + 1)
    ]
    assert run.parameters["windows_rule"] == {"rule": RULE, "overlap": OVERLAP}
    shown = study.desk.run("runs", "show", "--json").found
    assert (shown["documents"], shown["coded"], shown["long_texts"], shown["windows"]) == (1, 1, 1, len(calls))


def test_every_sentence_is_asked_about_under_its_number_in_the_whole_text_and_no_window_is_too_long(
    study: Study,
) -> None:
    study.code()
    numbers: list[list[int]] = []
    for request in study.mock.requests:
        sent = "".join(message["content"] for message in request["messages"])
        assert len(sent.encode()) / 3.8 < CONTEXT
        numbers.append(
            [int(one) for one in re.findall(r"^\[(\d+)\]", request["messages"][-1]["content"], re.MULTILINE)]
        )
    numbers.sort()
    assert {one for window in numbers for one in window} == set(range(1, PAGES * LINES + 1))
    assert all(before[-OVERLAP:] == after[:OVERLAP] for before, after in pairwise(numbers))
    assert "Part 1 of" in "".join(request["messages"][-1]["content"] for request in study.mock.requests)


def test_asking_again_asks_nothing_and_adds_nothing(study: Study) -> None:
    study.code()
    _, calls, before, _ = study.stored()
    done = study.code().found
    assert (done["asked"], done["answered_before"], done["continued"]) == (0, len(calls), True)
    assert {one.id for one in study.stored()[2].values()} == {one.id for one in before.values()}


def test_windows_that_say_different_codes_are_a_marked_code_in_the_queue(make: Callable[..., Study]) -> None:
    study = make(p20="HELD ONLINE", p100="HELD OFFLINE", p180="HELD OFFLINE")
    study.code()
    mode = study.stored()[2]["mode"]
    assert (mode.status, mode.codes) == (Status.CODED, ("offline",))  # two windows against one
    assert mode.reason.startswith("tie between windows: online (window 2), offline (windows ")
    queued = study.desk.run("queue", "--json").found
    assert {(item["dimension"], item["reason"]) for item in queued if item["reason"] != "audit"} == {("mode", "tie")}
    assert "tie between windows" in next(item["detail"] for item in queued if item["reason"] == "tie")


def test_a_window_without_an_answer_fails_the_text_with_its_number_and_is_all_that_is_asked_again(study: Study) -> None:
    answer = study.mock.answer

    def losing(request: dict[str, Any], *rest: Any) -> dict[str, Any]:
        if "Part 2 of" in request["messages"][-1]["content"]:
            raise ValueError("this window is not answered")  # the mock makes it a 400
        found: dict[str, Any] = answer(request, *rest)
        return found

    study.mock.answer = losing  # type: ignore[method-assign]
    done = study.code(expect=2)
    _, calls, codings, _ = study.stored()
    assert {one.status for one in codings.values()} == {Status.FAILED}
    assert re.match(rf"1 of {len(calls)} windows brought no answer \(window 2: HTTP 400", codings["parts"].reason)
    assert done.found["failures"]["report"] == codings["parts"].reason
    assert study.desk.run("status", "--json").found["coded"] == 0
    study.mock.answer = answer  # type: ignore[method-assign]
    again = study.code().found
    assert again["asked"] == 1
    assert study.stored()[2]["parts"].codes == ("x", "z")
    assert study.desk.run("status", "--json").found["coded"] == 1


def test_an_unreadable_window_is_repaired_and_else_makes_its_dimensions_invalid_until_it_is_retried(
    study: Study,
) -> None:
    answer = study.mock.answer

    def babbling(request: dict[str, Any], *rest: Any) -> dict[str, Any]:
        found: dict[str, Any] = answer(request, *rest)
        if any("Part 3 of" in message["content"] for message in request["messages"]):
            found["choices"][0]["message"]["content"] = "I would rather not."
        return found

    study.mock.answer = babbling  # type: ignore[method-assign]
    done = study.code(expect=2).found
    assert study.mock.stats.requests == done["windows"] + 1  # one repair
    _, _, codings, _ = study.stored()
    assert {one.status for one in codings.values()} == {Status.INVALID}
    assert codings["mode"].reason.startswith(f"window 3 of {done['windows']}:")
    study.mock.answer = answer  # type: ignore[method-assign]
    assert study.code().found["asked"] == 0
    assert study.code("--retry").found["asked"] == 1
    assert study.stored()[2]["parts"].codes == ("x", "z")


def test_a_run_that_was_stopped_goes_on_with_the_windows_that_are_left(study: Study) -> None:
    windows = study.code("--dry-run").found["windows"]
    study.settings(
        f"[model]\ncontext = {CONTEXT}\n[run]\nconcurrency = 1\nbudget_usd = 0.02\nprice_prompt = 1.0\nprice_completion = 1.0\n"
    )
    # About 7,500 tokens a window at one USD a million: 0.0075 USD, so that two fit into 0.02.
    stopped = study.code(expect=2).found
    assert 1 <= stopped["asked"] <= 3
    assert study.stored()[2] == {}  # what only some windows say is no coding
    study.settings(f"[model]\ncontext = {CONTEXT}\n")
    rest = study.code().found
    assert stopped["asked"] + rest["asked"] == windows
    assert study.stored()[2]["parts"].codes == ("x", "z")


def test_replicates_and_dimension_by_dimension_are_windows_too(study: Study) -> None:
    study.settings(f"[model]\ncontext = {CONTEXT}\nsamples = 2\n")
    study.code("--per-dimension")
    with Store.open(str(study.desk.folder / "intercoder.db")) as store:
        codings = store.codings(run_id=store.runs()[-1].id)
    found = {(one.dimension_id, one.replicate): one.codes for one in codings}
    assert found == {
        (name, number): codes
        for name, codes in (("mode", ("offline",)), ("place", ("home",)), ("parts", ("x", "z")), ("hours", ("long",)))
        for number in (0, 1)
    }


def test_refusing_long_texts_sends_nothing_and_says_why_until_windows_are_allowed(study: Study) -> None:
    study.settings(f'[model]\ncontext = {CONTEXT}\n[run]\nlong_texts = "refuse"\n')
    refused = study.code(expect=2)
    assert "the model has room for" in refused.found["failures"]["report"]
    assert study.mock.stats.requests == 0
    study.settings(f"[model]\ncontext = {CONTEXT}\n")
    done = study.code().found
    assert done["continued"]
    assert study.stored()[2]["parts"].codes == ("x", "z")
    assert study.desk.run("status", "--json").found["coded"] == 1


def test_a_context_too_small_for_any_window_refuses_the_text(study: Study) -> None:
    study.settings("[model]\ncontext = 700\n")
    assert "the model has room for" in study.code(expect=2).found["failures"]["report"]
    assert study.mock.stats.requests == 0


def test_short_texts_beside_long_ones_are_asked_whole(study: Study) -> None:
    study.take("note", "A note. It HAS Y. It ends.")
    done = study.code().found
    assert done["asked"] == done["windows"] + 1
    parts = [request for request in study.mock.requests if "Part " not in request["messages"][-1]["content"]]
    assert len(parts) == 1
    assert done["long_texts"] == 1
