"""The search protocol: where is searched, with which terms in which combinations, and from when to when."""

from __future__ import annotations

import re
from datetime import date
from math import prod
from typing import Annotated, Any, Literal, cast

from pydantic import Field, StringConstraints, field_validator, model_validator

from coder.documents.secret_parts import without_secrets
from coder.errors import FieldError, InputError
from coder.model.base import Record, canonical_json, content_hash
from coder.search.described import AnySource, Feed, Name, Source

MAX_QUERIES = 10_000
"""Queries a source may be asked; a grid beyond it is a slip."""
MAX_QUERY = 20_000
"""Characters of one query: it is kept with each of its hits."""

Term = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
QueryText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUERY)]
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
