"""Read a list of addresses and identifiers, one a line, with a title behind it where there is one."""

from __future__ import annotations

import re

from coder.documents.addresses import normalise_doi, normalise_pmid
from coder.documents.secret_parts import without_secrets
from coder.search.results import result
from coder.search.saved.taken import Taken, Taking

_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_BARE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?:[/?#]\S*)?", re.IGNORECASE)


def read_addresses(text: str, name: str) -> Taken:
    """The lines that hold an address (also without https://), a DOI or `PMID: 123`; `#` begins a remark."""
    taking = Taking()
    for number, line in enumerate(text.splitlines(), start=1):
        written = line.strip()
        if not written or written.startswith("#"):
            continue
        place = f"{name}, line {number}"
        taking.add(result(_fields(written), place), f"{place}: no address in it: {without_secrets(written)[:80]}")
    return taking.taken()


def _fields(line: str) -> dict[str, str]:
    address = _ADDRESS.search(line)
    if address is not None:
        url = address[0].rstrip(">)].,;\"'") if not line.startswith(address[0]) else address[0].rstrip(">,;\"'")
        return {"url": url, "title": line.replace(address[0], " ").strip(" \t-–|<>([,;:\"'")}
    if line.lower().startswith("pmid") and normalise_pmid(line):
        return {"pmid": line}
    if normalise_doi(line):
        return {"doi": line}
    word, _, rest = line.partition(" ")
    return {"url": f"https://{word}", "title": rest.strip()} if _BARE.fullmatch(word) else {}
