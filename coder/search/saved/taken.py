"""What reading a saved file yields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coder.search.results import Result


@dataclass(frozen=True)
class Taken:
    """The results in the file's order; `problems` are entries that could not be read, `notes` what was left out."""

    results: Sequence[Result]
    problems: Sequence[str] = ()
    notes: Sequence[str] = ()
