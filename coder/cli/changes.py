"""What a project's store holds since a moment that it did not hold before: documents, texts, codes, pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from coder.adjudicate.log import conflicting, settlements
from coder.adjudicate.wording import answer_words
from coder.cli.second import decided_codings
from coder.model import Capture, Codebook, Coding, Document, Run, Version
from coder.report.html.news import CodeMove
from coder.run.codings import latest
from coder.run.moved import answer, moved

if TYPE_CHECKING:
    from coder.store import Store

LOST = frozenset({"refused", "blocked", "too_large", "too_slow", "failed", "unreadable"})


@dataclass(frozen=True, eq=False)
class Changes:
    """By a moment: documents that came since, and those whose text is another, with the text before and the newest.

    `pages` are the newest captures since, by document's id, and `pages_before` the newest before.
    """

    since: datetime
    arrived: tuple[tuple[Document, Version | None], ...]
    changed: tuple[tuple[Document, Version, Version], ...]
    pages: Mapping[str, Capture]
    pages_before: Mapping[str, Capture]

    @property
    def batch(self) -> frozenset[str]:
        """The ids of the documents that are new or have a new text."""
        texts = [document.id for document, version in self.arrived if version is not None]
        return frozenset([*texts, *(document.id for document, _, _ in self.changed)])


def changes_since(store: Store, since: datetime) -> Changes:
    """What came since a moment. A text that changed and changed back is no change."""
    arrived: list[tuple[Document, Version | None]] = []
    changed: list[tuple[Document, Version, Version]] = []
    for document, versions in store.documents_with_versions():
        before = [version for version in versions if version.created_at < since]
        if document.created_at >= since or (versions and not before):
            arrived.append((document, versions[-1] if versions else None))
        elif versions and versions[-1].hash != before[-1].hash:
            changed.append((document, before[-1], versions[-1]))
    pages = {document: one for document, one in store.newest_captures().items() if one.created_at >= since}
    return Changes(since, tuple(arrived), tuple(changed), pages, store.newest_captures(before=since))


def vanished(changes: Changes, store: Store) -> list[tuple[str, str]]:
    """Documents that had a text and whose page the site says is gone, for the first time since; what it said."""
    return _told(changes, store, frozenset({"gone"}), had_text=True)


def unread(changes: Changes, store: Store) -> list[tuple[str, str]]:
    """Documents whose page could not be retrieved or read, and pages that were never there; why."""
    never = _told(changes, store, frozenset({"gone"}), had_text=False)
    return never + _told(changes, store, LOST)


def _told(
    changes: Changes, store: Store, outcomes: frozenset[str], *, had_text: bool | None = None
) -> list[tuple[str, str]]:
    """Those whose newest capture came out so and the one before did not: what was told once is no news."""
    found = {document: page for document, page in changes.pages.items() if page.outcome in outcomes}
    if not found:
        return []
    earlier, read = changes.pages_before, store.newest_versions()
    names = {document.id: document.name for document in store.documents() if document.id in found}
    return [
        (names[document], page.reason or page.outcome.replace("_", " "))
        for document, page in found.items()
        if document not in earlier or earlier[document].outcome not in outcomes
        if had_text is None or (document in read) == had_text
    ]


def moved_with_text(store: Store, codebook: Codebook, run: Run, changes: Changes) -> list[CodeMove]:
    """The codes of changed texts that are others than those of the text before, with the words that moved them.

    Before: what people settled, else what the model said, by this codebook. Now: what the run says of the new text.
    """
    who = {coder.id: f"{coder.name} ({coder.kind})" for coder in store.coders()}
    settled = _settled(store)
    found: list[CodeMove] = []
    for document, old, new in changes.changed:
        model = _by_dimension(codebook, (one for one in store.codings(version_id=old.id) if one.run_id is not None))
        people = {one.dimension_id: one for cell, one in settled.items() if cell[0] == old.id}
        before = {name: people.get(name, coding) for name, coding in model.items()} | people
        after = _by_dimension(codebook, store.codings(version_id=new.id, run_id=run.id))
        for one in moved(old, new, before, after):
            dimension = codebook.dimension(one.dimension_id)
            found.append(
                CodeMove(
                    document.name, one.dimension_id, answer_words(dimension, one.before), who[one.before.coder_id],
                    answer_words(dimension, one.after), one.gone, one.come,
                )
            )  # fmt: skip
    return found


def moved_without(store: Store, codebook: Codebook, run: Run, changes: Changes) -> list[CodeMove]:
    """The run's codes of texts that did not change, and that are others than they were at the moment."""
    who = {coder.id: f"{coder.name} ({coder.kind})" for coder in store.coders()}
    if run.created_at >= changes.since:  # a run that is new has no codes from before
        return []
    names = store.version_names()
    found: list[CodeMove] = []
    for dimension in codebook.dimensions:
        codings = store.codings(run_id=run.id, dimension_id=dimension.id)
        if not any(one.created_at >= changes.since for one in codings):
            continue
        before = {one.version_id: one for one in latest([one for one in codings if one.created_at < changes.since])}
        found += [
            CodeMove(
                names[one.version_id], dimension.id, answer_words(dimension, before[one.version_id]),
                who[one.coder_id], answer_words(dimension, one),
            )
            for one in latest(codings)
            if one.version_id in before and answer(before[one.version_id]) != answer(one)
        ]  # fmt: skip
    return found


def codes_of(store: Store, codebook: Codebook, run: Run, version: Version) -> dict[str, str]:
    """The run's codes of a text in words, by dimension."""
    found = _by_dimension(codebook, store.codings(version_id=version.id, run_id=run.id))
    return {name: answer_words(codebook.dimension(name), coding) for name, coding in found.items()}


def _by_dimension(codebook: Codebook, codings: Iterable[Coding]) -> dict[str, Coding]:
    """The newest coding of each dimension as the codebook has it now."""
    hashes = {dimension.id: dimension.hash() for dimension in codebook.dimensions}
    fitting = [one for one in codings if hashes.get(one.dimension_id) == one.dimension_hash]
    newest = {one.dimension_id: one for one in latest(fitting)}
    return {name: newest[name] for name in hashes if name in newest}


def _settled(store: Store) -> dict[tuple[str, str], Coding]:
    items = [item for item in store.queue_items() if item.coder_id is None]
    given = settlements(items, store.decisions(), decided_codings(store))
    return {cell: codings[-1] for cell, codings in given.items() if not conflicting(codings)}
