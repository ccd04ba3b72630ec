"""Read pages in a process of their own: what hangs, crashes or devours memory there costs one page and no more."""

from __future__ import annotations

import json
import subprocess
import threading
from typing import IO, Any, cast

from coder.child import start_child
from coder.documents.records import PageText
from coder.errors import InputError

LIMIT_S = 120.0
"""Seconds that reading one page may take."""

MAX_MEMORY = 3_000_000_000
"""Bytes of address space that the child has, where the system can limit it."""


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


apart = ReadingApart()
"""The reader that this process shares."""
