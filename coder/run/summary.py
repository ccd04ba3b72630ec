"""The calls of a run that count."""

from __future__ import annotations

from collections.abc import Sequence

from coder.model import Call


def newest(calls: Sequence[Call]) -> list[Call]:
    """The last call of each question: a version, a replicate and the dimensions asked."""
    return list({(call.version_id, call.replicate, call.dimensions): call for call in calls}.values())
