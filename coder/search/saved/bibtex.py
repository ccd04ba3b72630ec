"""Read BibTeX."""

from __future__ import annotations

import re
from itertools import count

from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import LatexDecodingMiddleware
from bibtexparser.model import Entry, ParsingFailedBlock

from coder.search.results import result
from coder.search.saved.taken import Taken, Taking

_KEY = re.compile(r"^(\s*@\w+\s*[{(]\s*)[^\s,{}()\"=]+(?=\s*,)", re.MULTILINE)
_AND = re.compile(r"\s+and\s+")


def read_bibtex(text: str, name: str) -> Taken:
    """The entries of a BibTeX text; those that cannot be read are problems."""
    numbers = count(1)
    # Two papers of one author and year have one key, and the second would not be read: keys are not kept anyway.
    keyed = _KEY.sub(lambda found: f"{found[1]}k{next(numbers)}", text)
    library = parse_string(keyed, append_middleware=[LatexDecodingMiddleware()])
    taking = Taking()
    for block in sorted(library.blocks, key=lambda one: one.start_line or 0):
        place = f"{name}, line {(block.start_line or 0) + 1}"
        if isinstance(block, ParsingFailedBlock):
            taking.add(None, f"{place}: not read")
        elif isinstance(block, Entry):
            taking.add(result(_fields(block), place), f"{place}: has neither title, address nor identifier")
    return taking.taken()


def _fields(entry: Entry) -> dict[str, str]:
    read = {field.key.lower(): str(field.value) for field in entry.fields}

    def first(*names: str) -> str:
        return next((read[name].replace("{", "").replace("}", "") for name in names if read.get(name)), "")

    note = first("note", "howpublished")
    address = re.search(r"https?://[^\s\\]+", note)
    return {
        "title": first("title"),
        "abstract": first("abstract"),
        "authors": "; ".join(_AND.split(first("author", "editor"))),
        "year": first("year", "date")[:4],
        "journal": first("journal", "journaltitle", "booktitle"),
        "doi": first("doi"),
        "pmid": first("pmid"),
        "url": first("url") or (address[0] if address else ""),
        "language": first("language", "langid"),
        "type": entry.entry_type,
    }
