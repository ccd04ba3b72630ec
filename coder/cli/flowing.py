"""The flow of a project's records, read from its store, and its numbers as `flow --json` and `flow --csv` give them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from coder.cli.selection import merged, verdicts
from coder.errors import InputError
from coder.model import Codebook, Search
from coder.screening.flow import Boxes, Column, Flow, Known, Outcome, flow_of

if TYPE_CHECKING:
    from coder.store import Store

DATABASES = ("pubmed", "medline", "embase", "scopus", "web of science", "cochrane", "central", "cinahl", "psycinfo")
"""Names that mark a source as a database or register, whoever searched it; others are other methods."""


def flow(store: Store, codebook: Codebook, databases: Iterable[str] = ()) -> Flow:
    """Where every record stands now; `databases` are sources that PRISMA counts among databases and registers."""
    hits, newest, texts = store.hit_places(), store.newest_versions(), store.captured_versions()
    asked = {name.casefold() for name in databases} | _protocols(store.searches())
    return flow_of(
        Known(
            documents=store.document_ids(),
            read=newest.keys(),
            hits=hits,
            captures=store.newest_captures(),
            pages={document for document, version in newest.items() if version in texts},
            groups=merged(store),
            verdicts=verdicts(store, codebook),
            criteria=tuple(criterion.id for criterion in codebook.criteria),
            searched={hit.source for hit in hits if _database(hit.source, asked)},
        )
    )


def reviewed(store: Store, codebook: Codebook) -> Flow | None:
    """The flow of a project that was searched, screened or looked through for duplicates; None of any other."""
    if store.searches() or store.matches() or store.apart("screening").coded_dimensions():
        return flow(store, codebook)
    return None


def _database(source: str, asked: set[str]) -> bool:
    name = source.casefold()
    return name in asked or any(known in name for known in DATABASES)


def _protocols(searches: Iterable[Search]) -> set[str]:
    """The sources that a protocol asks through PubMed's interface, whatever they are called there."""
    import json

    found = set()
    for search in searches:
        written = json.loads(search.protocol) if search.protocol else {}
        sources = written.get("sources", ()) if isinstance(written, dict) else ()
        found |= {str(one.get("name", "")).casefold() for one in sources if one.get("kind") == "pubmed"}
    return found


NUMBERS = (
    ("identified", "Records identified"),
    ("duplicates", "Duplicate records removed"),
    ("awaiting_screening", "Records not screened yet"),
    ("screened", "Records screened"),
    ("screening_unclear", "Records that wait for a person"),
    ("excluded", "Records excluded"),
    ("not_sought", "Reports not sought yet"),
    ("sought", "Reports sought for retrieval"),
    ("not_retrieved", "Reports not retrieved"),
    ("assessed", "Reports assessed for eligibility"),
    ("awaiting_assessment", "Reports not assessed yet"),
    ("assessment_unclear", "Reports that wait for a person"),
    ("reports_excluded", "Reports excluded"),
    ("included", "Included"),
    ("included_on_record", "of them by title and abstract alone"),
)
"""The boxes by key, with their words, in the order of the diagram."""


def record(found: Flow) -> dict[str, Any]:
    """The keys of `flow --json`."""
    return {
        "sources": [
            {"source": source, "column": column, "records": count}
            for column in _columns()
            for source, count in found.sources(column).items()
        ],
        "total": _numbers(found.boxes()),
        "databases": _numbers(found.boxes("databases")),
        "other": _numbers(found.boxes("other")),
        "duplicates": {
            "same_address": found.count("duplicate_address"),
            "by_program": found.count("duplicate_program"),
            "by_person": found.count("duplicate_person"),
        },
        "excluded_by_criterion": found.reasons("record_excluded"),
        "reports_excluded_by_criterion": found.reasons("report_excluded"),
        "not_retrieved_by_reason": found.reasons("not_retrieved"),
        "doubtful_duplicates": len(found.doubtful),
        "contradictions": len(found.contradictions),
        "criteria": list(found.criteria),
    }


def _columns() -> tuple[Column, ...]:
    return "databases", "other"


def _numbers(boxes: Boxes) -> dict[str, int]:
    return {name: getattr(boxes, name) for name, _ in NUMBERS}


def table(found: Flow) -> list[tuple[str, str, str, int]]:
    """Rows of box, column, detail and number: each box, and below it what it is made of."""
    rows: list[tuple[str, str, str, int]] = []
    for column in _columns():
        rows += [("identified", column, source, count) for source, count in found.sources(column).items()]
        for name, _ in NUMBERS:
            rows.append((name, column, "", getattr(found.boxes(column), name)))
        for name, outcome in _DETAILED:
            rows += [(name, column, reason, count) for reason, count in found.reasons(outcome, column).items()]
    return rows


_DETAILED: tuple[tuple[str, Outcome], ...] = (
    ("excluded", "record_excluded"),
    ("not_retrieved", "not_retrieved"),
    ("reports_excluded", "report_excluded"),
)


def check_sources(found: Flow, databases: Iterable[str]) -> None:
    """InputError for a source that no record came from."""
    known = list(dict.fromkeys(one.source for one in found.records))
    for name in databases:
        if name.casefold() not in {source.casefold() for source in known}:
            raise InputError(
                f"--database {name}: no record came from there", f"there are: {', '.join(known) or 'none'}"
            )
