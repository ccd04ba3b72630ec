"""The search protocol: where is searched, with which terms in which combinations, and from when to when."""

from __future__ import annotations

import re
from datetime import date
from math import prod
from typing import Annotated, Any, Literal, cast

from pydantic import Field, StringConstraints, field_validator, model_validator

from coder.documents.addresses import canonical_url
from coder.documents.secret_parts import without_secrets
from coder.errors import FieldError, InputError
from coder.model.base import Record, canonical_json, content_hash

MAX_QUERIES = 10_000
"""Queries a source may be asked; a grid beyond it is a slip."""
MAX_QUERY = 20_000
"""Characters of one query: it is kept with each of its hits."""

LONGEST_NAME = 100
"""Characters of a name."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]
Term = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
QueryText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUERY)]
Count = Annotated[int, Field(ge=1, le=100_000)]
Form = Literal["each", "all"]


class TermGroup(Record):
    """Words that may stand for one another. `where` says where they come from (`Table 1, note`)."""

    id: Name
    terms: tuple[Term, ...] = Field(min_length=1)
    where: str = ""


class Combination(Record):
    """How groups become queries: `each` makes one of every choice of a term from each group, joined by spaces; `all`
    one Boolean query, `(a OR b) AND (c OR d)`, less those of `without`. Or `text`, a query as it is to be asked."""

    id: Name
    groups: tuple[Name, ...] = ()
    form: Form = "each"
    without: tuple[Name, ...] = ()
    text: QueryText | None = None
    where: str = ""

    @model_validator(mode="after")
    def _one_kind(self) -> Combination:
        if bool(self.groups) == (self.text is not None):
            raise ValueError("give either groups or text")
        if self.without and (self.form != "all" or self.text is not None):
            raise ValueError("without needs groups and 'form: all'")
        return self


class Period(Record):
    """When what is sought was published: first and last day, both included; each may be open."""

    start: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _forward(self) -> Period:
        if self.start and self.end and self.start > self.end:
            raise ValueError("'from' lies after 'to'")
        return self

    def holds(self, day: date | None) -> bool:
        """Whether a day lies within; a day that is not known does."""
        return day is None or ((self.start is None or self.start <= day) and (self.end is None or day <= self.end))


class Source(Record):
    """What every source has. `note` and `reported` (how many a study says it found) are shown beside the counts."""

    name: Name
    note: str = ""
    reported: int | None = Field(default=None, ge=0)
    where: str = ""
    queries: tuple[Name, ...] = ()
    """Which combinations are asked here; empty: all of them."""

    @property
    def takes_queries(self) -> bool:
        """Whether one can ask this source something; a list of addresses is read as it is."""
        return True

    @property
    def address(self) -> str:
        """What is asked, for people: without a key that stands in it."""
        return without_secrets(str(getattr(self, "url", "")))


class ByHand(Source):
    """A place without an interface that a program may use: a person searches and saves what came.

    `url` is its search page with `{query}` in it, so that a click leads there.
    """

    kind: Literal["by_hand"]
    url: str = ""
    maximum: Count | None = None

    @field_validator("url")
    @classmethod
    def _template(cls, value: str) -> str:
        return _web_template(value, needs=("query",)) if value else value


class PubMed(Source):
    """PubMed through NCBI's E-utilities. `field` restricts terms (`tiab`: title and abstract)."""

    kind: Literal["pubmed"]
    maximum: Annotated[int, Field(ge=1, le=9_999)] = 1_000
    """Results taken of each query; E-utilities give no more than 9,999."""
    sort: Literal["relevance", "pub_date"] = "relevance"
    field: Annotated[str, StringConstraints(pattern=r"^[A-Za-z/ ]{0,40}$")] = ""
    url: str = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"

    @field_validator("url")
    @classmethod
    def _web(cls, value: str) -> str:
        return _web_address(value).rstrip("/")


class Listing(Source):
    """A page that lists addresses whatever one asks: it has no queries, and what is taken is chosen here."""

    url: str
    matching: str = ""
    """A regular expression that an address must hold to be taken."""
    maximum: Count = 1_000

    @property
    def takes_queries(self) -> bool:
        """Never: the list is the same whatever one seeks."""
        return False

    @field_validator("url")
    @classmethod
    def _web(cls, value: str) -> str:
        return _web_address(value)

    @field_validator("matching")
    @classmethod
    def _pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        return value

    @model_validator(mode="after")
    def _no_queries(self) -> Listing:
        if self.queries:
            raise ValueError("this kind of source cannot be asked anything; take 'queries' out")
        return self


