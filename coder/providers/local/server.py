"""The embedded model's server: a child process on loopback, behind a random key.

A child, not a thread: loading holds the interpreter's lock for seconds, which would freeze the screen, and a crash or
an out-of-memory kill in native code must not take the program with it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from coder.errors import ProviderError

CHILD = Path(__file__).with_name("child.py")
GRACE = 5.0
"""Seconds that the child has to leave before it is killed."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Which file to serve under which name; `context` in tokens, `threads` of the processor."""

    path: Path
    alias: str
    context: int
    threads: int


def usable_cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class LlamaServer:
    """A running server. `address` is the root of its HTTP endpoints, `key` what they ask for.

    `closing`, `brackets` and `numbers` are for what is known of its vocabulary, once it was asked for: the tokens that
    end a code or a number, and those of numbers. `read` is the beginning of the last prompt with its tokens.
    """

    def __init__(self, process: subprocess.Popen[str], log: IO[bytes], key: str) -> None:
        self._process = process
        self._log = log
        self.key = key
        self.address = ""
        self.closing: tuple[int, ...] = ()
        self.brackets: tuple[int, ...] = ()
        self.numbers: dict[str, tuple[int, ...]] = {}
        self.read: tuple[str, tuple[int, ...]] = ("", ())

    @property
    def process_id(self) -> int:
        return self._process.pid

    @classmethod
    def start(cls, settings: ServerSettings) -> LlamaServer:
        """Load the model and listen on a free port; takes seconds. Raises ProviderError with the server's reason."""
        if importlib.util.find_spec("xllamacpp") is None:
            raise ProviderError("the local provider needs xllamacpp", 'pip install "intercoder[local]"')
        log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the server, closed by `stop`
        server = cls(_spawn(log), log, secrets.token_urlsafe(32))
        try:
            server.address = server._hand_over(settings)
        except BaseException:
            server.stop()
            raise
        return server

    def _hand_over(self, settings: ServerSettings) -> str:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None, "both are pipes, see _spawn"  # noqa: S101, PT018
        line = {
            "path": str(settings.path),
            "alias": settings.alias,
            "context": settings.context,
            "threads": settings.threads,
            "key": self.key,
        }
        try:
            stdin.write(json.dumps(line) + "\n")
            stdin.flush()
            answer = stdout.readline()
        except OSError:
            answer = ""
        if not answer:
            self._process.wait(GRACE)
            raise ProviderError(
                f"{settings.path}: the model did not start ({self.failure()})",
                "check that the file is whole and that the memory suffices; a smaller `context` needs less",
            )
        return str(json.loads(answer)["address"])

    def failure(self) -> str:
        """Why the process is gone, in words; '' while it runs."""
        status = self._process.poll()
        if status is None:
            return ""
        if status < 0:
            return f"ended by signal {-status}; systems do so when memory runs out"
        return self._first_error() or f"exit status {status}"

    def _first_error(self) -> str:
        """The first error in the server's log: the cause, where later lines are its consequences."""
        self._log.seek(0)
        found = re.search(r"^[\d.]+ E (.+)$", self._log.read().decode("utf-8", "replace"), re.MULTILINE)
        return "".join(character for character in found[1] if character.isprintable())[:300].strip() if found else ""

    def stop(self) -> None:
        """End the process and wait until it is gone; safe to call twice."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                _close_quietly(pipe)
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


def _spawn(log: IO[bytes]) -> subprocess.Popen[str]:
    """Start the child by path and without the working folder on its module path: no file there can shadow a module."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and file
        [sys.executable, "-P", str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        encoding="utf-8",
    )


def _close_quietly(pipe: IO[str]) -> None:
    with contextlib.suppress(OSError):  # the other end may be gone already
        pipe.close()
