"""Processes that others of ours start."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path


def killed_parent(program: str) -> None:
    """Run a program that prints the number of the process it started and kills itself; that one must end too."""
    said = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=False)
    assert said.returncode == -signal.SIGKILL
    child, until = Path(f"/proc/{said.stdout.strip()}/stat"), time.monotonic() + 30
    while child.exists() and child.read_text(encoding="ascii").rpartition(") ")[2][0] != "Z":
        assert time.monotonic() < until
        time.sleep(0.01)
