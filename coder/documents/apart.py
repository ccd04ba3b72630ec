"""Read pages in a process of their own: what hangs, crashes or devours memory there costs one page and no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import IO, Any, cast

from coder.documents.records import PageText
from coder.errors import InputError

LIMIT_S = 120.0
"""Seconds that reading one page may take."""

MAX_MEMORY = 3_000_000_000
"""Bytes of address space that the child has, where the system can limit it."""

_NEEDED = frozenset(
    {
        "PATH", "HOME", "USERPROFILE", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "WINDIR",
        "APPDATA", "LOCALAPPDATA", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
    }
)  # fmt: skip
"""What a Python process may need to start. A protocol names its keys as it likes: the rest stays here."""


class ReadingApart:
    """Reads pages one after another in a child, which is started anew after it broke, and ends with this process.

    `limit_s` are the seconds that a page may take, `memory` the bytes of address space that the child has for it.
    """

    def __init__(self, limit_s: float = LIMIT_S, memory: int = MAX_MEMORY) -> None:
        self._limit = limit_s
        self._memory = memory
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def read(
        self, body: bytes, place: str, *, media_type: str = "", charset: str = "", whole: bool = False
    ) -> PageText:
        """As `coder.documents.pages.read_page`; InputError also where the page breaks its reader or takes too long."""
        asked = {"size": len(body), "place": place, "media_type": media_type, "charset": charset, "whole": whole}
        with self._lock:
            answer, timed_out = self._asked(asked, body)
        if answer is None:
            why = f"takes more than {self._limit:.0f} s to read" if timed_out else "breaks the program that reads it"
            raise InputError(f"{place}: it {why}", "save it as text by another program")
        if "error" in answer:
            raise InputError(answer["error"], answer["hint"])
        return PageText.model_validate(answer)

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _asked(self, asked: dict[str, Any], body: bytes) -> tuple[dict[str, Any] | None, bool]:
        if self._child is not None and self._child.poll() is not None:
            self.close()  # it ended while it had nothing to do: no page is to blame
        child = self._child = self._child or start_child("coder.documents.apart_child", str(self._memory))
        given, taken = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
        late = threading.Event()

        def stop() -> None:
            late.set()
            child.kill()

        timer = threading.Timer(self._limit, stop)
        timer.start()
        try:
            given.write(json.dumps(asked).encode() + b"\n" + body)
            given.flush()
            line = taken.readline()
        except OSError:
            line = b""
        finally:
            timer.cancel()
        if not line.endswith(b"\n"):
            self.close()
            return None, late.is_set()
        answer: dict[str, Any] = json.loads(line)
        return answer, False


def start_child(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A module of ours in a process that knows no key, and that Ctrl-C does not reach: its parent decides.

    It is spoken to by its standard input and output. OSError where it cannot be started.
    """
    known = {name: value for name, value in os.environ.items() if name.upper() in _NEEDED or name.startswith("LC_")}
    known["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(  # noqa: S603 - our own module, our own words
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=known, start_new_session=True,
    )  # fmt: skip


apart = ReadingApart()
"""The reader that this process shares."""
