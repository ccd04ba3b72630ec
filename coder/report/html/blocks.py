"""What a report is made of: sections of paragraphs, facts, lists, tables and pictures. Formats know nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from coder.report.figures import NONE, figure, interval, p_value

Kind = Literal["text", "count", "figure", "percent", "interval", "percents", "p"]
"""How a column shows its values: `percent` takes a share, `interval` and `percents` a pair of limits or None."""
OPTIONAL = ("remark", "note", "comment")
LONG = 36
"""Characters of a cell from which its column holds sentences."""
FileForm = Literal["svg", "png"]
Value = str | int | float | None
Cell = Value | tuple[float | None, float | None]


@dataclass(frozen=True)
class Column:
    """A column's heading and how its values are shown."""

    heading: str
    kind: Kind = "text"

    @property
    def numeric(self) -> bool:
        """Whether its values are figures, which stand flush right."""
        return self.kind != "text"

    def show(self, cell: Cell) -> str:
        """The value as people read it."""
        if isinstance(cell, tuple):
            low, high = cell
            return percents(low, high) if self.kind == "percents" else interval(low, high)
        if cell is None:
            return NONE
        if isinstance(cell, str):
            return cell
        shown = {"count": f"{cell:,.0f}", "percent": percent(cell), "p": p_value(cell), "figure": figure(cell)}
        return shown.get(self.kind, str(cell))

    @property
    def headings(self) -> tuple[str, ...]:
        """What a file has for it: a pair of limits takes two columns."""
        name = self.heading or "note"
        return (f"{name} low", f"{name} high") if self.kind in ("interval", "percents") else (name,)

    def values(self, cell: Cell) -> tuple[Value, ...]:
        """The values as a file has them, in full precision."""
        if self.kind in ("interval", "percents"):
            return cell if isinstance(cell, tuple) else (None, None)
        return (cell if not isinstance(cell, tuple) else None,)


@dataclass(frozen=True)
class Table:
    """A table with a name, a caption, and below it what its figures rest on.

    `trace` is the command that prints the same figures. The first column names the row.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    trace: str = ""

    @property
    def shown(self) -> list[list[str]]:
        """Every row as people read it."""
        return [[column.show(cell) for column, cell in zip(self.columns, row, strict=True)] for row in self.rows]

    @property
    def places(self) -> list[int]:
        """The columns that a page shows: one for remarks only where there is a remark."""
        return [
            place
            for place, column in enumerate(self.columns)
            if column.heading not in OPTIONAL or any(row[place] for row in self.rows)
        ]

    @property
    def long(self) -> list[int]:
        """The columns that hold sentences and want room."""
        return [
            place
            for place, column in enumerate(self.columns)
            if not column.numeric and any(len(str(row[place] or "")) > LONG for row in self.rows)
        ]

    @property
    def headings(self) -> list[str]:
        """The headings of its file."""
        return [heading for column in self.columns for heading in column.headings]

    @property
    def values(self) -> list[list[Value]]:
        """The rows of its file."""
        return [
            [value for column, cell in zip(self.columns, row, strict=True) for value in column.values(cell)]
            for row in self.rows
        ]

    block: str = field(default="table", init=False)


@dataclass(frozen=True)
class Picture:
    """A drawing: `svg` for the page (its colours follow the reader's); `draw` makes a file of it when asked.

    `alt` says in words what is to be seen.
    """

    id: str
    title: str
    alt: str
    svg: str
    draw: Callable[[FileForm], bytes] = field(compare=False)
    caption: str = ""
    block: str = field(default="picture", init=False)


@dataclass(frozen=True)
class Prose:
    """A paragraph; a `warning` is what nobody should read past, `small` what explains."""

    text: str
    tone: Literal["plain", "small", "warning"] = "plain"
    block: str = field(default="prose", init=False)


@dataclass(frozen=True)
class Facts:
    """Names and what they are."""

    pairs: tuple[tuple[str, str], ...]
    block: str = field(default="facts", init=False)


@dataclass(frozen=True)
class Items:
    """A list."""

    entries: tuple[str, ...]
    block: str = field(default="items", init=False)


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str
    block: str = field(default="heading", init=False)


@dataclass(frozen=True)
class Pattern:
    """A finding that an expert may judge: a sentence, and quotations that carry it with the documents they are from."""

    id: str
    sentence: str
    quotes: tuple[tuple[str, str], ...] = ()
    block: str = field(default="pattern", init=False)


Block = Table | Picture | Prose | Facts | Items | Heading | Pattern


@dataclass(frozen=True)
class Section:
    """A part of the report under a heading."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """The whole: `stated` says when it was written and is the only thing that differs between two of one store."""

    title: str
    lead: str
    sections: tuple[Section, ...]
    stated: str
    program: str
    warnings: tuple[str, ...] = ()

    @property
    def tables(self) -> list[Table]:
        """Every table, in order."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, Table)]

    @property
    def pictures(self) -> list[Picture]:
        """Every picture, in order."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, Picture)]


def percent(share: float | None) -> str:
    """`12%`, with a decimal where a whole number would say 0 or 100 of what is neither."""
    if share is None:
        return NONE
    return f"{share:.1%}" if share not in (0, 1) and not 0.005 <= share < 0.995 else f"{share:.0%}"


def percents(low: float | None, high: float | None) -> str:
    """`12% to 34%`, cut to what a share can be."""
    return NONE if low is None or high is None else f"{percent(low)} to {percent(high)}"


def listed(names: Sequence[str], none: str = "none") -> str:
    """`a, b and c`."""
    if not names:
        return none
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def number(count: int, one: str, many: str = "") -> str:
    """`1 document`, `1,200 documents`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
