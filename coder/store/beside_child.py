"""The process that keeps answers for another: batches in, a word for each out when it is on disk, until input ends."""

from __future__ import annotations

import pickle
import sys

from coder.child import answering, framed, message_from
from coder.errors import StoreError
from coder.store.engine import connect
from coder.store.runs import RunRecords

KEPT = b"k"
"""That a batch is on disk; anything longer is the error that kept it from there, in two pickled words."""


def main() -> None:
    """Serve until the parent closes its end, also when it was killed; what was begun is finished first."""
    asked, answers = sys.stdin.buffer, answering()
    location, wait = pickle.loads(message_from(asked))  # noqa: S301 - from our own process
    with RunRecords(location, connect(location, wait), wait) as store:
        while message := message_from(asked):
            answers.write(framed(_kept(store, message)))
            answers.flush()


def _kept(store: RunRecords, message: bytes) -> bytes:
    try:
        store.save_answer_fields(*pickle.loads(message))  # noqa: S301 - from our own process
    except StoreError as error:
        return pickle.dumps((error.message, error.hint))
    return KEPT


if __name__ == "__main__":
    main()
