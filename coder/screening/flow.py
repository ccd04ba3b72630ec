"""The way of every record from the searches to the review: the PRISMA 2020 flow, as one state a record. Pure.

A record is a document as one source gave it. Each is in exactly one state, and every number is a sum over states: what
goes into a box comes out of it, whatever happened.

Page MJ et al. 2021, The PRISMA 2020 statement, BMJ 372:n71, figure 1 and items 16a and 16b.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from coder.model import Capture, Hit, HitPlace, Match
from coder.screening.matching import Contradiction, Groups, Merging

Column = Literal["databases", "other"]
"""Where PRISMA draws a record: found in databases and registers, or by other methods."""
Outcome = Literal[
    "duplicate_address",
    "duplicate_program",
    "duplicate_person",
    "record_awaiting",
    "record_unclear",
    "record_excluded",
    "not_sought",
    "not_retrieved",
    "report_awaiting",
    "report_unclear",
    "report_excluded",
    "included",
]
"""`duplicate_address`: found at the address or identifier of another record; `duplicate_program`, `duplicate_person`:
merged by text and title, or by a person; `record_`: what a search says of it (title and abstract) was not screened yet,
waits for a person, or excludes it; `not_sought`: it has no text, and none was tried to retrieve; `not_retrieved`: all
tries failed; `report_`: the same of a whole text; `included`: it meets the criteria (of a review without criteria every
text does)."""
IMPORT = "import"
"""The source of documents that no search found."""
EXCLUDED = ("record_excluded", "report_excluded")


class Screened(Protocol):
    """What screening says of a document (`coder.screening.verdicts.Verdict`)."""

    @property
    def state(self) -> Literal["included", "excluded", "unclear", "unscreened"]:
        """What is held of it."""
        ...

    @property
    def criterion(self) -> str:
        """Why it is excluded or unclear: the first such criterion in the codebook's order."""
        ...


@dataclass(frozen=True)
class Placed:
    """A record and where it stands. `reason` is the criterion, or why nothing was retrieved; '' for none.

    `on_record` says of what is not excluded as a record that nothing but what the search says of it was read.
    """

    document_id: str
    source: str
    column: Column
    outcome: Outcome
    reason: str = ""
    on_record: bool = False


@dataclass(frozen=True)
class Known:
    """What the store holds of a review. `read` are the documents with a text, `pages` those whose newest text is a page
    as it was retrieved. `searched` are the sources that are databases or registers. `criteria` are empty for a review
    without; `verdicts` lack the documents that nobody screened."""

    documents: Sequence[str]
    read: Collection[str] = ()
    hits: Sequence[Hit | HitPlace] = ()
    captures: Mapping[str, Capture] | None = None
    pages: Collection[str] = ()
    groups: Groups = field(default_factory=Groups)
    verdicts: Mapping[str, Screened] | None = None
    criteria: Sequence[str] = ()
    searched: Collection[str] = ()


