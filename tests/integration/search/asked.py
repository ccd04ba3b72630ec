"""A protocol of one source, asked at a loopback site."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterator, Mapping

import pytest

from coder.search.asking import Manners
from coder.search.fetching.hosts import EVERY_HOST
from coder.search.loading import parse_protocol
from coder.search.running import Circumstances, Outcome, asked_sources, run
from tests.integration.search.sites import Site, serving

QUICK = Manners(per_second=10_000, tries=3, first_wait=0.001, timeout=5)


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><x>&d;</x>'
)


OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    with serving(made):
        yield made


def search(
    site: Site, source: str, *, queries: str = "[{id: q, text: ai}]", more: str = "", manners: Manners = QUICK,
    allowed: Container[str] = EVERY_HOST, environment: Mapping[str, str] | None = None,
) -> list[Outcome]:  # fmt: skip
    text = f"name: s\ncontact: ada@example.org\n{more}\nqueries: {queries}\nsources:\n  - {source.replace('SITE', site.url)}\n"
    protocol = parse_protocol(text, "search.yaml")
    outcomes: list[Outcome] = []
    around = Circumstances(environment or {}, allowed, manners)
    asyncio.run(run(protocol, asked_sources(protocol), around, outcomes.append))
    return outcomes


ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<entry><title>AI &lt;b&gt;course&lt;/b&gt;</title><link href="/a?utm_source=feed"/><published>2019-05-01T00:00:00Z</published><summary>For radiologists</summary></entry>
<entry><title>AI course, too late</title><link href="/b"/><published>2021-05-01T00:00:00Z</published></entry>
<entry><title>Cooking</title><link href="/c"/><published>2019-05-01T00:00:00Z</published></entry>
<entry><title>Said, not AI</title><link href="https://other.example/d"/></entry>
</feed>"""


FEED = "{name: News, kind: feed, url: 'SITE/feed', containing: [topic]}"


TOPIC = "terms: [{id: topic, terms: [ai]}]\nperiod: {to: 2020-06-30}"
