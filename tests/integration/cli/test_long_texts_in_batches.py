"""A report of 40 pages on a small context through the batch API: one call a window, merged as in a live run, and no window paid twice."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from coder.cli import batching
from coder.model import Coding, Status
from coder.run.batches import Dispatch
from coder.run.windows import OVERLAP, RULE
from coder.store import Store
from tests.integration.cli.screener import reviewing
from tests.integration.cli.test_codebook_test import Desk, desk, use  # noqa: F401 - desk is a fixture
from tests.integration.cli.test_limits import PRICES as LIST_PRICES
from tests.integration.cli.test_long_texts import Study, reads, report, words
from tests.mock_batches import Batches, BatchMock, killed_when, serving
from tests.mock_openai import Config, in_thread

PAGES, CONTEXT = 40, 2900
SAID = {"p3": "HAS X", "p20": "HELD OFFLINE", "p21": "AT HOME", "p30": "HAS Z", "p39": "LASTS 40 HOURS IN TOTAL"}
CODES = {"mode": ("offline",), "place": ("home",), "parts": ("x", "z"), "hours": ("long",)}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERCODER_RUN_POLL_S", "0.05")
    monkeypatch.setenv("INTERCODER_MODEL_PRIOR", "keep")


@contextlib.contextmanager
def reading(desk_: Desk, monkeypatch: pytest.MonkeyPatch, settings: str = "", **does: Any) -> Iterator[Study]:
    """A long report and an endpoint with a batch API whose model reads it."""
    with in_thread(serving(Config(latency=0, variants=1), Batches(**does))) as (url, mock):
        use(monkeypatch, url)
        reads(mock)
        study = Study(desk_, mock)
        (desk_.folder / "prices.toml").write_text(f"{LIST_PRICES}batch = 0.5\n", encoding="utf-8")
        study.settings(f"[model]\ncontext = {CONTEXT}\n{settings}")
        study.take("report", report(PAGES, **SAID))
        yield study


@pytest.fixture
def study(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:  # noqa: F811
    with reading(desk, monkeypatch) as found:
        yield found


def mock_of(study: Study) -> BatchMock:
    assert isinstance(study.mock, BatchMock)
    return study.mock


def small_files(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Batches of at most so many calls, as far fewer than the API's limits as a report has windows."""
    monkeypatch.setattr(batching, "Dispatch", partial(Dispatch, most_requests=most))


def nothing_was_paid_twice(study: Study) -> bool:
    """No body was answered twice in batches, none by ordinary calls, and none by both."""
    ordinary = {json.dumps(one, sort_keys=True) for one in study.mock.requests}
    paid = mock_of(study).paid
    return set(paid.values()) <= {1} and not study.mock.stats.duplicates and not ordinary & set(paid)


def codes(codings: dict[str, Coding]) -> dict[str, tuple[str, ...]]:
    return {name: one.codes for name, one in codings.items()}


def stored(study: Study) -> tuple[set[Any], set[Any]]:
    """What the calls and codings of the newest run say, without ids and times."""
    with Store.open(str(study.desk.folder / "intercoder.db")) as store:
        run = store.runs()[-1]
        calls = {(one.key, one.status, one.raw, one.part, one.parts, one.replicate) for one in store.calls(run.id)}
        own = {"id", "version_id", "coder_id", "run_id", "call_id", "created_at"}
        return calls, {one.model_dump_json(exclude=own) for one in store.codings(run_id=run.id)}


@pytest.mark.parametrize(("settings", "options"), [("", ()), ("samples = 2\n", ("--per-dimension",))])
def test_a_batch_leaves_the_calls_and_codings_that_a_live_run_leaves(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
    options: tuple[str, ...],
) -> None:
    with reading(desk, monkeypatch, settings) as study:
        study.code("--batch", "--wait", *options)
        assert nothing_was_paid_twice(study)
        by_batch = stored(study)
        study.code("--fresh", *options)
        by_call = stored(study)
    assert by_batch == by_call
    calls, codings = by_batch
    assert len(codings) == (8 if options else 4)  # of two replicates of a text, or of one, four dimensions
    assert {part for _, _, _, part, _, _ in calls} == set(range(1, max(parts for *_, parts, _ in calls) + 1))


