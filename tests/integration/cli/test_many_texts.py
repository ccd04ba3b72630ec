"""A run of many texts with many calls in flight, whose texts are written out and answers kept by other processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from coder.child import MANY_CALLS, MANY_TEXTS
from tests.integration.cli.test_commands import Endpoint, code, intercoder, project, with_texts

__all__ = ["project"]
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="answers are kept by the same process there"),
    pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor: no other process is started"),
]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle_it_goes_on_and_asks_twice_only_what_was_in_flight(
    project: Path, number: signal.Signals
) -> None:
    endpoint = Endpoint("--latency", "0.2")
    try:
        with_texts(project, MANY_TEXTS)
        command = [sys.executable, "-m", "coder.cli", "code", "--provider", "openai", "--model", "mock"]
        command += ["--base-url", endpoint.url, "--concurrency", str(MANY_CALLS)]
        running = subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while endpoint.stats()["ok"] < MANY_TEXTS // 4:
            assert running.poll() is None
        running.send_signal(number)
        assert running.wait() == (-number if number == signal.SIGKILL else 130)
        stored = json.loads(intercoder("runs", "show", "--json", cwd=project).stdout)
        assert stored["coded"] >= endpoint.stats()["ok"] - MANY_CALLS
        again = code(project, endpoint.url, "--concurrency", MANY_CALLS, "--json")
        assert again.returncode == 0, again.stderr
        found = json.loads(again.stdout)
        assert found["continued"]
        assert found["answered_before"] + found["coded"] == MANY_TEXTS
        assert endpoint.stats()["duplicates"] <= MANY_CALLS
        shown = json.loads(intercoder("runs", "show", "--json", cwd=project).stdout)
        assert (shown["documents"], shown["coded"], shown["failed"]) == (MANY_TEXTS, MANY_TEXTS, 0)
    finally:
        endpoint.process.kill()
        endpoint.process.communicate()
