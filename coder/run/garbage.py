"""How often Python looks for cycles of garbage while a run goes on."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 50_000
"""Objects, some 10 MB of them, made between two looks."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for cycles of garbage less often: what a run makes goes with its last reference, nearly all of it.

    Half a million objects are there before and stay, and those of hundreds of calls in flight are young and alive:
    looking through them every 700 objects took about a seventh of a run's CPU.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
