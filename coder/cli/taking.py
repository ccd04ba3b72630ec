"""Take saved results in: what a person found where a program may not search."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coder.cli.keeping import Keeper
from coder.cli.project import Project
from coder.documents.encoding import read_bytes
from coder.documents.normalise import one_line
from coder.errors import InputError
from coder.model import Search
from coder.search.described import LONGEST_NAME
from coder.search.loading import load_protocol
from coder.search.protocol import MAX_QUERY, Protocol
from coder.search.queries import queries_of
from coder.search.recording import Listed
from coder.search.saved import read_saved

if TYPE_CHECKING:
    from coder.store import Store


def take(
    project: Project,
    path: Path | None,
    files: Sequence[Path],
    source: str,
    query: str,
    first: int,
    own_links: bool,
) -> dict[str, Any]:
    """Take saved results in, the ranks going on from file to file; what came of it.

    Without files: that the query, asked by hand, found nothing.
    """
    protocol = load_protocol(path) if path else None
    name = _source_name(protocol, source)
    query = _query_text(protocol, name, query)
    _check_distinct(files)
    taken = [read_saved(file, own_links=own_links) for file in files]
    lists, rank = [], first
    for one in taken:
        lists.append(Listed(name, query, one.results, rank, one.unread))
        rank += one.entries
    if not files:
        lists.append(Listed(name, query, ()))
    with project.store() as store:
        before = _taken_before(store, lists) if files else ""
        coder = store.coder(project.person, "person")
        made = Search(
            name=protocol.name if protocol else name,
            protocol=protocol.canonical_text() if protocol else "",
            protocol_hash=protocol.hash() if protocol else "",
            coder_id=coder.id,
        )
        kept = Keeper(store, made).keep(lists)
    return {
        "search": made.id,
        "source": name,
        "query": query,
        "hits": len(kept.hits),
        "documents": len({hit.document_id for hit in kept.hits}),
        "new_documents": len(kept.new),
        "notes": [
            *(note for one in taken for note in one.notes),
            *_unasked(protocol, name, query),
            *([before] if before else []),
        ],
        "problems": [problem for one in taken for problem in one.problems],
    }


def _source_name(protocol: Protocol | None, source: str) -> str:
    """The source as the protocol spells it; one that it does not have keeps its own name."""
    name = one_line(source)
    if not name or len(name) > LONGEST_NAME:
        what = f"is longer than {LONGEST_NAME} characters" if name else "is empty"
        raise InputError(f"--source {what}", "name the place that was searched")
    names = [one.name for one in protocol.sources] if protocol else []
    return next((one for one in names if one_line(one).casefold() == name.casefold()), name)


def _query_text(protocol: Protocol | None, source: str, query: str) -> str:
    """The query as the protocol spells it, whatever white space a shell or a page put in; else on one line."""
    text = one_line(query)
    if len(text) > MAX_QUERY:
        raise InputError(
            f"--query: {len(text):,} characters; {MAX_QUERY:,} is the most", "name the query that was asked"
        )
    found = next((one for one in protocol.sources if one.name == source), None) if protocol else None
    texts = [one.text for one in queries_of(protocol, found)] if protocol and found else []
    return next((one for one in texts if one_line(one) == text), text)


def _check_distinct(files: Sequence[Path]) -> None:
    """InputError where two files hold the same: the same page twice, of which the second would have wrong ranks."""
    seen: dict[bytes, Path] = {}
    for file in files:
        before = seen.setdefault(sha256(read_bytes(file)).digest(), file)
        if before is not file:
            what = "is named twice" if before == file else f"holds the same as {before}"
            raise InputError(f"{file}: {what}", "take each page of results in once, in their order")


def _taken_before(store: Store, lists: Sequence[Listed]) -> str:
    """A remark where the same results, at the same ranks, were taken in for this query already."""
    name, query = lists[0].source, lists[0].query
    taken = {(rank, one.url, one.title) for listed in lists for rank, one in listed.ranked()}
    earlier: dict[str, set[tuple[int, str, str]]] = {}
    for hit in store.hits_of(name, query):
        earlier.setdefault(hit.search_id, set()).add((hit.rank, hit.url, hit.fields.get("title", "")))
    if taken not in earlier.values():
        return ""
    return "the same results were taken in for this query before; they are counted again, as those of a second search"


def _unasked(protocol: Protocol | None, name: str, query: str) -> list[str]:
    """A remark where the protocol has no such source, or not this query: a slip, or a search beyond the protocol."""
    if protocol is None:
        return []
    found = next((one for one in protocol.sources if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in protocol.sources)
        return [f"the protocol has no source '{name}' (it has {known}); kept under that name"]
    if found.takes_queries and query not in {one.text for one in queries_of(protocol, found)}:
        return [f"the protocol does not ask '{query}' of {name}; kept under that query"]
    return []
