"""Thresholds of confidence for the terminal: a line a dimension, and the guarantee in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from coder.report.figures import NONE, Footnotes, figure, figures_table, percent
from coder.report.plain import plain
from coder.report.shares import below


@dataclass(frozen=True)
class Line:
    """One dimension: of `n` calibration items `accepted` reach the threshold, `wrong` of them wrong.

    Of `waiting` codes that no person gave `standing` reach it. `low` is the lower limit of agreement among the
    accepted.
    """

    dimension: str
    threshold: float | None
    n: int
    accepted: int
    wrong: int
    missing: int
    waiting: int
    standing: int
    low: float | None
    reason: str | None


def routing_view(
    lines: Sequence[Line], held: str, guarantee: str, warnings: Sequence[str], delta: float | None
) -> RenderableType:
    """The table, what it promises, and what speaks against the promise (first, since it undoes it)."""
    notes = Footnotes()
    limit = () if delta is None else (f"lower\n{1 - delta:.0%}",)
    table = figures_table(
        "dimension", "confi-\ndence", "n (with-\nout it)", "accepted", "wrong", *limit, "codes to\nroute", "stand", ""
    )
    for line in lines:
        table.add_row(*_row(line, notes, limited=delta is not None))
    said = [
        "confidence: codes with this or more may stand, those without it never. accepted, wrong: of the n hand-coded "
        "documents.",
        *(
            [f"lower {1 - delta:.0%}: one-sided limit of agreement among the accepted (exact)."]
            if delta is not None
            else []
        ),
        *notes.lines(),
    ]
    first = [plain(f"Warning: {warning}.", "bold") for warning in warnings]
    promise = plain(f"Guarantee: {guarantee}")
    return Group(plain(held), *first, Text(), table, Text(), promise, Text(), below(said))


def _row(line: Line, notes: Footnotes, *, limited: bool) -> list[str | Text]:
    some = line.threshold is not None
    figures = [
        NONE if line.threshold is None else f"{line.threshold:g}",
        f"{line.n:,} ({line.missing:,})",
        f"{line.accepted:,} ({percent(line.accepted / line.n)})" if some and line.n else NONE,
        f"{line.wrong:,}" if some else NONE,
        *([figure(line.low)] if limited else []),
        f"{line.waiting:,}",
        f"{line.standing:,} ({percent(line.standing / line.waiting)})" if some and line.waiting else NONE,
    ]
    return [plain(line.dimension, "bold", 40), *figures, notes.mark(line.reason) if line.reason else ""]
