"""From results to what the store keeps: hits of documents that are known, and of new ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from pydantic import AwareDatetime

from coder.documents.addresses import record_keys
from coder.documents.language import detect
from coder.documents.normalise import normalise, text_hash
from coder.documents.records import stated_language
from coder.model import Document, Hit, Search, SearchQuery, Sighting, Version, now
from coder.search.results import Result, title_keys

_TEXTS = frozenset({"abstract", "summary"})
"""Fields that are no variables of a document: its text, or a piece of it."""


@dataclass(frozen=True)
class Listed:
    """What one query gave at one source. `first` is the rank of the first entry: a later page goes on counting.

    `unread` are the places of entries that are no results, counted from 1 in this list.
    """

    source: str
    query: str
    results: Sequence[Result]
    first: int = 1
    unread: Sequence[int] = ()
    at: AwareDatetime = field(default_factory=now)
    total: int | None = None
    """How many the source says it has; None where it does not say."""

    def ranked(self) -> Iterator[tuple[int, Result]]:
        """Each result with its rank: its place in what the source lists, where unreadable entries have theirs."""
        passed = frozenset(self.unread)
        ranks = (self.first + place - 1 for place in count(1) if place not in passed)
        return zip(ranks, self.results, strict=False)


@dataclass(frozen=True)
class Recorded:
    """What to keep: new documents (with a text where an abstract came), first texts of known documents, hits."""

    new: tuple[tuple[Document, Version | None], ...]
    texts: tuple[Version, ...]
    hits: tuple[Hit, ...]


class Known:
    """The documents that are stored, by what they are known by.

    An imported document is known by its variables `url`, `doi` and `pmid`; one that was found also by its name and by
    all that was ever found of it. `without_text` are the ids of documents that have no version yet.
    """

    def __init__(
        self, documents: Iterable[Document], sightings: Iterable[Sighting], without_text: Iterable[str] = ()
    ) -> None:
        self.without_text = set(without_text)
        self._by_key: dict[str, str] = {}
        self._identifiers: dict[str, set[str]] = {}
        self._names: set[str] = set()
        found = list(sightings)
        searched = {one.document_id for one in found}
        for document in documents:
            self._names.add(document.name)
            named = (*_name_keys(document.name), *title_keys(document.name)) if document.id in searched else ()
            self.learn(document.id, (*_variable_keys(document), *named))
        for one in found:
            self.learn(one.document_id, record_keys(url=one.url, doi=one.doi, pmid=one.pmid))

    def find(self, keys: Sequence[str]) -> str | None:
        """The document that has one of the keys, the surest first; None where none has.

        One that an address alone names is another where both have an identifier and not the same: reference managers
        give each abstract of a volume the volume's address.
        """
        named = [(key, self._by_key[key]) for key in keys if key in self._by_key]
        return next((document for key, document in named if _kind(key) or not self._other(document, keys)), None)

    def _other(self, document_id: str, keys: Iterable[str]) -> bool:
        """Whether a document has another identifier of the kind of one of these."""
        own = self._identifiers.get(document_id, set())
        kinds = {_kind(key) for key in own}
        return any(_kind(key) in kinds and key not in own for key in keys if _kind(key))

    def learn(self, document_id: str, keys: Iterable[str]) -> None:
        """Keep what a document is known by; a key stays with the document that had it first."""
        for key in keys:
            self._by_key.setdefault(key, document_id)
            if _kind(key):
                self._identifiers.setdefault(document_id, set()).add(key)

    def free_name(self, name: str) -> str:
        """The name, with a number behind it where another document is called so."""
        free, number = name, 1
        while free in self._names:
            number += 1
            free = f"{name} ({number})"
        self._names.add(free)
        return free


def record(search: Search, lists: Iterable[Listed], known: Known) -> Recorded:
    """A hit for every result, in order; a document for those that none is known of, and `known` learns them."""
    new: list[tuple[Document, Version | None]] = []
    texts: list[Version] = []
    hits: list[Hit] = []
    places: dict[str, int] = {}  # of new documents without a text, where they stand in `new`
    for listed in lists:
        for rank, result in listed.ranked():
            document_id = known.find(result.keys)
            if document_id is None:
                document = _document(result, listed, known)
                document_id = document.id
                version = _version(document_id, result)
                if version is None:
                    places[document_id] = len(new)
                    known.without_text.add(document_id)
                new.append((document, version))
            elif document_id in known.without_text and (version := _version(document_id, result)) is not None:
                known.without_text.discard(document_id)
                if document_id in places:
                    place = places[document_id]
                    new[place] = (new[place][0], version)
                else:
                    texts.append(version)
            known.learn(document_id, result.keys)
            hits.append(_hit(search, document_id, listed, rank, result))
    return Recorded(tuple(new), tuple(texts), tuple(hits))


def asked(search: Search, lists: Iterable[Listed]) -> list[SearchQuery]:
    """The queries behind the lists, one each however many pages it has, also those that gave nothing."""
    pages: dict[tuple[str, str], list[Listed]] = {}
    for listed in lists:
        pages.setdefault((listed.source, listed.query), []).append(listed)
    return [
        SearchQuery(
            search_id=search.id,
            source=source,
            query=query,
            results=sum(len(one.results) for one in several),
            total=_believable(several[0].total),
            created_at=several[0].at,
        )
        for (source, query), several in pages.items()
    ]


def _believable(total: int | None) -> int | None:
    """What a source says it has, where that may be: it is a stranger's number, and a database's has 64 bits."""
    return total if total is not None and 0 <= total < 2**53 else None


def _document(result: Result, listed: Listed, known: Known) -> Document:
    variables = {name: value for name, value in result.fields.items() if name not in _TEXTS}
    return Document(name=known.free_name(result.name), variables=variables, source=listed.source, created_at=listed.at)


def _version(document_id: str, result: Result) -> Version | None:
    """The text of a result that has an abstract: its title, a blank line, the abstract."""
    if not result.abstract:
        return None
    text = normalise(f"{result.title}\n\n{result.abstract}")
    language = stated_language(dict(result.fields)) or detect(text)
    return Version(document_id=document_id, text=text, hash=text_hash(text), language=language)


def _hit(search: Search, document_id: str, listed: Listed, rank: int, result: Result) -> Hit:
    return Hit(
        search_id=search.id,
        document_id=document_id,
        source=listed.source,
        query=listed.query,
        rank=rank,
        url=result.url,
        place=result.place,
        fields=dict(result.fields),
        created_at=listed.at,
    )


def _variable_keys(document: Document) -> tuple[str, ...]:
    by_name = {name.casefold(): value for name, value in document.variables.items()}
    return record_keys(url=by_name.get("url", ""), doi=by_name.get("doi", ""), pmid=by_name.get("pmid", ""))


def _kind(key: str) -> str:
    """`pmid`, `doi` or `title`; '' of an address."""
    kind = key.partition(":")[0]
    return kind if kind in ("pmid", "doi", "title") else ""


def _name_keys(name: str) -> tuple[str, ...]:
    """What a document's name says that it is known by: kept when its variables were taken out of the store."""
    kind, _, value = name.partition(":")
    if kind in ("pmid", "doi"):
        return record_keys(**{kind: value})
    return () if any(char.isspace() for char in name) or "/" not in name else record_keys(url=f"https://{name}")