class Feed(Listing):
    """An RSS or Atom feed. An item is taken where it holds a term of each of the groups in `containing`."""

    kind: Literal["feed"]
    containing: tuple[Name, ...] = ()


class Sitemap(Listing):
    """A site's list of its pages, or an index of such lists, also compressed. `period` is held against `lastmod`."""

    kind: Literal["sitemap"]


class Key(Record):
    """Where an endpoint's key comes from (an environment variable) and the header that carries it."""

    environment: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")] = "Authorization"
    prefix: Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]*$")] = ""


class JsonEndpoint(Source):
    """Any address that answers a query with JSON.

    `url` may hold `{query}`, `{contact}`, `{from}`, `{to}` and, for paging, `{page}` (counted from `first_page`),
    `{offset}` or `{cursor}` (which starts as `cursor_start` and is then found in each answer at `next`). `results`
    leads to the list, `total` to the number of all results; `fields` maps our names (title, url, doi, year, ...) to
    where they are in a result. Steps are joined by dots, numbers count list items from 0: `title.0`, `author.name`;
    a step into a list takes every item, joined by `; `.
    """

    kind: Literal["json"]
    url: str
    results: str = ""
    total: str = ""
    fields: dict[Name, str] = Field(min_length=1)
    page_size: Annotated[int, Field(ge=1, le=10_000)] = 25
    first_page: Annotated[int, Field(ge=0, le=1)] = 1
    next: str = ""
    cursor_start: str = "*"
    maximum: Count = 1_000
    per_second: Annotated[float, Field(gt=0, le=10)] = 1.0
    key: Key | None = None

    @property
    def takes_queries(self) -> bool:
        """Without `{query}` in its address an endpoint is a list that is read once."""
        return "{query}" in self.url

    @property
    def pages(self) -> bool:
        """Whether there is a way to ask for more than the first page."""
        return any(f"{{{name}}}" in self.url for name in ("page", "offset", "cursor"))

    @field_validator("url")
    @classmethod
    def _template(cls, value: str) -> str:
        return _web_template(value, needs=())

    @model_validator(mode="after")
    def _whole(self) -> JsonEndpoint:
        if not {"url", "doi", "pmid", "title"} & set(self.fields):
            raise ValueError(
                "fields must say where url, doi, pmid or title is: a result needs something to be known by"
            )
        if ("{cursor}" in self.url) != bool(self.next):
            raise ValueError("{cursor} in url and 'next' go together")
        if self.queries and not self.takes_queries:
            raise ValueError("there is no {query} in url, so that nothing can be asked; take 'queries' out")
        return self


AnySource = Annotated[ByHand | PubMed | Feed | Sitemap | JsonEndpoint, Field(discriminator="kind")]
KINDS = ("by_hand", "pubmed", "feed", "sitemap", "json")
Asked = PubMed | Feed | Sitemap | JsonEndpoint


