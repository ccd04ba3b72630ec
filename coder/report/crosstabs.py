"""A corrected cross-table for the terminal, with the tests of independence under it."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from coder.inference.analysis import DimensionCross, NaiveCross, Together, Universe
from coder.inference.association import Association
from coder.inference.crosstabs import Cell, CrossTable, Independence
from coder.report.figures import NONE, Footnotes, figure, figures_table, interval, p_value
from coder.report.plain import plain
from coder.report.shares import NOT_ESTIMABLE, below

PEARSON = "The same from the model's codes taken for true (Pearson)"
SEEN = {
    "super": "bounds of an endless stream of such documents",
    "finite": "bounds of these documents alone",
}


def cross_view(one: DimensionCross, universe: Universe) -> RenderableType:
    """A line a cell, column by column: the share within the column with its interval, and the share of all."""
    title = plain(f"{one.row} by {one.column}", "bold")
    if one.table is None:
        reason = [plain(f"Corrected cells are {NOT_ESTIMABLE}: {one.reason}."), plain(f"  {one.remedy or ''}"), Text()]
        return Group(title, *([_counts(one, one.naive)] if one.naive else []), *reason)
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
        *(_association(one.naive.association) if one.naive else [_independence(PEARSON, found.naive)]),
        f"{found.n:,} hand-coded of {found.population:,} documents; corrected by design-based supervised learning; "
        f"{SEEN[universe]}." + (f" Left out: {', '.join(left)}." if left else ""),
        *found.notes,
        *notes.lines(),
    ]
    return Group(table, Text(), below(said))


def _counts(one: DimensionCross, found: NaiveCross) -> RenderableType:
    """The model's codes counted, a line a cell that has any."""
    table = figures_table("label", "coder", "n", "share of\ncolumn")
    table.columns[0].header, table.columns[1].header = plain(one.column, limit=30), plain(one.row, limit=30)
    for place, column in enumerate(found.columns):
        whole = sum(row[place] for row in found.counts)
        name = plain(column, "bold", 40)
        for row, counts in zip(found.rows, found.counts, strict=True):
            if counts[place]:
                table.add_row(name, plain(row, limit=40), f"{counts[place]:,}", figure(counts[place] / whole))
                name = Text()
        table.add_section()
    return Group(Text(), table, Text(), below(["The model's codes, taken for true.", *_association(found.association)]))


def _association(found: Association) -> list[str]:
    """The test on the model's codes in words, and what speaks against it."""
    if found.p is None:
        return [f"Independence (the model's codes taken for true): {found.reason or 'no test'}."]
    name = "Fisher's exact test" if found.test == "fisher" else f"chi-square {figure(found.statistic)}, df {found.df}"
    p = p_value(found.p)
    line = (
        f"Independence (the model's codes taken for true): {name}, p {p if p.startswith('<') else f'= {p}'}; "
        "Cramér's V "
        f"{figure(found.cramers_v)}, bias-corrected {figure(found.cramers_v_corrected)}."
    )
    return [line, *([f"Warning: {found.warning}."] if found.warning else [])]


def together_view(found: Together) -> RenderableType:
    """How often labels come together: of the row's documents the number and share that have the column's label too."""
    table = figures_table("label", "n", *(str(place + 1) for place in range(len(found.labels))))
    for row, label in enumerate(found.labels):
        own = found.counts[row][row]
        cells = [
            NONE
            if row == column or not own
            else f"{found.counts[row][column]:,} ({found.counts[row][column] / own:.0%})"
            for column in range(len(found.labels))
        ]
        table.add_row(plain(f"{row + 1} {label}", limit=40), f"{own:,}", *cells)
    said = [
        f"Of the row's documents those that have the column's label too; the model's codes of {found.n:,} documents."
    ]
    return Group(plain(f"{found.dimension}: labels that come together", "bold"), Text(), table, Text(), below(said))


def _cell(cell: Cell, universe: Universe, notes: Footnotes) -> tuple[str, str, str, str]:
    bounds = cell.given if universe == "super" else cell.given_finite
    ends = interval(*bounds.shown) if bounds.shown else NONE
    return figure(cell.conditional), ends, figure(cell.value), notes.mark(bounds.reason) if bounds.reason else ""


def _independence(name: str, test: Independence) -> str:
    if test.p is None or test.statistic is None:
        return f"{name}: {test.reason or 'no test'}."
    p = p_value(test.p)
    return f"{name}: {test.statistic:.2f}, df {test.df}, p {p if p.startswith('<') else f'= {p}'}."
