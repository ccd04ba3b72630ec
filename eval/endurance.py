"""What a run survives: an endpoint that fails in every way, kill -9 again and again, an endpoint that goes away.

Each is a real project in a temporary folder, coded by the program in a process of its own, against the loopback
endpoint of the tests, which counts what was paid for twice. `python -m eval endurance` records in `results/`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from eval.loopback import Endpoint, Facts, Study, endpoint, study


async def faults(documents: int = 2000, concurrency: int = 16, seed: int = 1, folder: Path | None = None) -> Facts:
    """A run in which 5 % of requests are refused, 2 % break, 1 % drop, 0.5 % hang and 3 % are malformed.

    What was malformed twice is recorded as unreadable; `--retry` asks for it once more.
    """
    rates = {"rate_429": 0.05, "rate_500": 0.02, "rate_drop": 0.01, "rate_hang": 0.005, "rate_malformed": 0.03}
    async with (
        endpoint(latency=0.05, retry_after=0.2, seed=seed, **rates) as here,
        study(documents, here, "--concurrency", str(concurrency), folder=folder, RUN_TIMEOUT_S=5) as made,
    ):
        began = time.monotonic()
        process = await made.start()
        out, complaint = await process.communicate()
        seconds = time.monotonic() - began
        shown, stats = await made.show(), here.mock.stats
        with made.store() as store:
            calls = store.calls(shown["run_id"])
        unreadable = sum(call.status == "invalid" for call in calls)
        if unreadable:
            await (await made.start("--retry")).communicate()
        return {
            "documents": documents,
            "concurrency": concurrency,
            "seed": seed,
            "rates": rates,
            "exit_code": process.returncode,
            "coded_at_once": shown["coded"],
            "coded": (await made.show())["coded"],
            "unreadable_twice": unreadable,
            "failed": sum(call.status == "failed" for call in calls),
            "requests": stats.requests,
            "statuses": stats.status,
            "malformed": stats.malformed,
            "retries": shown["retries"],
            "most_attempts": max(call.attempts for call in calls),
            "paid_twice": stats.duplicates,
            "may_be_paid_twice": 0,
            "seconds": round(seconds, 1),
            "complaint": complaint.decode(),
            "json": json.loads(out) if out else None,
        }


async def kills(
    documents: int = 2000, times: int = 50, concurrency: int = 16, seed: int = 1, folder: Path | None = None
) -> Facts:
    """kill -9 at random moments of one run, which goes on each time; then it runs to its end."""
    draw = random.Random(seed)  # noqa: S311 - not a secret
    async with (
        endpoint(latency=0.02, seed=seed) as here,
        study(documents, here, "--concurrency", str(concurrency), folder=folder) as made,
    ):
        twice: list[int] = []
        for left in range(times, 0, -1):
            await _killed(made, here, draw.uniform(0.2, 1.8) * (documents - here.mock.stats.ok) / (left + 1))
            twice.append(here.mock.stats.duplicates)
        process = await made.start()
        await process.communicate()
        shown, stats = await made.show(), here.mock.stats
        with made.store() as store:
            calls, codings = store.calls(shown["run_id"]), store.codings(run_id=shown["run_id"])
        cells = Counter((coding.version_id, coding.dimension_id) for coding in codings)
        paid = [after - before for before, after in zip([0, *twice], [*twice, stats.duplicates], strict=False)]
        return {
            "documents": documents,
            "kills": times,
            "concurrency": concurrency,
            "seed": seed,
            "exit_code": process.returncode,
            "coded": shown["coded"],
            "answers_a_document": dict(Counter(Counter(call.key for call in calls).values())),
            "codings_a_cell": dict(Counter(cells.values())),
            "cells": len(cells),
            "requests": stats.requests,
            "paid_twice": stats.duplicates,
            "may_be_paid_twice": times * concurrency,
            "paid_twice_a_kill": dict(sorted(Counter(paid).items())),
            "most_paid_twice_a_kill": max(paid),
        }


async def _killed(made: Study, here: Endpoint, more: float) -> None:
    """Start the run and kill it after about so many more answers."""
    process = await made.start()
    until = here.mock.stats.ok + max(1, round(more))
    await _until(lambda: here.mock.stats.ok >= until or process.returncode is not None)
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.communicate()


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - the endpoint counts, it does not tell
        await asyncio.sleep(0.001)


async def outage(
    seconds: float = 60.0,
    share: float = 0.2,
    times: int = 3,
    concurrency: int = 16,
    folder: Path | None = None,
) -> Facts:
    """A soak of about so many seconds, a share of it with nobody listening, in several outages of the same length."""
    latency = 0.1
    working = seconds * (1 - share)
    documents = round(working * concurrency / latency * 0.8)
    away, apart = seconds * share / times, working / (times + 1)
    async with (
        endpoint(latency=latency) as here,
        study(documents, here, "--concurrency", str(concurrency), folder=folder) as made,
    ):
        began = time.monotonic()
        process = await made.start()
        lines = asyncio.create_task(process.communicate())
        await _until(lambda: here.mock.stats.ok > 0 or process.returncode is not None)
        broken: list[int] = []
        for _ in range(times):
            await asyncio.sleep(apart)
            broken.append(here.mock.stats.in_flight)
            await here.shut()
            await asyncio.sleep(away)
            await here.open()
        _, complaint = await lines
        shown = await made.show()
        said = complaint.decode()
        return {
            "documents": documents,
            "concurrency": concurrency,
            "seconds": round(time.monotonic() - began, 1),
            "seconds_away": round(away * times, 1),
            "outages": times,
            "exit_code": process.returncode,
            "coded": shown["coded"],
            "paid_twice": here.mock.stats.duplicates,
            "may_be_paid_twice": times * concurrency,
            "in_flight_when_shut": broken,
            "said_waiting": said.count("does not answer"),
            "said_back": said.count("answers again"),
            "complaint": said,
        }


async def gone(documents: int = 400, give_up_after: float = 2.0, folder: Path | None = None) -> Facts:
    """An endpoint that goes away in the middle of a run and does not come back."""
    async with (
        endpoint(latency=0.05) as here,
        study(documents, here, "--concurrency", "8", folder=folder, RUN_GIVE_UP_AFTER_S=give_up_after) as made,
    ):
        process = await made.start()
        lines = asyncio.create_task(process.communicate())
        await _until(lambda: here.mock.stats.ok >= documents // 4 or process.returncode is not None)
        await here.shut()
        began = time.monotonic()
        out, complaint = await lines
        shown = await made.show()
        return {
            "documents": documents,
            "give_up_after_s": give_up_after,
            "seconds_until_given_up": round(time.monotonic() - began, 1),
            "exit_code": process.returncode,
            "coded": shown["coded"],
            "failed": shown["failed"],
            "complaint": complaint.decode(),
            "json": json.loads(out) if out else None,
        }


def machine() -> str:
    """What the figures were measured on."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"


