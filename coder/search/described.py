"""Where is searched: the sources of a protocol, as it describes them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from coder.documents.addresses import canonical_url
from coder.documents.secret_parts import without_secrets
from coder.errors import InputError
from coder.model.base import Record

LONGEST_NAME = 100
"""Characters of a name."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]
Count = Annotated[int, Field(ge=1, le=100_000)]


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
