"""What a source gives: results, each known by an identifier, an address or its title."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from coder.documents.addresses import canonical_url, doi_of_url, normalise_doi, normalise_pmid, pmid_of_url, record_keys
from coder.documents.normalise import normalise, one_line
from coder.documents.secret_parts import without_secrets
from coder.errors import InputError

LONGEST_FIELD = 100_000
"""Characters kept of one field: an abstract has some thousand, and what is longer is no result."""
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Result:
    """One result. `fields` are title, abstract, year, authors (joined by `; `) and what else came, as it came.

    `place` is where in a file it stood, and empty for a live search.
    """

    url: str = ""
    doi: str = ""
    pmid: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    place: str = ""

    @property
    def title(self) -> str:
        """Its title; empty where it has none."""
        return self.fields.get("title", "")

    @property
    def abstract(self) -> str:
        """Its abstract; empty where it has none."""
        return self.fields.get("abstract", "")

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is known by, the surest first; title, year and first author only where it has nothing else."""
        return record_keys(url=self.url, doi=self.doi, pmid=self.pmid) or title_keys(self.name)

    @property
    def name(self) -> str:
        """What its document is called: identifier, address without scheme, or title (first author, year)."""
        known = record_keys(url=self.url, doi=self.doi, pmid=self.pmid)
        if known:
            return known[0]
        author = self.fields.get("authors", "").partition(";")[0].strip()
        about = ", ".join(word for word in (author, self.fields.get("year", "")) if word)
        return f"{self.title[:300]} ({about})" if self.title and about else self.title[:300]


def title_keys(name: str) -> tuple[str, ...]:
    """The key of a document that has a name only: its letters and digits, case aside."""
    bare = _LETTERS.sub(" ", name.casefold()).strip()
    return (f"title:{bare}",) if bare else ()


def result(fields: Mapping[str, str], place: str = "") -> Result | None:
    """A result of raw fields; None where nothing in them says what it is.

    `url`, `doi` and `pmid` are brought into one form, values normalised, markup taken out of titles and abstracts,
    passwords and keys out of addresses.
    """
    clean = {one_line(name): _value(name, text) for name, text in fields.items()}
    kept = {name: text for name, text in clean.items() if name and text}
    url = _web(kept.get("url", ""))
    doi = normalise_doi(kept.get("doi", "")) or doi_of_url(url)
    pmid = normalise_pmid(kept.get("pmid", "")) or pmid_of_url(url)
    for name, value in (("url", url), ("doi", doi), ("pmid", pmid)):
        kept.pop(name, None)
        if value:
            kept[name] = value
    if not url:
        url = f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else f"https://doi.org/{doi}" if doi else ""
    made = Result(url, doi, pmid, kept, place)
    return made if made.keys else None


def _value(name: str, text: str) -> str:
    short = without_secrets(text[:LONGEST_FIELD])
    bare = _MARKUP.sub("", short) if name in ("title", "abstract") and "<" in short else short
    return normalise(bare).strip() if name == "abstract" else one_line(bare)


def _web(url: str) -> str:
    """The address as it came, where it is one."""
    try:
        canonical_url(url)
    except InputError:
        return ""
    return url


@dataclass(frozen=True)
class Found:
    """What one query gave: its results in order, how many the source has in all (None: it does not say), remarks.

    `unread` are the places, counted from 1, of what the source lists and nothing can be made of: they keep their rank.
    """

    results: Sequence[Result] = ()
    total: int | None = None
    notes: Sequence[str] = ()
    unread: Sequence[int] = ()


def found(listed: Sequence[Result | None], total: int | None, notes: Sequence[str] = ()) -> Found:
    """What a source lists, in its order; None stands where it has something that nothing could be made of."""
    unread = [place for place, one in enumerate(listed, start=1) if one is None]
    if unread:
        shown = ", ".join(str(place) for place in unread[:20]) + (", ..." if len(unread) > 20 else "")
        told = f"{len(unread)} results have neither address, identifier nor title (rank {shown})"
        notes = [*notes, told]
    return Found([one for one in listed if one is not None], total, notes, unread)


def day_of(text: str) -> date | None:
    """The day that a text in the form of ISO 8601 begins with (`2020-06-30T12:00Z`); None where it does not."""
    written = re.match(r"\d{4}-\d{2}-\d{2}", text.strip())
    try:
        return date.fromisoformat(written[0]) if written else None
    except ValueError:
        return None
