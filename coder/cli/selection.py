"""Which of a store's documents count: not those merged into another, nor those that screening excluded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from coder.model import Codebook, Coding, Document, Match, Version
from coder.screening.matching import Groups, unite

if TYPE_CHECKING:
    from coder.screening.verdicts import Verdict
    from coder.store import Store

Left = Literal["merged", "excluded"]


@dataclass(frozen=True)
class LeftOut:
    """The documents that do not count, by id with the reason, and their versions. False where all count."""

    documents: Mapping[str, Left] = field(default_factory=dict)
    versions: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.documents)

    def count(self, why: Left) -> int:
        """How many do not count for this reason."""
        return sum(reason == why for reason in self.documents.values())

    def pairs(self, pairs: Iterable[tuple[Document, Version]]) -> list[tuple[Document, Version]]:
        """Those of the documents that count."""
        return [pair for pair in pairs if pair[0].id not in self.documents]

    def codings(self, codings: Iterable[Coding]) -> list[Coding]:
        """Those of the codings that are of documents that count."""
        return [coding for coding in codings if coding.version_id not in self.versions]


def merged(store: Store, more: Iterable[Match] = (), before: datetime | None = None) -> Groups:
    """Which documents are one, if `more` were held too; `before` leaves out what was said from a moment on.

    One with codings stands for its group, by a person before a model, else the first with a text, else the first.
    """
    matches = [one for one in (*store.matches(), *more) if before is None or one.created_at < before]
    if not matches:
        return Groups()
    coded, read = store.coded_documents(), store.newest_versions()

    def rank(document: str) -> tuple[bool, bool, bool, str]:
        return not coded.get(document, False), document not in coded, document not in read, document

    return unite(matches, rank)


def left_out(store: Store, codebook: Codebook | None) -> LeftOut:
    """The documents that do not count for this codebook's coding; without one (to screen) those merged alone.

    A store that was neither searched for duplicates nor screened is not read through.
    """
    reasons: dict[str, Left] = dict.fromkeys(merged(store).kept, "merged")
    for document, verdict in (verdicts(store, codebook) if codebook else {}).items():
        if verdict.state == "excluded":
            reasons.setdefault(document, "excluded")
    if not reasons:
        return LeftOut()
    versions = (version for version, document in store.version_documents().items() if document in reasons)
    return LeftOut(reasons, frozenset(versions))


def counted(store: Store, codebook: Codebook | None) -> list[tuple[Document, Version]]:
    """Each document that counts with its newest version, in the order of import."""
    return left_out(store, codebook).pairs(store.current_versions())


def verdicts(store: Store, codebook: Codebook) -> dict[str, Verdict]:
    """What screening says of each document that was screened; a store that nobody screened is not read through."""
    if not codebook.criteria or not store.apart("screening").coded_dimensions():
        return {}
    from coder.cli.screening import verdicts_of

    return verdicts_of(store, codebook)
