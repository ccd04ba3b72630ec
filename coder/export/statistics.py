"""The resolved codes as a table for statistics programs: numbers with value labels, names and labels that fit.

A nominal, ordinal, quantity or date dimension is one column, its categories numbered from 1 in the codebook's order. A
multi-label dimension is a column of 0 and 1 for each label. `absent` is 0, other statuses are negative numbers, an
unresolved cell is missing.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from coder.adjudicate.resolve import UNRESOLVED
from coder.export.bundle import ExportBundle, Part
from coder.export.rows import Value
from coder.export.variables import CONVERT, Kind, kinds
from coder.model import Coding, Dimension, Status

ABSENT = 0
STATUSES = {
    Status.NOT_APPLICABLE: -1,
    Status.UNDECIDABLE: -2,
    Status.REFUSED: -3,
    Status.INVALID: -4,
    Status.FAILED: -5,
    Status.SKIPPED: -6,
}
"""Negative numbers, so that one range declares them all as missing."""
SOURCES = {"settled": 1, "consensus": 2, "model": 3, "unresolved": 4}
NAN = float("nan")
Measure = Literal["nominal", "ordinal", "scale"]


@dataclass
class Column:
    """One variable: `numbers` (NaN for missing), or `texts`, or `days`, a value a document."""

    name: str
    label: str
    measure: Measure = "nominal"
    labels: Mapping[int, str] = field(default_factory=dict)
    numbers: array[float] | None = None
    texts: list[str] | None = None
    days: list[date | None] | None = None


@dataclass(frozen=True)
class Limits:
    """What a program takes: characters of a name, bytes of a variable's label and of a value's, reserved words.

    `text` is the longest text in bytes.
    """

    name: int
    label: int
    value_label: int
    text: int
    reserved: frozenset[str]


class Table:
    """All columns; `notes` says what was changed to fit."""

    def __init__(self, bundle: ExportBundle, limits: Limits) -> None:
        self.notes: list[str] = []
        self._limits, self._taken, self._renamed = limits, set[str](), 0
        self._cut_texts = 0
        self._cut_labels = 0
        self._bundle = bundle
        self.columns = [Column(self._name("document"), "document", texts=[])]
        self._variables = [(name, CONVERT[kind], self._variable(name, kind)) for name, kind in kinds(bundle).items()]
        self._dimensions = [(one, self._dimension(one)) for one in bundle.codebook.dimensions]
        self._sources = [(one.id, self._source(one)) for one in bundle.codebook.dimensions]
        for part in bundle.parts():
            self._add(part)
        self._tell()

    def _variable(self, name: str, kind: Kind) -> Column:
        column = Column(self._name(name), self._fit(name, self._limits.label))
        if kind == "text":
            column.texts = []
        elif kind == "day":
            column.days, column.measure = [], "scale"
        else:
            column.numbers, column.measure = array("d"), "scale"
        return self._add_column(column)

    def _dimension(self, dimension: Dimension) -> list[tuple[str, Column]]:
        """The columns of a dimension, by the category that they ask for; '' for one that holds any of them."""
        label = f"{dimension.name}: {dimension.question}"
        status = {number: known.value for known, number in STATUSES.items()}
        absent = {ABSENT: dimension.absent.label if dimension.absent else "absent"}
        if dimension.single:
            values = {number: category.label for number, category in enumerate(dimension.codes, 1)}
            measure: Measure = "ordinal" if dimension.ordered else "nominal"
            return [("", self._number(dimension.id, label, absent | values | status, measure))]
        return [
            (
                category.id,
                self._number(
                    f"{dimension.id}_{category.id}",
                    f"{dimension.name}: {category.label}",
                    {0: "no", 1: "yes"} | status,
                    "nominal",
                ),
            )
            for category in dimension.codes
        ]

    def _source(self, dimension: Dimension) -> Column:
        labels = {number: name for name, number in SOURCES.items()}
        return self._number(f"{dimension.id}_source", f"{dimension.name}: where the code comes from", labels, "nominal")

    def _number(self, name: str, label: str, labels: Mapping[int, str], measure: Measure) -> Column:
        fitting = {number: self._fit(text, self._limits.value_label) for number, text in labels.items()}
        column = Column(self._name(name), self._fit(label, self._limits.label), measure, fitting, array("d"))
        return self._add_column(column)

    def _add_column(self, column: Column) -> Column:
        self.columns.append(column)
        return column

    def _add(self, part: Part) -> None:
        places = {
            dimension.id: {code.id: number for number, code in enumerate(dimension.codes, 1)}
            for dimension, _ in self._dimensions
        }
        for document, version in part.documents:
            _texts(self.columns[0]).append(self._text(document.name))
            for name, convert, column in self._variables:
                text = document.variables.get(name) or ""
                self._put(column, convert(text) if text else None)
            for (dimension, columns), (_, source) in zip(self._dimensions, self._sources, strict=True):
                cell = part.resolved.get((version.id, dimension.id), UNRESOLVED)
                _numbers(source).append(SOURCES[cell.source])
                for code, column in columns:
                    _numbers(column).append(number_of(cell.coding, code, places[dimension.id]))

    def _put(self, column: Column, value: Value) -> None:
        if column.texts is not None:
            column.texts.append(self._text(str(value)) if value is not None else "")
        elif column.days is not None:
            column.days.append(value if isinstance(value, date) else None)
        else:
            _numbers(column).append(float(value) if isinstance(value, int | float) else NAN)

    def _text(self, text: str) -> str:
        fitting = fit(text.replace("\0", ""), self._limits.text)
        self._cut_texts += fitting != text
        return fitting

    def _fit(self, text: str, size: int) -> str:
        whole = " ".join(text.split()).replace("\0", "")
        fitting = fit(whole, size)
        self._cut_labels += fitting != whole
        return fitting

    def _name(self, wanted: str) -> str:
        name = variable_name(wanted, self._limits, self._taken)
        self._taken.add(name.casefold())
        self._renamed += name != wanted
        return name

    def _tell(self) -> None:
        for count, what in (
            (self._renamed, "variables were renamed to fit; each one's label says which it is"),
            (self._cut_labels, "labels were cut to fit"),
            (self._cut_texts, "texts were cut to fit"),
        ):
            if count:
                self.notes.append(f"{count} {what}")


def number_of(coding: Coding | None, code: str, places: Mapping[str, int]) -> float:
    """The number of a coding: of its category, or with `code` whether it has that one; NaN where there is none."""
    if coding is None:
        return NAN
    if coding.status is Status.ABSENT:
        return ABSENT
    if coding.status is not Status.CODED:
        return STATUSES[coding.status]
    if code:
        return float(code in coding.codes)
    return places.get(coding.codes[0], NAN) if coding.codes else NAN


def fit(text: str, size: int) -> str:
    """Text as far as `size` bytes of UTF-8 hold it; where it is cut, an ellipsis stands at the end."""
    raw = text.encode("utf-8", errors="replace")
    if len(raw) <= size:
        return raw.decode()
    return raw[: size - 3].decode("utf-8", errors="ignore") + "…"


def variable_name(wanted: str, limits: Limits, taken: set[str]) -> str:
    """A name of ASCII letters, digits and `_` that starts with a letter and is nobody's yet, case aside."""
    plain = unicodedata.normalize("NFKD", wanted).encode("ascii", errors="ignore").decode()
    name = re.sub(r"\W+", "_", plain, flags=re.ASCII).strip("_") or "v"
    if not name[0].isalpha() or name.casefold() in limits.reserved:
        name = f"v_{name}"
    name, number = name[: limits.name], 1
    stem = name
    while name.casefold() in taken:
        number += 1
        name = f"{stem[: limits.name - len(str(number)) - 1]}_{number}"
    return name


def _texts(column: Column) -> list[str]:
    assert column.texts is not None  # noqa: S101 - a column is of one kind from its making
    return column.texts


def _numbers(column: Column) -> array[float]:
    assert column.numbers is not None  # noqa: S101 - as above
    return column.numbers
