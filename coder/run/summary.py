"""The calls of a run that count."""

from __future__ import annotations

from collections.abc import Sequence

from coder.model import Call


def newest(calls: Sequence[Call]) -> list[Call]:
    """The last call of each question: a version, a replicate, the dimensions asked and the window.

    A text that is cut otherwise than before, or no longer, has the calls of the newest cutting.
    """
    cutting = {_question(call): call.parts for call in calls}
    last = {(_question(call), call.part): call for call in calls if call.parts == cutting[_question(call)]}
    return list(last.values())


def _question(call: Call) -> tuple[str, int, tuple[str, ...]]:
    return call.version_id, call.replicate, call.dimensions