def test_each_window_is_a_call_in_the_batch_and_its_evidence_stands_on_the_right_page(study: Study) -> None:
    waiting = study.code("--batch", expect=2).found
    # the first window is asked by an ordinary call, all others wait in the batch
    assert (waiting["asked"], waiting["waiting"], waiting["left"]) == (1, waiting["windows"] - 1, 1)
    assert study.stored()[2] == {}  # until every window was asked, a text has no codings
    done = study.code("--batch").found
    assert (done["asked"], done["waiting"], done["left"], done["failures"]) == (waiting["waiting"], 0, 0, {})
    run, calls, codings, text = study.stored()
    assert codes(codings) == CODES
    assert [words(codings[name], text) for name in ("parts", "mode", "place", "hours")] == [
        ["Of page 3: HAS X.", "Of page 30: HAS Z."],
        ["Of page 20: HELD OFFLINE."],
        ["Of page 21: AT HOME."],
        ["Of page 39: LASTS 40 HOURS IN TOTAL."],
    ]
    assert {(call.part, call.parts) for call in calls} == {(part, len(calls)) for part in range(1, len(calls) + 1)}
    assert run.parameters["windows_rule"] == {"rule": RULE, "overlap": OVERLAP}
    shown = study.desk.run("runs", "show", "--json").found
    assert (shown["documents"], shown["coded"], shown["long_texts"], shown["windows"]) == (1, 1, 1, len(calls))
    again = study.code("--batch").found
    assert (again["asked"], again["answered_before"]) == (0, len(calls))
    assert {one.id for one in study.stored()[2].values()} == {one.id for one in codings.values()}


def test_a_dry_run_says_the_windows_of_a_live_run_and_half_its_cost(study: Study) -> None:
    live, batch = study.code("--dry-run").found, study.code("--batch", "--dry-run").found
    assert (batch["long_texts"], batch["windows"]) == (1, live["windows"])
    assert batch["expected"]["calls"] == batch["windows"] > 10
    assert batch["expected"]["cost_usd"] == pytest.approx(live["expected"]["cost_usd"] / 2)
    said = study.desk.run("code", "--batch", "--dry-run").err
    assert f"1 text does not fit the context: coded in {batch['windows']} windows" in said
    assert (study.mock.stats.requests, mock_of(study).uploads) == (0, 0)


