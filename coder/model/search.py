"""Where documents come from: searches, what they found, pages as they were retrieved, and which documents are one."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import AwareDatetime, Field

from coder.model.base import Record, new_id, now

CaptureOutcome = Literal[
    "fetched", "unchanged", "gone", "refused", "blocked", "too_large", "too_slow", "failed", "unreadable"
]
"""`fetched`: the page came, and its text is the version named; `unchanged`: it came, or the site said so, with the text
that is stored already; `gone`: the site says that there is no such page (any more); `refused`: by robots.txt, or the
site wants a login; `blocked`: by our own rules (scheme, private address); `too_large`, `too_slow`: past a limit;
`failed`: the connection or the site broke; `unreadable`: it came and holds no text that we can read."""

MatchVerdict = Literal["same", "different", "doubtful"]


class Search(Record):
    """A search protocol as it was run once, or a file of saved results as it was taken in.

    `protocol` is the canonical JSON of the protocol (empty for a file taken in without one) and `protocol_hash` its
    hash; `coder_id` is the person who searched.
    """

    id: str = Field(default_factory=new_id)
    name: str
    protocol: str = ""
    protocol_hash: str = ""
    coder_id: str
    created_at: AwareDatetime = Field(default_factory=now)


class Hit(Record):
    """One result of one query, in its place; the same document may be hit by many queries of many searches.

    `rank` counts from 1 within source and query. `fields` are the result as it came (title, abstract, doi, ...);
    `place` says where in a file of saved results it stood (`hits.ris, line 12`), and is empty for a live search.
    """

    id: str = Field(default_factory=new_id)
    search_id: str
    document_id: str
    source: str
    query: str
    rank: int = Field(ge=1)
    url: str = ""
    place: str = ""
    fields: dict[str, str] = Field(default_factory=dict)
    created_at: AwareDatetime = Field(default_factory=now)

    @property
    def sighting(self) -> Sighting:
        """What tells which document it is."""
        return Sighting(self.document_id, self.url, self.fields.get("doi", ""), self.fields.get("pmid", ""))


class SearchQuery(Record):
    """One query as it was asked once, whatever came of it: a query that found nothing has no hit, and this.

    `results` counts what was taken, `total` is how many the source says it has (None: it does not say). `problem` says
    why the query failed, and is empty where it was answered. Stores of older versions have hits without it.
    """

    id: str = Field(default_factory=new_id)
    search_id: str
    source: str
    query: str
    results: int = Field(default=0, ge=0)
    total: int | None = None
    problem: str = ""
    created_at: AwareDatetime = Field(default_factory=now)


class Sighting(NamedTuple):
    """Of a hit what tells which document it is: its address, DOI and PubMed id, empty where it has none."""

    document_id: str
    url: str = ""
    doi: str = ""
    pmid: str = ""


class HitPlace(NamedTuple):
    """Of a hit where it was found, and nothing of what."""

    id: str
    document_id: str
    source: str
    query: str


class Capture(Record):
    """One attempt to retrieve a document's page, whatever came of it.

    `body_hash` is the SHA-256 of the bytes as they came, which the store keeps; `version_id` the version that their
    text is (also of a capture that found it unchanged). `etag` and `modified` are what the site asks for next time.
    """

    id: str = Field(default_factory=new_id)
    document_id: str
    url: str
    outcome: CaptureOutcome
    reason: str = ""
    http_status: int = 0
    final_url: str = ""
    media_type: str = ""
    body_hash: str = ""
    etag: str = ""
    modified: str = ""
    version_id: str | None = None
    created_at: AwareDatetime = Field(default_factory=now)


class Match(Record):
    """What is held of two documents: the same thing described twice, different things, or in doubt.

    The newest match of a pair counts, whichever of the two stands first. `coder_id` is None where the program says so;
    what it holds doubtful waits for a person. `grounds` says why in words, `evidence` in figures.
    """

    id: str = Field(default_factory=new_id)
    document_id: str
    other_id: str
    verdict: MatchVerdict
    grounds: str = ""
    evidence: dict[str, float] = Field(default_factory=dict)
    coder_id: str | None = None
    created_at: AwareDatetime = Field(default_factory=now)
