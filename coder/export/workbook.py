"""XLSX: the resolved codes first, one row a document, then documents, codings, decisions, agreement and codebook.

Text is always text: a cell that starts with `=` is no formula. Numbers, dates and times are typed; a variable becomes
a number or a date only where every value of it is one. What Excel cannot hold is not lost silently: characters that
XML forbids are removed, text beyond a cell's limit is cut with a note of how much is missing (CSV has it whole), and
rows beyond a sheet's limit go on in a further sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from coder.export.bundle import ExportBundle, ExportOptions
from coder.export.rows import (
    AGREEMENT,
    CODEBOOK,
    DECISIONS,
    DOCUMENTS,
    LONG,
    Value,
    about_rows,
    agreement_rows,
    codebook_rows,
    decision_rows,
    document_rows_of,
    long_rows_of,
    wide_headings,
    wide_rows_of,
)
from coder.export.spreadsheet import Page, Spreadsheet
from coder.export.variables import converters, typed
from coder.markup import without_forbidden

MAX_ROWS = 1_048_576
"""Rows that Excel keeps in a sheet, the heading included."""
_WIDTHS = {
    "text": 60, "evidence": 60, "question": 40, "definition": 50, "include": 40, "exclude": 40, "examples": 50,
    "memo": 40, "reason": 50, "detail": 40, "document": 28, "created_at": 24, "imported_at": 24, "version": 28,
    "fact": 30, "content": 70, "codes": 24, "label": 24,
}  # fmt: skip
_UNWRAPPED = {"text"}
_WIDEST = 48


class Sheet:
    """One table; where Excel's rows run out it goes on in `title (2)` and so forth."""

    def __init__(self, book: Spreadsheet, title: str, headings: Sequence[str], frozen: int = 1) -> None:
        self.pages: list[Page] = []
        self._book, self._title, self._headings, self._frozen = book, title, headings, frozen
        self._turn()

    def extend(self, rows: Iterable[Sequence[Value]]) -> None:
        """Add rows; OSError where the disk of temporary files is full."""
        for row in rows:
            if self.pages[-1].rows == MAX_ROWS:
                self._turn()
            self.pages[-1].append(row)

    def _turn(self) -> None:
        title = f"{self._title} ({len(self.pages) + 1})" if self.pages else self._title
        widths = [_width(heading) for heading in self._headings]
        wrap = [0 if name in _UNWRAPPED else width for name, width in zip(self._headings, widths, strict=True)]
        self.pages.append(self._book.page(title, self._headings, widths, wrap, self._frozen))


def write(bundle: ExportBundle, options: ExportOptions, handle: BinaryIO) -> tuple[str, ...]:
    """Write the whole workbook, row by row. Raises OSError where the disk, or that of temporary files, is full."""
    with Spreadsheet() as book:
        wide = Sheet(book, unit_title(bundle.codebook.unit), wide_headings(bundle))
        documents = Sheet(book, "documents", DOCUMENTS)
        codings = Sheet(book, "codings", LONG, frozen=2)
        converting = converters(bundle)
        for part in bundle.parts():
            wide.extend(typed(wide_rows_of(part, bundle, labels=options.labels), converting))
            documents.extend(document_rows_of(part))
            codings.extend(long_rows_of(part, bundle))
        decisions = Sheet(book, "decisions", DECISIONS, frozen=2)
        decisions.extend(decision_rows(bundle))
        agreement = Sheet(book, "agreement", AGREEMENT)
        agreement.extend(agreement_rows(bundle))
        codebook = Sheet(book, "codebook", CODEBOOK)
        codebook.extend(codebook_rows(bundle.codebook))
        about = Sheet(book, "about", ("fact", "content"))
        about.extend(about_rows(bundle))
        sheets = (wide, documents, codings, decisions, agreement, codebook, about)
        book.save(handle, [page for sheet in sheets for page in sheet.pages])
    return ()


def unit_title(unit: str) -> str:
    """The unit in the plural as a sheet's title; `wide` where Excel or another sheet stands against it."""
    name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", without_forbidden(unit)).strip(" '")
    if re.search(r"[^aeiou]y$", name):
        plural = f"{name[:-1]}ies"
    else:
        plural = f"{name}{'es' if re.search(r'(s|x|z|ch|sh)$', name) else 's'}"
    ours = {"documents", "codings", "decisions", "agreement", "codebook", "about", "history"}
    return plural if name and len(plural) <= 26 and plural.casefold() not in ours else "wide"


def _width(heading: str) -> int:
    return _WIDTHS.get(heading, min(max(12, len(heading) + 4), _WIDEST))
