"""One real run in a real terminal: answer, be killed, come back, and find the answer there."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coder.store import Store
from tests.integration.cli.test_commands import Endpoint, code, endpoint, intercoder, project, with_texts

__all__ = ["endpoint", "project"]

pytestmark = [
    pytest.mark.terminal,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]


class Terminal:
    """A tmux server of its own with one window of 120 by 36."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket

    def tmux(self, *arguments: str) -> str:
        # Without the size that whoever runs the tests exports: the window's own counts.
        surroundings = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        command = ["tmux", "-S", str(self.socket), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30, env=surroundings)
        return done.stdout

    def start(self, command: str, folder: Path) -> None:
        # The server outlives a killed desk, or the next session meets one that is about to end.
        self.tmux("start-server", ";", "set-option", "-g", "exit-empty", "off")
        self.tmux("new-session", "-d", "-s", "desk", "-x", "120", "-y", "36", "-c", str(folder), command)

    def until_ended(self, seconds: float = 60) -> None:
        """Wait until the terminal has noticed that its program is gone."""
        deadline = time.monotonic() + seconds
        command = ["tmux", "-S", str(self.socket), "has-session", "-t", "desk"]
        while subprocess.run(command, capture_output=True, check=False).returncode == 0:
            assert time.monotonic() < deadline, "the killed desk's window is still there"

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p", "-t", "desk")

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", "-t", "desk", *keys)

    def until(self, holds: Callable[[str], bool], seconds: float = 60) -> str:
        """The first screen for which this holds; fails with the last screen when the time is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if holds(shown := self.screen()):
                return shown
        pytest.fail(f"not seen within {seconds:g} s:\n{self.screen()}")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    found = Terminal(tmp_path / "tmux")
    yield found
    subprocess.run(["tmux", "-S", str(found.socket), "kill-server"], capture_output=True, check=False)


def queued(project: Path, url: str, gold: str = "absent") -> Path:
    with_texts(project, 3)
    with (project / "intercoder.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[desk]\naudit_rate = 0\n")  # which agreements are drawn differs from project to project
    assert code(project, url).returncode == 0
    (project / "gold.csv").write_text(f"document,tone\nd0,{gold}\nd1,{gold}\nd2,{gold}\n", encoding="utf-8")
    assert intercoder("gold", "import", "gold.csv", "--coder", "ada", cwd=project).returncode == 0
    assert json.loads(intercoder("queue", "--json", cwd=project).stdout)
    return project


def test_an_answer_shown_as_saved_survives_kill_minus_nine(
    terminal: Terminal, project: Path, endpoint: Endpoint
) -> None:
    queued(project, endpoint.url)
    command = f"exec {sys.executable} -m coder.cli adjudicate --coder ben"
    terminal.start(command, project)
    blind = terminal.until(lambda shown: "How does it sound?" in shown)
    assert "gold" not in blind
    assert "mock" not in blind  # the model's name, like its codes, is not shown yet
    terminal.press("1")
    terminal.press("a")
    terminal.until(lambda shown: "Your answer is saved" in shown)
    pid = int(terminal.tmux("display-message", "-p", "-t", "desk", "#{pane_pid}"))
    os.kill(pid, signal.SIGKILL)
    terminal.until_ended()
    with Store.open(str(project / "intercoder.db")) as store:
        decision, *shown = store.decisions()
        assert (decision.action, decision.visible) == ("answer", "blind")
        assert {act.action for act in shown} <= {"reveal"}
        assert decision.coding_id is not None
        assert store.coding(decision.coding_id).codes == ("warm",)
    terminal.start(command, project)
    terminal.until(lambda shown: "answered" in shown)
