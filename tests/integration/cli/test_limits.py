"""What a run keeps to: limits, deadline, budget, prices, and keys that appear nowhere. Real processes, a real server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from eval.loopback import Endpoint, Study, endpoint, study

KEY = "hush-4711-nobody-may-see-this"
PRICES = """\
as_of = 2026-11-20
source = "made up for a test"
[[price]]
models = ["mock"]
hosts = ["127.0.0.1:*"]
prompt = 10.0
cached = 10.0
completion = 100.0
"""


async def code(made: Study, *more: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, what --json printed and what was said."""
    made.options = more
    process = await made.start()
    out, said = await process.communicate()
    assert process.returncode is not None
    return process.returncode, json.loads(out) if out else {}, said.decode()


async def say(made: Study, *arguments: str) -> str:
    out, said = await made.done(*arguments)
    return out + said


def command_line(pid: int) -> bytes:
    """What everybody on this machine can read of a process; nothing once it is over."""
    path = Path(f"/proc/{pid}/cmdline")
    return path.read_bytes() if path.exists() else b""


async def test_a_key_that_the_server_repeats_everywhere_appears_nowhere(tmp_path: Path) -> None:
    script = ("500", "429", "malformed", "malformed", "drop", "malformed", "filtered", "too-long")
    async with (
        endpoint(latency=0.05, retry_after=0.1, careless=True, malformed=("prose",), script=script) as here,
        study(24, here, folder=tmp_path, API_KEY=KEY) as made,
    ):
        lines, command_lines = b"", set[bytes]()
        for options in (("--concurrency", "4"), ("--concurrency", "4", "--fresh")):
            made.options = options
            process = await made.start()
            reading = asyncio.create_task(process.communicate())
            while not reading.done():
                command_lines |= {command_line(process.pid)}
                await asyncio.sleep(0.05)
            out, said = await reading
            lines += out + said
        here.mock.config.key = "another"  # from now on nobody's key is right, and the refusal repeats it
        lines += "".join(map(str, await code(made, "--fresh"))).encode()
        lines += (await say(made, "runs", "show")).encode() + (await say(made, "doctor")).encode()
        assert here.mock.keys == {KEY}  # it was sent, again and again
        assert b"[key]" in lines  # and would have been shown
        assert any(b"coder.cli" in line for line in command_lines)
        kept = {path.name: path.read_bytes() for path in made.folder.iterdir() if path.is_file()}
        assert any(b"[key]" in content for name, content in kept.items() if name.startswith("intercoder.db"))
        shown = {"output": lines, **{str(line): line for line in command_lines}, **kept}
        assert [name for name, content in shown.items() if KEY.encode() in content] == []


async def test_at_the_deadline_the_run_stops_asking_keeps_what_was_in_flight_and_says_what_is_left(
    tmp_path: Path,
) -> None:
    async with endpoint(latency=0.3) as here, study(60, here, folder=tmp_path) as made:
        exit_code, found, said = await code(made, "--concurrency", "4", "--deadline", "2s")
        assert exit_code == 2
        assert found["stopped"] == "the deadline of 2 seconds is reached"
        assert f"{found['left']} of 60 documents are not coded" in said
        assert found["coded"] == here.mock.stats.ok == 60 - found["left"]
        assert 0 < found["coded"] <= 4 * 8  # four at a time, 0.3 s each, sent within 2 s
        exit_code, found, _ = await code(made, "--concurrency", "16")
        assert (exit_code, here.mock.stats.ok, here.mock.stats.duplicates) == (0, 60, 0)


async def test_a_budget_in_usd_is_the_runs_and_is_not_overrun_by_more_than_what_is_in_flight(tmp_path: Path) -> None:
    async with endpoint(latency=0.02) as here, study(60, here, folder=tmp_path) as made:
        (made.folder / "prices.toml").write_text(PRICES, encoding="utf-8")
        _, whole, _ = await code(made, "--limit", "4", "--concurrency", "1")
        each = whole["cost_usd"] / 4
        budget = 20 * each
        exit_code, first, said = await code(made, "--concurrency", "4", "--budget", f"{budget:.6f}")
        spent = (await made.show())["cost_usd"]
        assert exit_code == 2
        assert f"the budget of {budget:.2f} USD is reached" in said
        assert first["coded"] >= 12  # 16 were left in it; estimates lie above what these answers take
        assert budget - 3 * each <= spent <= budget + 4 * each
        # again, with the same budget: what the run has cost counts, nothing more is asked
        exit_code, _, _ = await code(made, "--concurrency", "4", "--budget", f"{budget:.6f}")
        assert exit_code == 2
        assert (await made.show())["cost_usd"] <= budget + each
        exit_code, _, _ = await code(made, "--concurrency", "4")
        assert (exit_code, here.mock.stats.duplicates) == (0, 0)