def unmet(facts: Facts) -> Iterator[str]:
    """What was promised of a result and does not hold, a sentence each."""
    if facts["coded"] != facts["documents"]:
        yield f"{facts['coded']} of {facts['documents']} documents are coded"
    if facts.get("failed"):
        yield f"{facts['failed']} calls failed"
    if facts["paid_twice"] > facts["may_be_paid_twice"]:
        yield f"{facts['paid_twice']} answers were paid twice, {facts['may_be_paid_twice']} may be"
    many = {count for name in ("answers_a_document", "codings_a_cell") for count in facts.get(name, {})} - {1}
    if many:
        yield f"documents or cells were coded {sorted(many)} times"


Scene = Callable[[], Coroutine[Any, Any, Facts]]
SCENES: dict[str, Scene] = {"faults": faults, "kills": kills, "outage": outage, "gone": gone}


def record(name: str, home: Path, seconds: float) -> tuple[Path, list[str]]:
    """Play one scene at full size (the outage for so long) and keep what came of it; the file, what does not hold."""
    load = round(os.getloadavg()[0], 1)
    facts = asyncio.run(outage(seconds) if name == "outage" else SCENES[name]())
    facts.pop("json", None)
    broken = list(unmet(facts)) if name != "gone" else [] if facts["exit_code"] == 2 else ["the run did not give up"]
    path = home / "results" / f"endurance-{name}.json"
    content = {"kind": "endurance", "machine": machine(), "load_before": load, **facts, "unmet": broken}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path, broken
