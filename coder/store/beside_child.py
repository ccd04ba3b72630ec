"""The process that keeps answers for another: batches in, a word for each out when it is on disk, until input ends."""

from __future__ import annotations

import os
import pickle
import sys

from coder.errors import StoreError
from coder.store.engine import connect
from coder.store.runs import RunRecords

HEAD = 8
"""Bytes that say how long a message between the two is."""
KEPT = b"k"
"""That a batch is on disk; anything longer is the error that kept it from there, in two pickled words."""


def main() -> None:
    """Serve until the parent closes its end, also when it was killed; what was begun is finished first."""
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    location, wait = pickle.loads(asked.read(int.from_bytes(asked.read(HEAD))))  # noqa: S301 - from our own process
    with RunRecords(location, connect(location, wait), wait) as store:
        while len(message := asked.read(size := int.from_bytes(asked.read(HEAD)))) == size > 0:
            said = _kept(store, message)
            answers.write(len(said).to_bytes(HEAD) + said)
            answers.flush()


def _kept(store: RunRecords, message: bytes) -> bytes:
    try:
        store.save_answer_fields(*pickle.loads(message))  # noqa: S301 - from our own process
    except StoreError as error:
        return pickle.dumps((error.message, error.hint))
    return KEPT


if __name__ == "__main__":
    main()
