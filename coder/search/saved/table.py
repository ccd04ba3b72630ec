"""Read a table of results: a row a result, columns named as databases name them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from coder.documents.csv_file import csv_lines
from coder.documents.records import ImportOptions
from coder.documents.tables import unique_columns
from coder.errors import InputError
from coder.search.results import result
from coder.search.saved.taken import Taken, Taking

_NAMES: Mapping[str, str] = {
    "title": "title", "article title": "title", "document title": "title", "titel": "title", "name": "title",
    "text": "title",
    "url": "url", "link": "url", "address": "url", "href": "url", "web address": "url", "article link": "url",
    "doi": "doi", "doi link": "doi",
    "pmid": "pmid", "pubmed id": "pmid", "pubmed_id": "pmid",
    "abstract": "abstract", "abstract note": "abstract", "zusammenfassung": "abstract",
    "author": "authors", "authors": "authors", "author full names": "authors",
    "year": "year", "publication year": "year", "publication_year": "year", "pubyear": "year", "jahr": "year",
    "journal": "journal", "source title": "journal", "journal/book": "journal", "publication title": "journal",
}  # fmt: skip


def read_table(path: Path) -> Taken:
    """The rows of a CSV or TSV file; columns that have no name of ours keep theirs. InputError where none is known."""
    lines, _ = csv_lines(path, ImportOptions())
    line, header = next(lines, (1, []))
    columns = unique_columns(header, f"{path}, line {line}")
    names = _renamed(columns)
    if not {"title", "url", "doi", "pmid"} & set(names):
        raise InputError(
            f"{path}: no column is called title, url, doi or pmid; the columns are {', '.join(columns)}",
            "rename the column with the addresses to url",
        )
    taking = Taking()
    for number, cells in lines:
        place = f"{path.name}, line {number}"
        if len(cells) != len(columns):
            taking.add(None, f"{place}: {len(cells)} cells where the first row has {len(columns)}")
            continue
        made = result(dict(zip(names, cells, strict=True)), place)
        taking.add(made, f"{place}: has neither title, address nor identifier")
    return taking.taken()


def _renamed(columns: tuple[str, ...]) -> list[str]:
    """Our name of each column, given to the first that has a claim to it."""
    names: list[str] = []
    for column in columns:
        name = _NAMES.get(column.strip().casefold(), column)
        names.append(name if name not in names else column)
    return names
