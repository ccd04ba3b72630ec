"""What was refused, or answered so that nobody can read it, is asked once more where somebody says so."""

from __future__ import annotations

import pytest

from coder.model import Status
from coder.store import Store
from tests.integration.cli.test_codebook_test import Desk, desk, use  # noqa: F401 - desk is a fixture
from tests.mock_openai import Config, in_thread, serving

ONE_BY_ONE = ("code", "--concurrency", "1")
LOST = (
    "malformed",
    "malformed",
    "filtered",
)  # a text answered unreadably twice, and one that the endpoint's filter stops


def test_what_is_not_usable_is_asked_once_more_and_only_that(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk.take(4)
    script = (*LOST, "ok", "ok", *LOST[:2])
    with in_thread(serving(Config(latency=0, script=script, malformed=("prose",)))) as (url, mock):
        use(monkeypatch, url)
        first = desk.run(*ONE_BY_ONE)
        assert first.code == 2
        assert "2 of 4 documents are not coded" in first.err
        assert "intercoder code --retry" in first.err
        asked = mock.stats.requests
        again = desk.run(*ONE_BY_ONE)
        assert (again.code, mock.stats.requests) == (0, asked)  # answers came and were paid for
        assert "2 texts were refused or not readable: intercoder code --retry" in again.err
        retried = desk.run(*ONE_BY_ONE, "--retry", "--json")
        assert retried.code == 2  # one is unreadable twice once more
        assert (retried.found["coded"], retried.found["invalid"], retried.found["left"]) == (1, 1, 1)
        last = desk.run(*ONE_BY_ONE, "--retry", "--json")
        assert (last.code, last.found["coded"], last.found["left"]) == (0, 1, 0)
        assert desk.run(*ONE_BY_ONE, "--retry", "--json").found["asked"] == 0
    shown = desk.run("runs", "show", "--json").found
    assert (shown["coded"], shown["failed"]) == (4, 0)
    with Store.open(str(desk.folder / "intercoder.db")) as store:
        statuses = [coding.status for coding in store.codings(run_id=shown["run_id"])]
    assert statuses.count(Status.INVALID) == 4  # twice, of two questions: what was said stays in the store
    assert statuses.count(Status.REFUSED) == 2


@pytest.mark.parametrize("other", ["--fresh", "--batch"])
def test_it_does_not_go_with_what_asks_all_or_later(desk: Desk, other: str) -> None:  # noqa: F811
    said = desk.run("code", "--retry", "--provider", "openai", "--base-url", "http://127.0.0.1:9/v1", other)
    assert said.code == 1
    assert f"--retry and {other} do not go together" in said.err
