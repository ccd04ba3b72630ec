"""The text of a PDF: lines become paragraphs again, and words that were parted at a line's end become whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from coder.documents.records import PageText
from coder.errors import InputError

MAX_PAGES = 5000
_PARTED = re.compile("[\x02\ufffe](?:\r?\n)?")
"""PDFium's mark for a hyphen at a line's end."""
_HYPHEN = "\x03"
_ENDS = tuple(".!?:;…)]\"'”’»")
_STARTS_ANEW = re.compile(r"(?:[-–—•●▪◦‣*]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_FULL = 0.8
"""Share of the usual line's length from which a line is taken to be full, so that its paragraph goes on."""


def read_pdf_bytes(body: bytes, place: str) -> PageText:
    """The text of all pages, a blank line between two; InputError where it is locked, damaged or a scan."""
    import pypdfium2  # noqa: PLC0415 - only who reads PDFs loads it

    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise InputError(f"{place}: the PDF is locked by a password", "save a copy without one") from None
        raise InputError(f"{place}: the PDF is damaged", "open it in a PDF reader and print it to PDF again") from None
    count = len(document)
    if count > MAX_PAGES:
        raise InputError(f"{place}: the PDF has {count:,} pages, more than {MAX_PAGES:,}", "split it")
    pages = [_page(document, number) for number in range(count)]
    silent = sum(not page.strip() for page in pages)
    if silent == count:
        raise InputError(
            f"{place}: none of its {count} pages holds text: they are scanned pictures",
            "recognise the text first (OCR), then take it in",
        )
    whole = "\n".join(pages)
    text = "\n\n".join(reflowed(page, whole) for page in pages if page.strip())
    title = str(document.get_metadata_value("Title") or "").strip()
    notes = (f"{silent} of {count} pages hold no text: scanned pictures?",) if silent else ()
    pages_read = f"{count} page{'s' if count > 1 else ''}"
    return PageText(text=text, variables={"title": title} if title else {}, reader=f"{pages_read}, PDF", notes=notes)


def reflowed(page: str, whole: str) -> str:
    """A page's lines as paragraphs; `whole` is all the text, which shows how a parted word is written elsewhere."""
    lines = [line.strip() for line in _PARTED.sub(_HYPHEN + "\n", page).splitlines()]
    lengths = sorted(len(line) for line in lines if line)
    usual = lengths[int(len(lengths) * 0.75)] if lengths else 0
    return "\n".join(_paragraphs(lines, usual, whole))


def _paragraphs(lines: Sequence[str], usual: int, whole: str) -> Iterator[str]:
    current, last = "", ""
    for line in lines:
        if current and line and _goes_on(last, line, usual):
            current = _joined(current, line, whole)
        else:
            if current:
                yield current.replace(_HYPHEN, "-")
            current = line
        last = line
    if current:
        yield current.replace(_HYPHEN, "-")


def _goes_on(last: str, line: str, usual: int) -> bool:
    """Whether a line belongs to the paragraph of the one before."""
    if last.endswith(_HYPHEN):
        return True
    if not last or _STARTS_ANEW.match(line):
        return False
    full = len(last) >= _FULL * usual
    flowing = line[0].islower() and not last.endswith(_ENDS) and len(last) >= usual / 2
    return (full and usual >= 30) or flowing


def _joined(left: str, right: str, whole: str) -> str:
    if not left.endswith(_HYPHEN):
        return f"{left} {right}"
    left = left[:-1]
    first, second = re.split(r"[\s(\"“]", left)[-1], re.split(r"[\s,.;:!?)]", right)[0]
    kept = not right[:1].islower() or f"{first}-{second}" in whole
    return f"{left}-{right}" if kept else left + right


def _page(document: object, number: int) -> str:
    """A page's text as it stands on it; empty where the page is damaged, which is counted as one without text."""
    import pypdfium2  # noqa: PLC0415

    try:
        page = document[number]  # type: ignore[index]
        try:
            return str(page.get_textpage().get_text_bounded())
        finally:
            page.close()
    except (pypdfium2.PdfiumError, UnicodeError):
        return ""