@dataclass(frozen=True)
class Flow:
    """Every record's state, and the boxes, which are sums over them.

    `doubtful` and `contradictions` are what deduplication leaves to people; the documents concerned go on meanwhile.
    """

    records: tuple[Placed, ...]
    criteria: tuple[str, ...] = ()
    doubtful: tuple[Match, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()

    def count(self, *outcomes: Outcome, column: Column | None = None) -> int:
        """How many records are in one of these states."""
        return sum(one.outcome in outcomes and column in (None, one.column) for one in self.records)

    def reasons(self, outcome: Outcome, column: Column | None = None) -> dict[str, int]:
        """The records in a state by reason: criteria in their order, others the most frequent first."""
        found = Counter(one.reason for one in self.records if one.outcome == outcome and column in (None, one.column))
        order = {name: place for place, name in enumerate(self.criteria)}
        return dict(sorted(found.items(), key=lambda item: (order.get(item[0], len(order)), -item[1], item[0])))

    def sources(self, column: Column) -> dict[str, int]:
        """The records identified in each source, in the order in which sources came first."""
        return dict(Counter(one.source for one in self.records if one.column == column))

    def boxes(self, column: Column | None = None) -> Boxes:
        """The numbers of one column of the diagram, or of both together."""
        return Boxes(self, column)

    @property
    def included(self) -> list[str]:
        """The documents that are in the review, in the order of records."""
        return [one.document_id for one in self.records if one.outcome == "included"]


DUPLICATES: tuple[Outcome, ...] = ("duplicate_address", "duplicate_program", "duplicate_person")
ASSESSED: tuple[Outcome, ...] = ("report_awaiting", "report_unclear", "report_excluded", "included")
SOUGHT: tuple[Outcome, ...] = ("not_retrieved", *ASSESSED)
SCREENED: tuple[Outcome, ...] = ("record_unclear", "record_excluded", "not_sought", *SOUGHT)


@dataclass(frozen=True)
class Boxes:
    """The boxes of the PRISMA 2020 diagram for some of the records; each is what the boxes behind it add up to."""

    flow: Flow
    column: Column | None

    def _count(self, *outcomes: Outcome) -> int:
        return self.flow.count(*outcomes, column=self.column)

    @property
    def identified(self) -> int:
        """Records of all searches and imports."""
        return sum(self.column in (None, one.column) for one in self.flow.records)

    @property
    def duplicates(self) -> int:
        """Removed before anything was read."""
        return self._count(*DUPLICATES)

    @property
    def awaiting_screening(self) -> int:
        """What a search says of them was not screened yet."""
        return self._count("record_awaiting")

    @property
    def screened(self) -> int:
        """Past what a search says of them, or waiting there for a person, or excluded by it."""
        return self._count(*SCREENED)

    @property
    def screening_unclear(self) -> int:
        """Waiting for a person, by what the search says of them."""
        return self._count("record_unclear")

    @property
    def excluded(self) -> int:
        """Excluded by what the search says of them."""
        return self._count("record_excluded")

    @property
    def not_sought(self) -> int:
        """Without a text, and not tried to retrieve yet."""
        return self._count("not_sought")

    @property
    def sought(self) -> int:
        """Tried to retrieve, or in hand."""
        return self._count(*SOUGHT)

    @property
    def not_retrieved(self) -> int:
        """Tried without success."""
        return self._count("not_retrieved")

    @property
    def assessed(self) -> int:
        """With a text to assess."""
        return self._count(*ASSESSED)

    @property
    def awaiting_assessment(self) -> int:
        """With a whole text that was not screened yet."""
        return self._count("report_awaiting")

    @property
    def assessment_unclear(self) -> int:
        """Waiting for a person, by their text."""
        return self._count("report_unclear")

    @property
    def reports_excluded(self) -> int:
        """Excluded by their text."""
        return self._count("report_excluded")

    @property
    def included(self) -> int:
        """In the review."""
        return self._count("included")

    @property
    def included_on_record(self) -> int:
        """Of those in the review the ones of which only title and abstract were read."""
        return sum(
            one.outcome == "included" and one.on_record and self.column in (None, one.column)
            for one in self.flow.records
        )


def flow_of(known: Known) -> Flow:
    """Where every record stands now. A document that no search found is a record of the source `import`."""
    sources: dict[str, dict[str, None]] = {document: {} for document in known.documents}
    for hit in sorted(known.hits, key=lambda one: one.id):
        sources[hit.document_id].setdefault(hit.source)
    records = [record for document, found in sources.items() for record in _placed(known, document, list(found))]
    return Flow(tuple(records), tuple(known.criteria), known.groups.doubtful, known.groups.contradictions)


def _placed(known: Known, document: str, sources: Sequence[str]) -> Iterable[Placed]:
    """A document's records: the first source's goes its way, the others found what was there."""
    found = bool(sources)
    first, *others = sources or [IMPORT]
    outcome, reason = _outcome(known, document, found=found)
    bare = found and document in known.read and document not in known.pages
    yield Placed(document, first, _column(known, first), outcome, reason, on_record=bare)
    for source in others:
        yield Placed(document, source, _column(known, source), "duplicate_address")


def _column(known: Known, source: str) -> Column:
    return "databases" if source in known.searched else "other"


_MERGED: Mapping[Merging, Outcome] = {
    "address": "duplicate_address",
    "program": "duplicate_program",
    "person": "duplicate_person",
}
_OF_RECORD: Mapping[str, Outcome] = {
    "unscreened": "record_awaiting",
    "unclear": "record_unclear",
    "excluded": "record_excluded",
    "included": "included",
}
_OF_REPORT: Mapping[str, Outcome] = {
    "unscreened": "report_awaiting",
    "unclear": "report_unclear",
    "excluded": "report_excluded",
    "included": "included",
}


def _outcome(known: Known, document: str, *, found: bool) -> tuple[Outcome, str]:
    merged = known.groups.merged_by.get(document)
    if merged is not None:
        return _MERGED[merged], ""
    if document not in known.read:
        tried = (known.captures or {}).get(document)
        return ("not_sought", "") if tried is None else ("not_retrieved", tried.outcome)
    if not known.criteria:
        return "included", ""
    verdict = (known.verdicts or {}).get(document)
    words = _OF_RECORD if found and document not in known.pages else _OF_REPORT
    if verdict is None:
        return words["unscreened"], ""
    return words[verdict.state], "" if verdict.state == "included" else verdict.criterion
