"""Write a file whole or not at all: a full disk never leaves half a file over a good one."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from coder.errors import InputError
from coder.model import new_id

try:
    import fcntl
except ImportError:  # Windows, where nobody can remove a file that another process has open
    fcntl = None  # type: ignore[assignment]

_PART = re.compile(r"\.[0-9A-HJKMNP-TV-Z]{26}\.part")
STALE_AFTER_S = 3600.0
"""Seconds without a byte after which the part of a file may be removed, where no process holds its lock."""
_HINTS = {
    errno.ENOSPC: "free some space or choose another disk",
    errno.EDQUOT: "free some space or choose another disk",
    errno.EFBIG: "choose a disk that takes larger files",
    errno.EACCES: "close the file in other programs, or choose a folder that you may write to",
    errno.EPERM: "close the file in other programs, or choose a folder that you may write to",
    errno.EROFS: "choose a folder that can be written to",
    errno.ENOENT: "make the folder first",
}


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Have `write` fill a new file beside `path`, then put it in its place in one step.

    A link is followed; the permissions of a file that was there are kept. Raises InputError where the system refuses;
    what was at `path` before is then untouched and nothing is left beside it. What a process left that was killed
    (`kill -9`) goes with the next write to that folder which comes an hour later.
    """
    target = path.resolve()
    _remove_stale(target.parent)
    fresh = target.with_name(f".{new_id()}.part")
    try:
        try:
            with fresh.open("xb") as handle:
                _lock(handle)
                write(handle)
                handle.flush()
                os.fsync(handle.fileno())
            if target.exists():
                shutil.copymode(target, fresh)
            fresh.replace(target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                fresh.unlink()
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "check the path")
        raise InputError(f"{path}: cannot be written: {error.strerror or error}", hint) from error


def _remove_stale(folder: Path) -> None:
    """Remove the parts of files that no living process writes: each holds a lock on its own, which ends with it.

    The hour is for the moments before a lock is taken and after the file is closed, and for machines that share a
    folder without sharing locks.
    """
    with contextlib.suppress(OSError):
        for part in [one for one in folder.iterdir() if _PART.fullmatch(one.name)]:
            with contextlib.suppress(OSError):  # another removes it too, or on Windows somebody has it open
                if _is_stale(part):
                    part.unlink()


def _is_stale(part: Path) -> bool:
    found = part.lstat()
    if not stat.S_ISREG(found.st_mode) or time.time() - found.st_mtime < STALE_AFTER_S:
        return False
    with part.open("rb") as handle:
        return _lock(handle)


def _lock(handle: BinaryIO) -> bool:
    """Take the system's lock on an open file, until it is closed; False where another process has it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: the hour alone counts
        return True
    return True
