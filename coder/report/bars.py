"""Shares as bars for the terminal: corrected where they can be had, else the model's."""

from __future__ import annotations

from collections.abc import Sequence

from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from coder.inference.analysis import Corrected, DimensionShares
from coder.report.figures import NONE, percent
from coder.report.plain import plain

_NAMES = 28
_FIGURES = 6


def bars_view(found: Sequence[DimensionShares], method: Corrected, width: int) -> RenderableType:
    """A block a dimension, a bar a category, as long as its share of `width` columns less names and figures.

    The figure stands beside each bar, so that nothing is told by length or colour alone.
    """
    room = max(10, min(width, 100) - _NAMES - _FIGURES - 2)
    parts: list[RenderableType] = []
    for one in found:
        made = one.corrected(method)
        corrected = made is not None and bool(made.shares)
        shares = {share.category: share.value for share in made.shares} if made and corrected else dict(one.model)
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=_NAMES, overflow="ellipsis", no_wrap=True)
        grid.add_column(width=_FIGURES - 1, justify="right")
        grid.add_column(width=room)
        for category, share in shares.items():
            value = min(1.0, max(0.0, share or 0.0))
            said = percent(share) if share is not None else NONE
            grid.add_row(plain(category, limit=60), said, Bar(1.0, 0.0, value, width=room, color="blue"))
        what = "corrected" if corrected else "the model's codes, not corrected"
        parts += [Text(), plain(f"{one.dimension} ({what})", "bold"), grid]
    return Group(*parts)
