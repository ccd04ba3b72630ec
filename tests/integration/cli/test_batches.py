"""`code --batch`: handed in once, fetched days later, whatever happens between. A real server, real kills."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coder.cli import main
from eval.loopback import Study
from tests.integration.cli.test_limits import PRICES as LIST_PRICES
from tests.mock_batches import Batches, BatchMock, killed_when, serving
from tests.mock_openai import Config, in_thread

PRICES = f"{LIST_PRICES}batch = 0.5\n"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("INTERCODER_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    for name, value in {"API_KEY": "sk-batches", "RUN_POLL_S": "0.05", "MODEL_PRIOR": "keep"}.items():
        monkeypatch.setenv(f"INTERCODER_{name}", value)


@contextlib.contextmanager
def scene(
    folder: Path, documents: int = 6, config: Config | None = None, **does: Any
) -> Iterator[tuple[Study, BatchMock]]:
    """A project on an endpoint with a batch API."""
    with in_thread(serving(config or Config(latency=0.0), Batches(**does))) as (url, mock):
        made = Study(folder, url, ("--batch",))
        made.make(documents)
        (folder / "prices.toml").write_text(PRICES)
        yield made, mock


def arguments(made: Study, *command: str) -> list[str]:
    endpoint = ("--provider", "openai", "--model", "mock", "--base-url", made.url) if command[0] == "code" else ()
    return ["--project", str(made.folder), command[0], *endpoint, *command[1:], "--json"]


def run(made: Study, *command: str) -> tuple[int, Any, str]:
    """Exit code, what --json printed and what was said."""
    out, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said), pytest.raises(SystemExit) as ended:
        main(arguments(made, *command))
    text = out.getvalue()
    return int(str(ended.value.code)), json.loads(text) if text else {}, said.getvalue()


def code(made: Study, *more: str) -> tuple[int, Any, str]:
    """`intercoder code`, with the study's options."""
    return run(made, "code", *made.options, *more)


def show(made: Study) -> Any:
    return run(made, "runs", "show")[1]


def nobody_paid_twice(mock: BatchMock) -> bool:
    return set(mock.paid.values()) <= {1} and not mock.stats.duplicates


def test_calls_are_handed_in_and_fetched_by_the_same_command_at_half_the_price(tmp_path: Path) -> None:
    with scene(tmp_path, polls=2) as (made, mock):
        exit_code, found, said = code(made)
        # one of the six is asked by an ordinary call first, five are in the batch
        assert (exit_code, found["waiting"], found["coded"]) == (2, 5, 1)
        assert "5 calls wait in batches" in said
        assert "code --batch" in said
        assert (code(made))[0] == 2  # the first look: not complete yet, and nothing new is handed in
        exit_code, found, said = code(made)
        assert (exit_code, found["waiting"], found["coded"], found["left"]) == (0, 0, 5, 0), said
        assert (mock.creates, len(mock.paid), mock.stats.ok) == (1, 5, 1)
        shown = show(made)
        with made.store() as store:
            calls = store.calls(shown["run_id"])
        whole = [
            (10 * call.prompt_tokens + 100 * call.completion_tokens) / 1e6 * (1 if number == 0 else 0.5)
            for number, call in enumerate(calls)
        ]
        assert [round(call.cost_usd or 0, 9) for call in calls] == [round(cost, 9) for cost in whole]
        (batch,) = shown["batches"]
        assert (batch["batch"], batch["calls"], batch["step"]) == ("batch_1", 5, "collected")
        assert (code(made))[0] == 0  # and a finished run asks nothing
        assert (mock.creates, mock.stats.ok) == (1, 1)


