"""The second coder's work, without a screen."""

from coder.adjudicate.desk import Desk
from coder.adjudicate.log import ItemState, fold, settlements
from coder.adjudicate.plain import run_plain
from coder.adjudicate.queueing import Cell, Standing, build_queue
from coder.adjudicate.resolve import ResolvedCell, resolve
from coder.adjudicate.shelf import DeskStore, Segmenter

__all__ = [
    "Cell",
    "Desk",
    "DeskStore",
    "ItemState",
    "ResolvedCell",
    "Segmenter",
    "Standing",
    "build_queue",
    "fold",
    "resolve",
    "run_plain",
    "settlements",
]
