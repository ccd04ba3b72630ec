"""Start a module of ours in a process of its own, and what the two say to each other."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from typing import IO

_NEEDED = frozenset(
    {
        "PATH", "HOME", "USERPROFILE", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "WINDIR",
        "APPDATA", "LOCALAPPDATA", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
    }
)  # fmt: skip
"""What a Python process may need to start. A protocol names its keys as it likes: the rest stays here."""

_HEAD = 8
"""Bytes that say how long a message between the two is."""
MANY_TEXTS, MANY_CALLS = 1000, 33
"""Texts, and calls in flight, from which on a run's work beside the asking is worth a process of its own."""


def pays(texts: int, calls: int) -> bool:
    """Whether a run of so many texts with so many calls in flight is worth another process, which needs a core too."""
    return texts >= MANY_TEXTS and calls >= MANY_CALLS and (os.cpu_count() or 1) > 1


def start_child(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A module of ours in a process that knows no key, and that Ctrl-C does not reach: its parent decides.

    It is spoken to by its standard input and output. OSError where it cannot be started.
    """
    return subprocess.Popen(  # noqa: S603 - our own module, our own words
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment(), start_new_session=True,
    )  # fmt: skip


async def open_child(module: str, given: int, settings: Mapping[str, str]) -> Process:
    """As `start_child`, for the running loop: it reads from the descriptor `given`, and knows `settings` as well."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module,
        stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment() | dict(settings), start_new_session=True,
    )  # fmt: skip


def environment() -> dict[str, str]:
    """Of this process's environment what any program needs, and where our modules are."""
    known = {name: value for name, value in os.environ.items() if name.upper() in _NEEDED or name.startswith("LC_")}
    return known | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def answering() -> IO[bytes]:
    """In a child: where its answers go, which from now on is no other's: whatever a library prints is no answer."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def framed(message: bytes) -> bytes:
    """A message, which is not empty, as it goes over: its length before it."""
    return len(message).to_bytes(_HEAD) + message


def message_from(stream: IO[bytes]) -> bytes:
    """The next message; nothing where the other side ended before it had said all of it."""
    size = int.from_bytes(stream.read(_HEAD))
    message = stream.read(size)
    return message if len(message) == size else b""


def messages_in(received: bytearray) -> list[bytes]:
    """Take those messages out of what was received that are there whole."""
    found, place = [], 0
    while len(received) >= place + _HEAD:
        end = place + _HEAD + int.from_bytes(received[place : place + _HEAD])
        if len(received) < end:
            break
        found.append(bytes(received[place + _HEAD : end]))
        place = end
    del received[:place]
    return found


async def message_heard(stream: asyncio.StreamReader) -> bytes:
    """As `message_from`, for the running loop."""
    try:
        return await stream.readexactly(int.from_bytes(await stream.readexactly(_HEAD)))
    except (OSError, EOFError):
        return b""