def test_a_batch_gives_the_codings_that_ordinary_calls_give(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    told = []
    for name, options in (("a", ("--batch", "--wait")), ("b", ())):
        with scene(tmp_path / name, documents=8, config=Config(latency=0.0, variants=1)) as (made, _):
            made.options = options
            assert (code(made))[0] == 0
            with made.store() as store:
                names = {version.id: document.name for document, version in store.current_versions()}
                told.append(
                    sorted(
                        (names[coding.version_id], coding.dimension_id, coding.status, str(coding.assignments))
                        for coding in store.codings()
                    )
                )
    assert told[0] == told[1]
    assert len(told[0]) == 16  # eight documents, two dimensions


def test_an_upload_that_fails_is_tried_again_and_lines_come_in_another_order(tmp_path: Path) -> None:
    with scene(tmp_path, documents=20, upload=("500", "500"), foreign=3) as (made, mock):
        exit_code, found, said = code(made, "--wait")
        assert (exit_code, found["coded"]) == (0, 20), said
        assert mock.uploads == 3
        assert nobody_paid_twice(mock)
        (batch,) = mock.ours()
        sent = [json.loads(line)["custom_id"] for line in mock.files[batch["input_file_id"]].splitlines()]
        came = [json.loads(line)["custom_id"] for line in mock.files[batch["output_file_id"]].splitlines()]
        assert sorted(sent) == sorted(came)
        assert sent != came


def test_what_expired_is_kept_as_failed_with_its_reason_and_asked_again_in_the_next_batch(tmp_path: Path) -> None:
    with scene(tmp_path, documents=11, expire=0.4, polls=1) as (made, mock):
        assert (code(made))[0] == 2
        exit_code, found, _ = code(made)
        # ten were in the batch and the first four expired: one is asked first, three are in the next batch
        assert (exit_code, found["coded"], found["failed"], found["waiting"]) == (2, 7, 4, 3)
        assert any("batch_expired" in reason for reason in found["failures"].values())
        assert (code(made))[0] == 0
        assert nobody_paid_twice(mock)
        shown = show(made)
        assert (shown["coded"], shown["failed"]) == (11, 0)
        assert [batch["note"] for batch in shown["batches"]] == ["expired", "completed"]


def test_what_failed_in_one_batch_and_came_in_the_next_is_no_failure_of_the_run(tmp_path: Path) -> None:
    with scene(tmp_path, documents=9, expire=0.5) as (made, mock):
        exit_code, found, said = code(made, "--wait")
        assert (exit_code, found["failures"], found["left"]) == (0, {}, 0), said
        assert (found["coded"], found["failed"], mock.creates) == (9, 4, 2)  # four of eight expired, and came later


def test_answers_that_the_endpoint_keeps_no_longer_are_asked_again_and_a_foreign_key_is_said(tmp_path: Path) -> None:
    with scene(tmp_path, polls=99) as (made, mock):
        code(made)
        hidden = mock.batches.pop("batch_1")
        exit_code, _, said = code(made)
        assert exit_code == 1
        assert "batch batch_1 is not known there to this key" in said
        mock.batches["batch_1"] = hidden
        mock.finish("batch_1")
        del mock.files["batch_1-output_file_id"]
        exit_code, found, _ = code(made)
        # kept as failed with the reason; one is asked first, four are in the next batch
        assert (exit_code, found["failed"], found["waiting"]) == (2, 5, 4)
        assert all("no longer there" in reason for reason in found["failures"].values())


def test_an_unreadable_line_is_repaired_and_an_error_of_a_line_is_asked_again(tmp_path: Path) -> None:
    wrong = {0: "malformed", 1: "server_error", 2: "content_filter"}
    with scene(tmp_path, config=Config(latency=0.0, malformed=("prose",)), wrong=wrong) as (made, mock):
        exit_code, found, said = code(made, "--wait")
        assert (exit_code, found["coded"], found["refused"]) == (2, 5, 1), said
        assert mock.stats.ok == 2  # by ordinary calls: the first one and the repair
        assert (show(made))["coded"] == 5


def test_a_client_killed_between_making_a_batch_and_recording_it_finds_it_again_among_foreign_ones(
    tmp_path: Path,
) -> None:
    with scene(tmp_path, create=("hang",), foreign=5, polls=1) as (made, mock):
        line = arguments(made, "code", "--batch")
        killed_when(line, lambda: mock.creates == 1)  # it is made, and the answer never comes
        exit_code, found, said = code(made, "--wait")
        assert (exit_code, found["failed"]) == (0, 0), said
        assert (mock.creates, len(mock.ours())) == (1, 1)
        assert nobody_paid_twice(mock)
        assert (show(made))["coded"] == 6


def test_a_client_killed_while_it_uploads_hands_in_anew_because_nothing_was_made(tmp_path: Path) -> None:
    with scene(tmp_path, upload=("500",) * 4) as (made, mock):
        killed_when(arguments(made, "code", "--batch"), lambda: mock.uploads == 2)
        assert mock.creates == 0
        exit_code, _, said = code(made, "--wait")
        assert exit_code == 0, said
        assert (mock.creates, nobody_paid_twice(mock)) == (1, True)
        shown = show(made)
        assert [batch["step"] for batch in shown["batches"]] == ["dropped", "collected"]


def test_a_server_that_makes_the_batch_and_answers_500_is_not_asked_again(tmp_path: Path) -> None:
    with scene(tmp_path, create=("500-made",), foreign=1) as (made, mock):
        exit_code, _, said = code(made, "--wait")
        assert exit_code == 0, said
        assert (mock.creates, nobody_paid_twice(mock)) == (1, True)


def test_a_batch_that_is_not_taken_is_said_and_the_next_command_hands_in_again(tmp_path: Path) -> None:
    with scene(tmp_path, refuse="invalid_json_line") as (made, mock):
        assert (code(made))[0] == 2
        exit_code, found, said = code(made)
        assert exit_code == 2
        assert "invalid_json_line" in found["stopped"]
        assert "not taken" in said
        assert mock.creates == 1
        assert (code(made, "--wait"))[0] == 0
        assert nobody_paid_twice(mock)


def test_calls_in_a_batch_are_not_asked_by_ordinary_ones_meanwhile(tmp_path: Path) -> None:
    with scene(tmp_path, polls=99) as (made, mock):
        code(made)
        made.options = ()
        exit_code, found, said = code(made)
        assert (exit_code, found["waiting"], mock.stats.ok) == (2, 5, 1), said
        made.options = ("--batch",)
        exit_code, _, said = code(made, "--fresh")
        assert exit_code == 1
        assert "--fresh would pay for the same calls again" in said
        mock.finish("batch_1", "cancelled")
        exit_code, found, _ = code(made)
        # kept with the reason; one is asked first, four are in the next batch
        assert (found["failed"], found["coded"], found["waiting"]) == (5, 1, 4)


def test_a_budget_stops_the_handing_in(tmp_path: Path) -> None:
    with scene(tmp_path, documents=30) as (made, mock):
        _, found, _ = code(made, "--dry-run")
        half = found["expected"]["cost_usd"] / 2
        exit_code, found, said = code(made, "--budget", f"{half:.6f}")
        assert exit_code == 2
        assert "budget" in found["stopped"], said
        assert 0 < found["waiting"] < 29
        waiting = found["waiting"]
        code(made, "--budget", f"{half:.6f}")  # fetched, and what it cost leaves no more room than before
        assert len(mock.paid) >= waiting
        assert ((show(made))["cost_usd"] or 0) <= half


def test_an_endpoint_without_a_batch_api_is_said(tmp_path: Path) -> None:
    with scene(tmp_path, absent=True) as (made, _):
        exit_code, _, said = code(made)
        assert exit_code == 1
        assert "has no batch API" in said
        assert "leave --batch out" in said
        made.options = ("--batch", "--provider", "local")
        exit_code, _, said = code(made)
        assert (exit_code, "the provider 'local' has no batch API" in said) == (1, True)
