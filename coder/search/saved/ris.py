"""Read RIS, which most bibliographic databases and reference managers write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import rispy

from coder.search.results import result
from coder.search.saved.taken import Taken, Taking

RIS = re.compile(r"^TY {1,2}- ?\S", re.MULTILINE)
_TAG = re.compile(r"^([A-Z][A-Z0-9]) {1,2}- ?", re.MULTILINE)
_YEAR = re.compile(r"\b(1[5-9]|20|21)\d{2}\b")


def read_ris(text: str, name: str) -> Taken:
    """The references of a RIS text, one at a time, so that a broken one costs itself only."""
    taking = Taking()
    for line, chunk in _references(text):
        place = f"{name}, line {line}"
        try:
            read = rispy.loads(chunk)
        except Exception as error:  # whatever a library does with a broken reference, the others count
            taking.add(None, f"{place}: not read ({type(error).__name__})")
            continue
        made = result(_fields(read[0]), place) if read else None
        taking.add(made, f"{place}: has neither title, address nor identifier")
    return taking.taken()


def _references(text: str) -> Iterator[tuple[int, str]]:
    """Each reference with its first line's number, closed where its end is missing, tags spaced as they should be."""
    clean = text.replace("\r\n", "\n").replace("\r", "\n")
    starts = [found.start() for found in RIS.finditer(clean)]
    line, counted = 1, 0
    for start, end in zip(starts, [*starts, len(clean)][1:], strict=True):
        line, counted = line + clean.count("\n", counted, start), start
        chunk = _TAG.sub(r"\1  - ", clean[start:end].rstrip())
        ended = re.search(r"^ER  -", chunk, re.MULTILINE)
        chunk = chunk[: ended.start()] if ended else f"{chunk}\n"
        yield line, f"{chunk}ER  - \n"


def _fields(read: Mapping[str, Any]) -> dict[str, str]:
    def first(*names: str) -> str:
        return next((text for name in names if (text := _flat(read.get(name)))), "")

    unknown = read.get("unknown_tag") or {}
    year = _YEAR.search(first("year", "publication_year", "date"))
    urls = read.get("urls") or read.get("url") or []
    return {
        "title": first("title", "primary_title", "translated_title"),
        "abstract": first("abstract", "notes_abstract"),
        "authors": first("authors", "first_authors"),
        "year": year[0] if year else "",
        "journal": first("journal_name", "secondary_title", "alternate_title3", "alternate_title1"),
        "doi": first("doi"),
        "pmid": _flat(unknown.get("PM"))
        or (first("accession_number") if "pubmed" in first("name_of_database").lower() else ""),
        "url": urls if isinstance(urls, str) else next((one for one in urls if one.strip()), ""),
        "language": first("language"),
        "type": first("type_of_reference"),
    }


def _flat(value: Any) -> str:
    return "; ".join(str(one).strip() for one in value) if isinstance(value, list) else str(value or "").strip()