def test_windows_lie_in_several_batches_and_only_those_that_expired_are_asked_again(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small_files(monkeypatch, 6)
    with reading(desk, monkeypatch, expire=0.5) as study:
        windows = study.code("--batch", expect=2).found["windows"]
        batches = mock_of(study).creates
        assert batches == -(-(windows - 1) // 6) > 1
        found = study.code("--batch", expect=2).found
        # half of one batch of six expired: one of the three is asked by an ordinary call, two wait in the next batch
        assert (found["failed"], found["waiting"]) == (3, 2)
        _, _, codings, _ = study.stored()
        assert {one.status for one in codings.values()} == {Status.FAILED}
        assert "brought no answer (window" in codings["mode"].reason
        assert "batch_expired" in found["failures"]["report"]
        assert study.code("--batch").found["failures"] == {}
        assert mock_of(study).creates == batches + 1
        assert nothing_was_paid_twice(study)
        _, calls, after, _ = study.stored()
        assert codes(after) == CODES
        assert {after[name].derived_from for name in after} == {one.id for one in codings.values()}
        assert sum(call.status == "failed" for call in calls) == 3
        assert len({call.key for call in calls if call.status == "ok"}) == windows


def test_what_too_many_waiting_tokens_kept_out_is_handed_in_when_another_batch_has_ended(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small_files(monkeypatch, 4)
    with reading(desk, monkeypatch, refuse="token_limit_exceeded", polls=3) as study:
        mock, under_way = mock_of(study), list[int]()
        create = mock.create

        def counting(request: dict[str, Any]) -> Any:
            under_way.append(sum(batch["status"] == "validating" for batch in mock.ours()))
            return create(request)

        mock.create = counting  # type: ignore[method-assign]
        assert study.code("--batch", "--wait").found["left"] == 0
        assert nothing_was_paid_twice(study)
    # Of three batches the first is not taken, and the others wait; what was in it is made when none is under way.
    assert under_way == [0, 0, 1, 0]


def test_an_unreadable_window_is_repaired_and_one_that_is_refused_makes_the_text_so(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with reading(desk, monkeypatch, wrong={0: "malformed", 3: "content_filter"}) as study:
        done = study.code("--batch", "--wait", expect=2).found
        assert (done["refused"], done["coded"]) == (1, done["windows"] - 1)
        assert study.mock.stats.requests == 2  # by ordinary calls: the first window, and the repair of the second
        _, _, codings, _ = study.stored()
        assert {one.status for one in codings.values()} == {Status.REFUSED}
        assert codings["mode"].reason.startswith(f"window 5 of {done['windows']}:")  # the fourth call of the batch


def test_windows_in_a_batch_are_not_asked_by_ordinary_calls_meanwhile(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with reading(desk, monkeypatch, polls=99) as study:
        study.code("--batch", expect=2)
        live = study.code(expect=2).found
        assert (live["asked"], live["waiting"], live["left"]) == (0, live["windows"] - 1, 1)
        mock_of(study).finish("batch_1")
        assert study.code("--batch").found["left"] == 0
        assert nothing_was_paid_twice(study)


def test_answers_are_kept_when_the_context_is_another_by_then_and_count_when_it_is_back(study: Study) -> None:
    windows = study.code("--batch", expect=2).found["windows"]
    study.settings(f"[model]\ncontext = {2 * CONTEXT}\n")
    other = study.code("--batch", expect=2).found
    assert other["answered_before"] == 0  # of this cut
    assert other["asked"] == windows  # those of the batch, and the first one of the new cut
    assert 1 < other["windows"] < windows
    study.settings(f"[model]\ncontext = {CONTEXT}\n")
    # The batch of the other cut is fetched too; of this cut everything was answered days ago.
    done = study.code("--batch").found
    assert (done["asked"], done["windows"]) == (other["windows"] - 1, windows)
    assert nothing_was_paid_twice(study)
    assert codes(study.stored()[2]) == CODES


@pytest.mark.parametrize(("prior", "at_once"), [("keep", True), ("correct", False)])
def test_a_text_is_merged_while_others_wait_unless_a_leaning_is_to_be_learnt_from_all(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    prior: str,
    at_once: bool,
) -> None:
    monkeypatch.setenv("INTERCODER_MODEL_PRIOR", prior)
    with reading(desk, monkeypatch, polls=99) as study:
        study.code("--batch", expect=2)  # batch_1: the report
        study.take("note", "A note. It HAS Y. It ends.")
        study.take("other", "Another note. It HAS Y. It ends.")
        study.code("--batch", expect=2)  # an ordinary call asks the first note, and batch_2 the other
        mock_of(study).finish("batch_1")
        found = study.code("--batch", expect=2).found
        assert (found["waiting"], found["left"]) == (1, 1)
        assert codes(study.stored()[2]) == (CODES if at_once else {})
        mock_of(study).finish("batch_2")
        study.code("--batch")
        assert codes(study.stored()[2]) == CODES


def test_refused_long_texts_are_not_handed_in_until_windows_are_allowed(study: Study) -> None:
    study.settings(f'[model]\ncontext = {CONTEXT}\n[run]\nlong_texts = "refuse"\n')
    assert "the model has room for" in study.code("--batch", expect=2).found["failures"]["report"]
    assert (study.mock.stats.requests, mock_of(study).uploads) == (0, 0)
    study.settings(f"[model]\ncontext = {CONTEXT}\n")
    assert study.code("--batch", "--wait").found["continued"]
    assert codes(study.stored()[2]) == CODES


def test_a_budget_stops_between_two_windows_and_more_of_it_goes_on_there(study: Study) -> None:
    expected = study.code("--batch", "--dry-run").found
    half = f"{expected['expected']['cost_usd'] / 2:.6f}"
    stopped = study.code("--batch", "--wait", "--budget", half, expect=2).found
    assert "the budget of" in stopped["stopped"]
    assert 1 < stopped["asked"] < expected["windows"]
    assert (stopped["left"], study.stored()[2]) == (1, {})
    rest = study.code("--batch", "--wait").found
    assert stopped["asked"] + rest["asked"] == expected["windows"]
    assert nothing_was_paid_twice(study)


def kept(study: Study) -> int:
    with Store.open(str(study.desk.folder / "intercoder.db")) as store:
        return sum(len(store.calls(run.id)) for run in store.runs())


def test_a_client_killed_while_a_batch_is_made_or_answers_are_taken_pays_no_window_twice(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with reading(desk, monkeypatch, settings="[run]\nconcurrency = 1\n", create=("hang",), foreign=2) as study:
        line = ["--project", str(study.desk.folder), "code", "--batch", "--wait"]
        killed_when(line, lambda: mock_of(study).creates == 1)  # it is made, and the answer never comes
        killed_when(line, lambda: kept(study) > 4)  # it is found again, and some answers are kept
        done = study.code("--batch", "--wait").found
        assert (done["failures"], done["left"], mock_of(study).creates) == ({}, 0, 1)
        assert nothing_was_paid_twice(study)
        assert (codes(study.stored()[2]), kept(study)) == (CODES, done["windows"])


def screens(mock: BatchMock) -> None:
    """Have the mock answer each criterion by the sentence that says `about-y` or `about-n`; a text may be silent."""
    answer = mock.answer

    def reading(request: dict[str, Any], *rest: Any) -> dict[str, Any]:
        found: dict[str, Any] = answer(request, *rest)
        text = request["messages"][-1]["content"]
        told = {}
        for name in request["response_format"]["json_schema"]["schema"]["properties"]:
            said = re.search(rf"^\[(\d+)\].*{name}-([yn])", text, re.MULTILINE)
            code = {"y": "yes", "n": "no"}[said[2]] if said else "absent"
            told[name] = {"evidence": [int(said[1])] if said else [], "code": code}
        found["choices"][0]["message"]["content"] = json.dumps(told)
        return found

    mock.answer = reading  # type: ignore[method-assign]


def test_screening_in_a_batch_decides_on_a_long_text_by_what_any_window_says(tmp_path: Path) -> None:
    lines = [f"Line {number} of the program says nothing of interest to anybody." for number in range(1, 601)]
    long = "\n".join([*lines[:300], "It is about-n.", *lines[300:], "It is meant-y."])
    with (
        reviewing(tmp_path / "review", {"short": "about-y meant-y"}) as review,
        in_thread(serving(Config(latency=0), Batches())) as (url, mock),
    ):
        screens(mock)
        (review.folder / "intercoder.toml").write_text(
            f'[model]\nprovider = "openai"\nname = "mock"\nbase_url = "{url}"\ncontext = 3000\n'
        )
        review.add("long", long)
        done = review.read("screen", "--batch", "--wait", "--audit", "0")
        assert (done["long_texts"], done["left"]) == (1, 0)
        assert done["windows"] > 2
        assert (len(mock.paid), mock.creates) == (
            done["windows"],
            1,
        )  # and one call of the short text, by an ordinary one
        states = review.states()
    assert states["short"][0] == "included"
    assert states["long"][:2] == ("excluded", "about")