class Protocol(Record):
    """A search as it can be done again. `contact` is sent to the services that ask for somebody to write to."""

    name: Name
    question: str = ""
    contact: Annotated[str, StringConstraints(strip_whitespace=True)] = ""
    period: Period = Period()
    terms: tuple[TermGroup, ...] = ()
    queries: tuple[Combination, ...] = ()
    sources: tuple[AnySource, ...] = Field(min_length=1)

    @field_validator("contact")
    @classmethod
    def _mail(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+", value):
            raise ValueError("no e-mail address; write it as you@example.org")
        return value

    @model_validator(mode="after")
    def _references(self) -> Protocol:
        groups = _unique([group.id for group in self.terms], "term group", "terms")
        combinations = _unique([one.id for one in self.queries], "query", "queries")
        _unique([source.name.casefold() for source in self.sources], "source", "sources")
        for place, one in enumerate(self.queries):
            what = f"query '{one.id}' names the term group"
            _known(one.groups, groups, what, "queries", place, "groups")
            _known(one.without, groups, what, "queries", place, "without")
        for place, source in enumerate(self.sources):
            what = f"source '{source.name}' names the"
            _known(source.queries, combinations, f"{what} query", "sources", place, "queries")
            if isinstance(source, Feed):
                _known(source.containing, groups, f"{what} term group", "sources", place, "containing")
            if source.takes_queries and not self.queries:
                raise FieldError(
                    f"source '{source.name}' needs something to ask: there are no queries", "sources", place
                )
        return self

    @model_validator(mode="after")
    def _sizes(self) -> Protocol:
        """Each query on its own first: the line that is told is that of the largest slip."""
        number = {one.id: self._number(one, place) for place, one in enumerate(self.queries)}
        for place, source in enumerate(self.sources):
            asked = sum(number[one.id] for one in self.combinations(source)) if source.takes_queries else 0
            if asked > MAX_QUERIES:
                said = f"source '{source.name}' is asked {asked:,} queries; {MAX_QUERIES:,} is the most"
                raise FieldError(said, "sources", place)
        return self

    def _number(self, one: Combination, place: int) -> int:
        """How many queries a combination comes to; FieldError where that is a slip."""
        number = prod(len(self.group(name).terms) for name in one.groups) if one.form == "each" else 1
        if number > MAX_QUERIES:
            said = f"query '{one.id}' comes to {number:,} queries; {MAX_QUERIES:,} is the most"
            raise FieldError(said, "queries", place)
        terms = [self.group(name).terms for name in (*one.groups, *one.without)]
        if one.form == "each":
            length = sum(max(len(term) + 1 for term in group) for group in terms)
        else:
            length = sum(len(term) + len(" OR ") for group in terms for term in group)
        if length > MAX_QUERY:
            said = f"query '{one.id}' comes to {length:,} characters; {MAX_QUERY:,} is the most"
            raise FieldError(said, "queries", place)
        return number

    def idle(self) -> list[str]:
        """What is written and asked of nobody, which may be a slip: term groups in no query, queries of no source."""
        asking = [source for source in self.sources if source.takes_queries]
        asked = {one.id for source in asking for one in self.combinations(source)}
        used = {name for one in self.queries for name in (*one.groups, *one.without)}
        used |= {name for source in self.sources if isinstance(source, Feed) for name in source.containing}
        groups = [f"term group '{group.id}' is in no query" for group in self.terms if group.id not in used]
        return [*groups, *(f"query '{one.id}' is asked of no source" for one in self.queries if one.id not in asked)]

    def group(self, name: str) -> TermGroup:
        """The term group of this id."""
        return next(group for group in self.terms if group.id == name)

    def combinations(self, source: Source) -> tuple[Combination, ...]:
        """What is asked of a source."""
        return tuple(one for one in self.queries if not source.queries or one.id in source.queries)

    def source(self, name: str) -> AnySource:
        """The source of this name, in any case of letters; InputError lists those there are."""
        for source in self.sources:
            if source.name.casefold() == name.strip().casefold():
                return source
        known = ", ".join(source.name for source in self.sources)
        raise InputError(f"--source {name}: no such source in the protocol", f"its sources are {known}")

    def canonical(self) -> dict[str, Any]:
        """What is asked, for comparing and keeping: without passwords and keys that stand in addresses."""
        return cast("dict[str, Any]", _told(super().canonical()))

    def canonical_text(self) -> str:
        """The protocol in one form only, as a search keeps it."""
        return canonical_json(self.canonical())

    def hash(self) -> str:
        """SHA-256 (hex) of the canonical form: two searches with the same hash asked the same."""
        return content_hash(self.canonical())


def _told(tree: Any) -> Any:
    """The tree with its texts as they may be kept and shown."""
    if isinstance(tree, dict):
        return {name: _told(value) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_told(value) for value in tree]
    return without_secrets(tree) if isinstance(tree, str) else tree


def _unique(names: list[str], what: str, field: str) -> set[str]:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            raise FieldError(f"two of the name '{name}': each {what} needs its own", field, place)
        seen.add(name)
    return seen


def _known(names: tuple[str, ...], known: set[str], what: str, *location: int | str) -> None:
    for name in names:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise FieldError(f"{what} '{name}', which there is not; there are: {there}", *location)


def _web_address(value: str) -> str:
    try:
        canonical_url(value)
    except InputError as error:
        raise ValueError(f"{error.message}; {error.hint}") from None
    return value.strip()


_PLACES = frozenset({"query", "contact", "from", "to", "page", "offset", "cursor", "size"})


def _web_template(value: str, needs: tuple[str, ...]) -> str:
    for place in re.findall(r"\{([^{}]*)\}", value):
        if place not in _PLACES:
            raise ValueError(
                f"{{{place}}} is not known; there are {', '.join(f'{{{name}}}' for name in sorted(_PLACES))}"
            )
    for place in needs:
        if f"{{{place}}}" not in value:
            raise ValueError(f"holds no {{{place}}}")
    host = re.match(r"https?://[^/?#]*", value, re.IGNORECASE)
    if host is None or "{" in host[0]:
        raise ValueError("write it as https://host/path, with {query} behind the host")
    _web_address(re.sub(r"[{}]", "", value))
    return value.strip()
