"""A corrected cross-table for the terminal, with the tests of independence under it."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from coder.inference.analysis import DimensionCross, Universe
from coder.inference.crosstabs import Cell, CrossTable, Independence
from coder.report.figures import NONE, Footnotes, figure, figures_table, interval, p_value
from coder.report.plain import plain
from coder.report.shares import NOT_ESTIMABLE, below

SEEN = {
    "super": "bounds of an endless stream of such documents",
    "finite": "bounds of these documents alone",
}


def cross_view(one: DimensionCross, universe: Universe) -> RenderableType:
    """A line a cell, column by column: the share within the column with its interval, and the share of all."""
    title = plain(f"{one.row} by {one.column}", "bold")
    if one.table is None:
        return Group(title, plain(f"{NOT_ESTIMABLE}: {one.reason}."), plain(f"  {one.remedy or ''}"), Text())
    return Group(title, Text(), _table(one, one.table, universe), Text())


def _table(one: DimensionCross, found: CrossTable, universe: Universe) -> RenderableType:
    notes = Footnotes()
    table = figures_table("label", "coder", "share of\ncolumn", "95% interval", "share\nof all", "")
    table.columns[0].header, table.columns[1].header = plain(one.column, limit=30), plain(one.row, limit=30)
    for column in found.columns:
        name = plain(column, "bold", 40)
        for cell in (cell for cell in found.cells if cell.column == column):
            table.add_row(name, plain(cell.row, limit=40), *_cell(cell, universe, notes))
            name = Text()
        table.add_section()
    left = [f"{count} {cause}" for cause, count in found.excluded.items()]
    said = [
        _independence("Independence, corrected (Wald, F)", found.wald),
        _independence("The same from the model's codes taken for true (Pearson)", found.naive),
        f"{found.n:,} hand-coded of {found.population:,} documents; corrected by design-based supervised learning; "
        f"{SEEN[universe]}." + (f" Left out: {', '.join(left)}." if left else ""),
        *found.notes,
        *notes.lines(),
    ]
    return Group(table, Text(), below(said))


def _cell(cell: Cell, universe: Universe, notes: Footnotes) -> tuple[str, str, str, str]:
    bounds = cell.given if universe == "super" else cell.given_finite
    ends = interval(*bounds.shown) if bounds.shown else NONE
    return figure(cell.conditional), ends, figure(cell.value), notes.mark(bounds.reason) if bounds.reason else ""


def _independence(name: str, test: Independence) -> str:
    if test.p is None or test.statistic is None:
        return f"{name}: {test.reason or 'no test'}."
    p = p_value(test.p)
    return f"{name}: {test.statistic:.2f}, df {test.df}, p {p if p.startswith('<') else f'= {p}'}."