async def test_a_budget_in_tokens_needs_no_price(tmp_path: Path) -> None:
    async with endpoint(latency=0.02) as here, study(60, here, folder=tmp_path) as made:
        exit_code, found, said = await code(made, "--concurrency", "4", "--budget-tokens", "6000")
        taken = found["prompt_tokens"] + found["completion_tokens"]
        assert exit_code == 2
        assert "the budget of 6,000 tokens is reached" in said
        assert 0 < taken <= 6000 + 4 * 400  # a call takes some 320


async def test_prices_are_named_with_their_date_before_and_after_a_run(tmp_path: Path) -> None:
    async with endpoint(latency=0.02) as here, study(3, here, folder=tmp_path) as made:
        asked = ("code", "--provider", "openai", "--model", "mock", "--base-url", here.url)
        unknown = await say(made, *asked, "--dry-run")
        assert "cost unknown" in unknown
        assert f"no price of 'mock' at 127.0.0.1:{here.mock.port} in the price table of 2026-" in unknown
        (made.folder / "prices.toml").write_text(PRICES, encoding="utf-8")
        assert "prices of 2026-11-20 (prices.toml)" in await say(made, *asked, "--dry-run")
        assert here.mock.stats.requests == 0
        exit_code, found, _ = await code(made)
        assert exit_code == 0
        # 10 USD a million in, 100 out
        expected = (found["prompt_tokens"] * 10 + found["completion_tokens"] * 100) / 1e6
        assert found["cost_usd"] == pytest.approx(expected)
        assert found["prices"]["as_of"] == "2026-11-20"
        (made.folder / "prices.toml").unlink()
        shown = await say(made, "runs", "show")  # what it began with, whatever the tables say now
        told = "10 in, 10 cached, 100 out, USD a million tokens; prices of 2026-11-20 (prices.toml)"
        assert told in " ".join(shown.split())
        (made.folder / "intercoder.toml").write_text('[model]\nprovider = "openai"\nname = "gpt-5.4-mini"\n')
        assert "prices of 2026-" in await say(made, "status")


async def test_without_a_number_the_endpoints_limit_is_found(tmp_path: Path) -> None:
    async with (
        endpoint(latency=0.4, max_concurrency=12, overload_429=True, retry_after=0.1) as here,
        study(240, here, folder=tmp_path) as made,
    ):
        exit_code, found, _ = await code(made)
        stats = here.mock.stats
        assert (exit_code, found["coded"], stats.duplicates) == (0, 240, 0)
        assert stats.peak_in_flight == 12  # all that it takes, from a start with 8
        assert stats.status["429"] < 0.5 * 240  # and it is not run into without end


async def test_requests_a_minute_are_kept_to(tmp_path: Path) -> None:
    async with endpoint(latency=0.02) as here, study(45, here, folder=tmp_path, RUN_RPM=600) as made:
        exit_code, _, _ = await code(made, "--concurrency", "16")
        stats = here.mock.stats
        assert exit_code == 0
        # ten at once, then (600 - 9) / 60 = 9.85 a second: 35 more take 3.55 s, seen where a busy endpoint notes them
        assert stats.last - stats.first >= 3.0


async def test_a_run_that_has_coded_something_when_the_key_is_withdrawn_is_done_in_part(tmp_path: Path) -> None:
    async with endpoint(latency=0.05) as here, study(40, here, folder=tmp_path, API_KEY=KEY) as made:
        made.options = ("--concurrency", "2")
        process = await made.start()
        reading = asyncio.create_task(process.communicate())
        await _answered(here, 8)
        here.mock.config.key = "another"
        out, said = await reading
        assert process.returncode == 2
        left = json.loads(out)["left"]
        assert f"{left} of 40 documents are not coded" in said.decode()
        assert "401" in said.decode()
        assert "INTERCODER_API_KEY" in said.decode()


async def _answered(here: Endpoint, count: int) -> None:
    async with asyncio.timeout(60):
        while here.mock.stats.ok < count:  # noqa: ASYNC110 - the endpoint counts, it does not tell
            await asyncio.sleep(0.005)
