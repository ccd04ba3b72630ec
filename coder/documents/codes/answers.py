"""What a table of codes says before it is put on a scale: who gave which code to which unit, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from coder.documents.codes.grid import Grid, listed
from coder.errors import InputError

MISSING_MARKS = ("NA", "NaN", "nan")
"""What R and pandas write for a gap; read as one unless it is declared as a category."""


class Answer(NamedTuple):
    """One code: the positions of its unit and coder, the text, and the number of its line or row."""

    unit: int
    coder: int
    text: str
    number: int


@dataclass(frozen=True)
class Layout:
    """What the user says about the columns; empty means: find out.

    `missing` lists the cells that mean "not coded", None the usual marks less the declared `categories`. `separator`
    stands between the labels of a cell, where a cell is a set.
    """

    columns: tuple[str, ...] = ()
    item: str = ""
    coder: str = ""
    code: str = ""
    cluster: str = ""
    reference: str = ""
    missing: tuple[str, ...] | None = None
    categories: tuple[str, ...] = ()
    separator: str = ""

    @property
    def gaps(self) -> frozenset[str]:
        """The cells that mean "not coded", the empty one among them."""
        marks = set(MISSING_MARKS) - set(self.categories) if self.missing is None else self.missing
        return frozenset({"", *marks})


@dataclass(frozen=True)
class Codes:
    """The answers of `coders` to `units` units, in order; `clusters` names the cluster of each unit.

    `code_column` is the column of the codes where each answer has a row of its own, else empty. `notes` say how the
    table was understood.
    """

    grid: Grid
    coders: tuple[str, ...]
    units: int
    answers: tuple[Answer, ...]
    clusters: tuple[str, ...] | None
    notes: tuple[str, ...]
    code_column: str = ""

    def place(self, answer: Answer) -> str:
        """File, line and column of an answer."""
        return self.grid.place(answer.number, self.code_column or self.coders[answer.coder])

    def checked(self, layout: Layout) -> Codes:
        """The codes with the reference first; InputError with fewer than two coders or where one coded nothing."""
        if len(self.coders) < 2:
            only = f"the only coder is {listed(self.coders)}" if self.coders else "there is no coder"
            raise InputError(
                f"{self.grid.path}: {only}",
                "agreement needs two or more, in columns with a comma, semicolon, tab or bar between",
            )
        heard = {answer.coder for answer in self.answers}
        silent = [name for k, name in enumerate(self.coders) if k not in heard]
        if silent:
            raise InputError(
                f"{self.grid.path}: {listed(silent)} coded nothing",
                "leave out whoever coded nothing: their rows, or their columns with --columns A,B",
            )
        return self._reference_first(layout.reference) if layout.reference else self

    def _reference_first(self, name: str) -> Codes:
        if name not in self.coders:
            raise InputError(
                f"--reference {name}: {self.grid.path} has no such coder", f"the coders are {listed(self.coders)}"
            )
        first = self.coders.index(name)
        order = [first, *(k for k in range(len(self.coders)) if k != first)]
        moved = {old: new for new, old in enumerate(order)}
        answers = tuple(answer._replace(coder=moved[answer.coder]) for answer in self.answers)
        return replace(self, coders=tuple(self.coders[k] for k in order), answers=answers)


def gap_notes(cells: Sequence[str], layout: Layout) -> list[str]:
    """How many cells were read as gaps though something stands in them, by what stands there."""
    marks = sorted(layout.gaps - {""})
    counted = [(mark, cells.count(mark)) for mark in marks]
    found = [f"{count} {mark!r}" for mark, count in counted if count]
    said = "" if layout.missing is not None else " (to count it as a code, declare it in --categories)"
    return [f"read as not coded: {', '.join(found)}{said}"] if found else []
