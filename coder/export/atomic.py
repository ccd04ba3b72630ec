"""Write a file whole or not at all: a full disk never leaves half a file over a good one."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from coder.errors import InputError
from coder.model import new_id

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
    what was at `path` before is then untouched and nothing is left beside it.
    """
    target = path.resolve()
    fresh = target.with_name(f".{new_id()}.part")
    try:
        try:
            with fresh.open("xb") as handle:
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
