"""Addresses among the arguments of `import`, and lists of them in text files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coder.errors import InputError

if TYPE_CHECKING:
    from coder.search.capturing import Target
    from coder.store import Store

_WEB = ("http://", "https://")
_SIGNED_IN = re.compile(r"https?://[^/?#]*@", re.IGNORECASE)
_LONGEST_LIST = 10_000_000


def sorted_out(arguments: Sequence[str]) -> tuple[list[Path], list[tuple[str, str]]]:
    """The paths, and each address with its place: itself, or the line of a file that holds addresses only."""
    paths: list[Path] = []
    addresses: list[tuple[str, str]] = []
    for argument in arguments:
        if argument.lower().startswith(_WEB):
            addresses.append((argument, argument))
        elif listed := _listed(Path(argument)):
            addresses += listed
        else:
            paths.append(Path(argument))
    return paths, addresses


def wanted_pages(store: Store, addresses: Sequence[tuple[str, str]]) -> tuple[list[Target], int]:
    """A document for each address that has none yet, stored before anything is asked; and how many have their text."""
    from coder.documents.addresses import address_key
    from coder.documents.secret_parts import without_secrets
    from coder.model import Document
    from coder.search.capturing import Target

    known = {one.name: one.id for one in store.each_document()}
    texts = store.newest_versions()
    new: list[Document] = []
    wanted: dict[str, Target] = {}
    here = 0
    for url, place in addresses:
        name = address_key(url)
        if not name:
            raise InputError(
                f"{place}: this is no web address", "write it as a browser shows it: https://example.org/page"
            )
        if _SIGNED_IN.match(url):
            where = "an address" if place == url else place
            raise InputError(
                f"{where}: holds a user name or password, which would stand in the store",
                "leave it out: what stands before @",
            )
        if without_secrets(url) != url:
            where = "an address" if place == url else place
            raise InputError(
                f"{where}: holds a key or the like among its parameters, which would stand in the store",
                "leave that parameter out; a page that does not come without it is saved by hand and imported",
            )
        if name not in known:
            new.append(Document(name=name, variables={"url": url}, source=place))
            known[name] = new[-1].id
        if known[name] in texts:
            here += 1
        else:
            wanted.setdefault(name, Target(known[name], url))
    ids = store.add_addresses(new)
    return [Target(ids.get(name, one.document_id), one.url) for name, one in wanted.items()], here


def _listed(path: Path) -> list[tuple[str, str]]:
    """The addresses of a text file that holds nothing else, with their lines; none of any other file."""
    if path.suffix.lower() != ".txt" or not path.is_file() or path.stat().st_size > _LONGEST_LIST:
        return []
    lines = path.read_bytes().decode("utf-8-sig", "replace").splitlines()
    kept = [(line.strip(), n) for n, line in enumerate(lines, 1) if line.strip() and not line.strip().startswith("#")]
    if not all(line.lower().startswith(_WEB) and len(line.split()) == 1 for line, _ in kept):
        return []
    return [(line, f"{path.name}, line {number}") for line, number in kept]
