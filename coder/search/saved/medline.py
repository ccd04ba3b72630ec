"""Read what PubMed saves for citation managers (.nbib, or as text in the format PubMed).

By hand: the library for it had its last release in 2021, and the format is a tag of four characters, a dash and lines
that go on indented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from coder.search.results import result
from coder.search.saved.taken import Taken, Taking

MEDLINE = re.compile(r"^PMID- ?\d", re.MULTILINE)
_LINE = re.compile(r"^([A-Z]{2,4}) *- ?(.*)$")


def read_medline(text: str, name: str) -> Taken:
    """The records of the text: each begins with its PMID."""
    taking = Taking()
    for line, tags in _records(text):
        place = f"{name}, line {line}"
        taking.add(result(_fields(tags), place), f"{place}: has neither title nor identifier")
    return taking.taken()


def _records(text: str) -> Iterator[tuple[int, dict[str, list[str]]]]:
    """Each record's values by tag, with the line it starts on."""
    start, tags = 0, dict[str, list[str]]()
    last: list[str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        found = _LINE.match(line)
        if found and found[1] == "PMID":
            if tags:
                yield start, tags
            start, tags = number, {}
        if found:
            last = tags.setdefault(found[1], [])
            last.append(found[2].strip())
        elif line.startswith("      ") and last:
            last[-1] += " " + line.strip()
    if tags:
        yield start, tags


def _fields(tags: dict[str, list[str]]) -> dict[str, str]:
    def first(name: str) -> str:
        return next(iter(tags.get(name, [])), "")

    doi = next((one for one in (*tags.get("LID", []), *tags.get("AID", [])) if one.endswith("[doi]")), "")
    return {
        "pmid": first("PMID"),
        "doi": doi.removesuffix("[doi]"),
        "title": first("TI") or first("BTI"),
        "abstract": first("AB"),
        "authors": "; ".join(tags.get("FAU") or tags.get("AU") or tags.get("CN") or []),
        "journal": first("JT"),
        "year": first("DP")[:4],
        "language": first("LA"),
        "publication_type": "; ".join(tags.get("PT", [])),
    }
