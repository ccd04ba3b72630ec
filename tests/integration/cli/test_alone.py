"""One at a time, and never blocked by one that is no more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coder.cli.alone import alone
from coder.errors import InputError

HOLDS = """
import sys
from pathlib import Path
from coder.cli.alone import alone
with alone(Path(sys.argv[1]), "another"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_process_that_holds_keeps_others_out_and_one_that_was_killed_does_not(tmp_path: Path) -> None:
    path = tmp_path / ".running"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="another is running"), alone(path, "another"):
            pass
        holder.kill()  # SIGKILL: nothing of its own runs any more
        holder.wait()
        assert path.exists()  # the file says nothing: the lock does, and the system let go of it
        with alone(path, "another"):
            pass
    with alone(path, "another"):  # nor does one that ended by itself leave anything behind
        pass
