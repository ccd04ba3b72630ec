"""Office Open XML spreadsheets, written row by row: several sheets at once, in little memory, text always as text.

Written here because what there is fits badly: openpyxl took 73 s for 100,000 codings, several times as long as this,
and XlsxWriter, in the mode that needs little memory, passes a text that starts with `<r>` and ends with `</r>` on as
markup.
"""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from tempfile import TemporaryFile
from types import TracebackType
from typing import BinaryIO, Self
from xml.sax.saxutils import quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from coder.export.rows import Value
from coder.markup import without_forbidden

MAX_CELL = 32_767
"""UTF-16 units that Excel keeps in a cell."""
_HEADING, _WRAPPED, _TIME, _DAY = 1, 2, 3, 4
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "_x000D_"})
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_EPOCH, _EPOCH_DAY = datetime(1899, 12, 30, tzinfo=UTC), date(1899, 12, 30)
_BUFFERED = 2_000
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm:ss &quot;UTC&quot;"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE8EDF3"/></patternFill></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="5"><xf/>'
    '<xf fontId="1" fillId="2" applyFont="1" applyFill="1" applyAlignment="1">'
    '<alignment wrapText="1" vertical="center"/></xf>'
    '<xf applyAlignment="1"><alignment wrapText="1" vertical="top"/></xf>'
    '<xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass
class Page:
    """One sheet that is being written; the first `frozen` columns stay in sight.

    A text of more characters than its column's `wrap` is wrapped, with 0 none is.
    """

    title: str
    headings: Sequence[str]
    widths: Sequence[int]
    wrap: Sequence[int]
    frozen: int
    file: BinaryIO
    rows: int = 0
    _waiting: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        corner = f"{_letters(self.frozen)}2"
        split = f'xSplit="{self.frozen}" ySplit="1"' if self.frozen else 'ySplit="1"'
        pane = "bottomRight" if self.frozen else "bottomLeft"
        columns = "".join(
            f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
            for number, width in enumerate(self.widths, 1)
        )
        self._waiting.append(
            f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            f'<pane {split} topLeftCell="{corner}" activePane="{pane}" state="frozen"/></sheetView></sheetViews>'
            f"<cols>{columns}</cols><sheetData>"
        )
        self._add([_text(name, _HEADING) for name in self.headings])

    @property
    def area(self) -> str:
        """The cells that hold something, as the filter names them."""
        return f"A1:{_letters(len(self.headings) - 1)}{self.rows}"

    def append(self, row: Sequence[Value]) -> None:
        """Add a row; OSError where the disk of temporary files is full."""
        self._add([_cell(value, width) for value, width in zip(row, self.wrap, strict=True)])

    def finish(self) -> None:
        """Close the sheet with its filter."""
        self._waiting.append(f'</sheetData><autoFilter ref="{self.area}"/></worksheet>')
        self._flush()

    def _add(self, cells: Sequence[str]) -> None:
        self.rows += 1
        number = self.rows
        filled = "".join(f'<c r="{_letters(column)}{number}"{cell}</c>' for column, cell in enumerate(cells) if cell)
        self._waiting.append(f'<row r="{number}">{filled}</row>')
        if len(self._waiting) >= _BUFFERED:
            self._flush()

    def _flush(self) -> None:
        self.file.write("".join(self._waiting).encode("utf-8", errors="replace"))
        self._waiting.clear()


class Spreadsheet:
    """A workbook; sheets are kept in temporary files until `save`, and these are gone when the block is left."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self._files = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def page(
        self, title: str, headings: Sequence[str], widths: Sequence[int], wrap: Sequence[int], frozen: int = 0
    ) -> Page:
        """A new sheet with its headings."""
        file = self._files.enter_context(TemporaryFile())  # noqa: SIM115 - closed with the others
        page = Page(title, headings, widths, wrap, frozen, file)
        self.pages.append(page)
        return page

    def save(self, handle: BinaryIO, order: Sequence[Page]) -> None:
        """Write the workbook with its sheets in this order. Raises OSError where a disk is full."""
        with ZipFile(handle, "w", ZIP_DEFLATED, compresslevel=3) as archive:
            for name, content in _frame(order).items():
                archive.writestr(name, content)
            for number, page in enumerate(order, 1):
                page.finish()
                page.file.seek(0)
                with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as part:
                    shutil.copyfileobj(page.file, part, 1 << 20)


def fitting(text: str) -> str:
    """Text as far as a cell holds it; where it is cut, how many characters are missing stands at the end."""
    if len(text) <= MAX_CELL // 2 or _units(text) <= MAX_CELL:
        return text
    room = MAX_CELL - len(_note(len(text)))
    kept = text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", errors="ignore")
    return kept + _note(len(text) - len(kept))


def _note(missing: int) -> str:
    return f"… [cut: {missing:,} characters]"


def _units(text: str) -> int:
    """Length in UTF-16 units, by which Excel counts: characters beyond the basic plane are two."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def _cell(value: Value, width: int) -> str:
    """Attributes and content of a cell, up to its end tag; empty for a cell without content."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return _text(value, _WRAPPED if width and (len(value) > width or "\n" in value) else 0)
    if isinstance(value, datetime):
        return f' s="{_TIME}"><v>{(value.replace(microsecond=0) - _EPOCH).total_seconds() / 86_400!r}</v>'
    if isinstance(value, date):
        return f' s="{_DAY}"><v>{(value - _EPOCH_DAY).days}</v>'
    return f"><v>{value!r}</v>" if math.isfinite(value) else _text(str(value), 0)


def _text(text: str, style: int) -> str:
    kept = fitting(without_forbidden(text))
    if not kept:
        return ""
    if "_x" in kept:  # `_x0041_` would be read as an escape
        kept = _ESCAPE.sub("_x005F_", kept)
    return f' t="inlineStr" s="{style}"><is><t xml:space="preserve">{kept.translate(_MARKUP)}</t></is>'


@cache
def _letters(column: int) -> str:
    """The name of a column, counted from 0."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _frame(pages: Sequence[Page]) -> dict[str, str]:
    """Every part of the package but the sheets."""
    numbers = range(1, len(pages) + 1)
    sheets = "".join(
        f'<sheet name={quoteattr(page.title)} sheetId="{number}" r:id="rId{number}"/>'
        for number, page in zip(numbers, pages, strict=True)
    )
    filters = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{number}" hidden="1">'
        f"{_quoted(page.title)}!{_absolute(page.area)}</definedName>"
        for number, page in enumerate(pages)
    )
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_LINKS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for number in numbers
    )
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{types}</Types>',
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets><definedNames>{filters}</definedNames></workbook>",
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        f'<Relationship Id="styles" Type="{_LINKS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
    }


def _quoted(title: str) -> str:
    """A title in a reference, for XML."""
    return "'{}'".format(title.replace("'", "''")).translate(_MARKUP)


def _absolute(area: str) -> str:
    return re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", area)
