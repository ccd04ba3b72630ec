"""Read an RSS or Atom feed."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import feedparser
from bs4 import BeautifulSoup
from yarl import URL

from coder.documents.normalise import one_line
from coder.search.asking import Answer, Asker, SourceError
from coder.search.described import Feed
from coder.search.protocol import Protocol
from coder.search.results import Found, result
from coder.search.sources.distinct import Distinct

_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


class Items:
    """The items of a feed that lie in the period and hold the terms."""

    def __init__(self, asker: Asker, source: Feed, protocol: Protocol) -> None:
        self._asker, self._source, self._period = asker, source, protocol.period
        self._terms = [_any_of(protocol.group(name).terms) for name in source.containing]

    async def ask(self, query: str) -> Found:
        """The items in the feed's order; a feed cannot be asked anything, so that `query` is empty."""
        answer = await self._asker.get(self._source.url)
        distinct, unusable = Distinct(self._source.maximum), 0
        for entry in _entries(answer):
            fields = _fields(entry, answer.url)
            item = result(fields)
            if item is not None and self._wanted(item.url, item.title, item.fields.get("summary", ""), _day(entry)):
                distinct.add(item)
            unusable += item is None and self._wanted("", "", one_line(fields["summary"]), _day(entry))
        return distinct.found(unusable)

    def _wanted(self, url: str, title: str, summary: str, day: date | None) -> bool:
        return (
            self._period.holds(day)
            and re.search(self._source.matching, url) is not None
            and all(terms.search(f"{title}\n{summary}") for terms in self._terms)
        )


def _entries(answer: Answer) -> list[Mapping[str, Any]]:
    if _ENTITY.search(answer.body[:100_000]) or _ENTITY.search(answer.body.replace(b"\0", b"")[:100_000]):
        raise SourceError("the feed defines entities, which are not read", "tell who offers the feed")
    # As a stream: feedparser takes bytes that look like an address or a path for one, and opens it.
    headers = {"content-type": answer.content_type, "content-location": answer.url}
    read = feedparser.parse(io.BytesIO(answer.body), response_headers=headers)
    if not read.get("version") and not read.entries:
        raise SourceError("no RSS or Atom feed", "correct the address in the protocol")
    return list(read.entries)


def _fields(entry: Mapping[str, Any], base: str) -> dict[str, str]:
    link = str(entry.get("link") or entry.get("id") or "").strip()
    try:
        url = str(URL(base).join(URL(link))) if link else ""
    except ValueError:
        url = ""
    day = _day(entry)
    return {
        "url": url,
        "doi": str(entry.get("prism_doi") or entry.get("dc_identifier") or ""),
        "title": _plain(str(entry.get("title", ""))),
        "summary": _plain(str(entry.get("summary", ""))),
        "authors": "; ".join(str(one.get("name", "")) for one in entry.get("authors", []) if one.get("name")),
        "published": day.isoformat() if day else "",
        "year": str(day.year) if day else "",
    }


def _day(entry: Mapping[str, Any]) -> date | None:
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        return date(*moment[:3]) if moment else None
    except ValueError:
        return None


def _plain(markup: str) -> str:
    return one_line(BeautifulSoup(markup, "html.parser").get_text(" ")) if "<" in markup or "&" in markup else markup


def _any_of(terms: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the terms as whole words, case aside; a term that ends in * also as a beginning."""
    words = [re.escape(term.rstrip("*")) + (r"\w*" if term.endswith("*") else "") for term in terms]
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)
