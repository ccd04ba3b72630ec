"""Which reader takes a saved file: by its ending and, where that says little, by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from coder.documents.encoding import decode, read_bytes
from coder.errors import InputError
from coder.search.saved.addresses import read_addresses
from coder.search.saved.bibtex import read_bibtex
from coder.search.saved.medline import MEDLINE, read_medline
from coder.search.saved.page import read_page
from coder.search.saved.ris import RIS, read_ris
from coder.search.saved.table import read_table
from coder.search.saved.taken import Taken

_BY_ENDING: Mapping[str, str] = {
    ".ris": "RIS", ".bib": "BibTeX", ".bibtex": "BibTeX", ".nbib": "PubMed", ".html": "page", ".htm": "page",
    ".csv": "table", ".tsv": "table",
}  # fmt: skip
_READERS: Mapping[str, Callable[[str, str], Taken]] = {
    "RIS": read_ris,
    "BibTeX": read_bibtex,
    "PubMed": read_medline,
    "addresses": read_addresses,
}
_BIBTEX = re.compile(r"^\s*@\w+\s*[{(]", re.MULTILINE)
_PAGE = re.compile(r"<(?:!doctype html|html|body)\b", re.IGNORECASE)


def read_saved(path: Path, *, own_links: bool = False) -> Taken:
    """The results in a file: RIS, BibTeX, PubMed's .nbib, CSV or TSV, a saved page, or a list of addresses.

    `own_links` keeps a page's links to its own site. InputError where it is none of these or holds no result.
    """
    raw = read_bytes(path)
    kind = _BY_ENDING.get(path.suffix.lower(), "")
    text, _ = decode(raw, str(path), remedy="save it as UTF-8")
    kind = kind or _kind(text)
    if kind == "page":
        taken = read_page(text, path.name, own_links=own_links)
    elif kind == "table":
        taken = read_table(path)
    else:
        taken = _READERS[kind](text, path.name)
    if not taken.results:
        why = "; ".join([*taken.problems, *taken.notes][:3]) or f"read as {kind}"
        raise InputError(f"{path}: no result in it ({why})", "docs/search.md says which files are taken")
    return taken


def _kind(text: str) -> str:
    beginning = text[:20_000]
    if RIS.search(beginning):
        return "RIS"
    if MEDLINE.search(beginning):
        return "PubMed"
    if _PAGE.search(beginning):
        return "page"
    return "BibTeX" if _BIBTEX.search(beginning) else "addresses"
