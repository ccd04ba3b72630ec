"""Read the text of an HTML page: blocks become lines, list items `- ` lines, table cells tab-separated."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import CData, NavigableString, PageElement, Tag
from bs4.exceptions import ParserRejectedMarkup

from coder.documents.encoding import decode, read_bytes
from coder.documents.records import ImportOptions, ImportResult, read_document
from coder.errors import InputError

_UNREAD = frozenset({"script", "style", "noscript", "template", "head", "title"})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "details", "dialog", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend",
    "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "tr", "ul",
})  # fmt: skip
# What the page means as a break stands as a control character while the page's own white space is folded.
_LINE, _CELL, _ITEM = "\x02", "\x03", "\x04"
_UNMARKED = str.maketrans("", "", _LINE + _CELL + _ITEM)
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)


def read_html(path: Path, options: ImportOptions) -> ImportResult:
    """The one document of a page, called by the file's name; the page's title and language are variables."""
    raw = read_bytes(path)
    markup, encoding = decode(raw, str(path), stated=options.encoding, hint=claimed_charset(raw))
    try:
        variables, text = page_text(markup)
    except (ParserRejectedMarkup, RecursionError):
        raise InputError(f"{path}: the HTML cannot be read", "open it in a browser and save it as text") from None
    document = read_document(path.stem, text, variables, path.name, str(path))
    return ImportResult(documents=(document,), notes=(f"{path.name}: HTML, {encoding}",))


def claimed_charset(raw: bytes) -> str:
    """The encoding that a page names in its own head; empty where it names none."""
    claimed = _CHARSET.search(raw[:4096])
    return claimed[1].decode("ascii", "replace") if claimed else ""


def page_text(markup: str) -> tuple[dict[str, str], str]:
    """A page's variables (`title`, `language`, where it has them) and its text, parts hidden by style included.

    Left out are script, style, noscript, template and head. A course page folds its programme away until someone
    clicks, so what is merely not displayed at first is read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # guesses that the markup might be a file name or XML
        soup = BeautifulSoup(markup.translate(_UNMARKED), "html.parser")
    variables = _variables(soup)
    return variables, _broken(re.sub(r"\s+", " ", "".join(_marked(soup))))


def _marked(soup: BeautifulSoup) -> Iterator[str]:
    """The strings that are read, with marks where the page breaks; a stack, since pages nest deeper than Python may."""
    stack: list[PageElement] = [soup]
    while stack:
        element = stack.pop()
        if isinstance(element, Tag) and element.name not in _UNREAD:
            yield _opening(element.name)
            stack.extend([NavigableString(_LINE)] if element.name in _BLOCKS else [])
            stack.extend(reversed(element.contents))
        elif type(element) in {NavigableString, CData}:
            preformatted = element.parent is not None and element.parent.name == "pre"
            yield str(element).replace("\n", _LINE) if preformatted else str(element)


def _opening(name: str) -> str:
    if name in {"td", "th"}:
        return _CELL
    mark = _LINE if name in _BLOCKS else ""
    return mark + _ITEM if name == "li" else mark


def _broken(folded: str) -> str:
    """The folded text with its marks made into line breaks, bullets and tabs."""
    items = re.sub(rf"(?:{_ITEM}[ {_LINE}{_CELL}]*)+", "- ", folded)
    lines = re.sub(rf"[ {_CELL}]*{_LINE}[ {_LINE}{_CELL}]*", "\n", items)
    return re.sub(rf" ?{_CELL}[ {_CELL}]*", "\t", lines).strip()


def _variables(soup: BeautifulSoup) -> dict[str, str]:
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    root = soup.find("html")
    language = str(root.get("lang") or "") if root else ""
    return {key: value for key, value in (("title", title), ("language", language)) if value}
