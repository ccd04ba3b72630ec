"""The text of a page or paper from its bytes: HTML, PDF, Word or plain text, whatever its name says it is."""

from __future__ import annotations

import io
import re
import warnings
import zipfile

from bs4 import BeautifulSoup

from coder.documents.encoding import decode
from coder.documents.html_file import claimed_charset, page_text
from coder.documents.normalise import normalise
from coder.documents.pdf_text import read_pdf_bytes
from coder.documents.records import MAX_TEXT, PageText
from coder.errors import InputError

MAX_UNPACKED = 200_000_000
"""Bytes that a Word document may unpack to."""

_TOO_LITTLE = 200
"""Characters below which what was taken for the main text is not believed, unless the page itself is as short."""
_LITTLE_SHARE = 0.1
_MARKUP = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|\?xml|[a-z][a-z0-9]*[\s>])", re.I | re.S)


def read_page(body: bytes, place: str, *, media_type: str = "", charset: str = "", whole: bool = False) -> PageText:
    """The text and variables of a page; InputError, naming the `place`, where it holds none that can be read.

    Its first bytes say what it is, then `media_type`. `whole` leaves the main text of an HTML page unsought.
    """
    if b"%PDF-" in body[:1024]:
        page = read_pdf_bytes(body, place)
    elif body.startswith(b"PK\x03\x04"):
        page = _word(body, place)
    elif media_type.endswith("html") or media_type.endswith("xml") or _MARKUP.match(body[:4096]):
        page = _html(body, place, charset, whole)
    elif media_type.startswith("text/") or not media_type:
        text, encoding = decode(body, place, hint=charset)
        page = PageText(text=text, reader=f"text, {encoding}")
    else:
        raise InputError(
            f"{place}: '{media_type}' is no kind of text", "read are HTML, PDF, Word (.docx) and plain text"
        )
    if not normalise(page.text).strip():
        raise InputError(f"{place}: there is no text on it", "it may be drawn by scripts, which are not run")
    if len(page.text) > MAX_TEXT:
        raise InputError(f"{place}: the text has more than {MAX_TEXT:,} characters", "split it into several documents")
    return page


def _html(body: bytes, place: str, charset: str, whole: bool) -> PageText:
    markup, encoding = _markup(body, place, charset)
    variables, text = page_text(markup)
    if whole:
        return PageText(text=text, variables=variables, reader=f"whole page, {encoding}")
    main, why = _main_text(markup)
    if main and (len(main) >= _TOO_LITTLE or len(main) >= len(text) / 2) and len(main) >= _LITTLE_SHARE * len(text):
        said = f"main text, {len(main):,} of {len(text):,} characters, {encoding}"
        return PageText(text=main, variables=variables, reader=said)
    return PageText(text=text, variables=variables, reader=f"whole page ({why or 'too little main text'}), {encoding}")


def _main_text(markup: str) -> tuple[str, str]:
    """The main text as lines, items and cells; why there is none."""
    try:
        import trafilatura  # noqa: PLC0415 - an extra, and a second to load
    except ImportError:
        return "", "main text needs the extra web-pages"
    try:
        found = trafilatura.extract(
            markup, output_format="html", include_comments=False, include_tables=True, include_formatting=True,
            favor_recall=True, deduplicate=False,
        )  # fmt: skip
    except Exception:  # whatever a hostile page breaks in there, the whole page is read instead
        return "", "the main text could not be found"
    return (page_text(found)[1], "") if found else ("", "")


def _markup(body: bytes, place: str, charset: str) -> tuple[str, str]:
    """As browsers do: a byte order mark, then the answer's head, then the page's own claim, then what fits.

    UTF-8 that is claimed and wrong in a few places stays UTF-8: a page that was cut or pasted together.
    """
    own = claimed_charset(body)
    claims = {charset.strip().lower(), own.strip().lower()}
    if claims & {"utf-8", "utf8"}:
        lenient = body.decode("utf-8-sig", "replace")
        wrong = lenient.count("\ufffd")
        if 0 < wrong <= max(3, len(lenient) // 200):
            return lenient.replace("\x00", ""), f"UTF-8 with {wrong} broken characters"
    for claim in (charset, own):
        try:
            return decode(body, place, hint=claim)
        except InputError:
            continue
    return body.decode("cp1252", "replace").replace("\x00", ""), "in no known encoding, read as Windows-1252"


def _word(body: bytes, place: str) -> PageText:
    """The text of a .docx; pictures are left out, and nothing outside the file is looked at."""
    import mammoth  # noqa: PLC0415 - only who reads Word documents loads it

    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names, size = archive.namelist(), sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise InputError(f"{place}: the Word document is damaged", "open it in Word and save it again") from None
    if "word/document.xml" not in names:
        raise InputError(f"{place}: this is a zip file, no Word document", "unpack it, or save it as .docx or PDF")
    if size > MAX_UNPACKED:
        raise InputError(f"{place}: unpacks to {size / 1e6:,.0f} MB", "save it as text")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = mammoth.convert_to_html(
                io.BytesIO(body), convert_image=mammoth.images.img_element(lambda _: {"src": ""}),
            )  # fmt: skip
    except MemoryError:  # it is the page that is too much, and nothing that Word could mend
        raise
    except Exception:  # a damaged part raises whatever the library stumbles over
        raise InputError(f"{place}: the Word document is damaged", "open it in Word and save it again") from None
    return PageText(text=page_text(_plain_cells(found.value))[1], reader="Word")


def _plain_cells(markup: str) -> str:
    """The markup with cells that hold words and no paragraphs, so that a row stays one line."""
    soup = BeautifulSoup(markup, "html.parser")
    for paragraph in soup.select("td p, th p"):
        paragraph.insert_after(" ")
        paragraph.unwrap()
    return str(soup)
