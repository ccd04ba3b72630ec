"""What a project's store holds since a moment that it did not hold before: documents, texts, codes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from coder.adjudicate.log import conflicting, settlements
from coder.adjudicate.wording import answer_words
from coder.cli.second import decided_codings
from coder.model import Codebook, Coding, Document, Run, Status, Version
from coder.report.html.news import CodeMove
from coder.run.codings import latest
from coder.run.moved import answer, moved

if TYPE_CHECKING:
    from coder.store import Store


@dataclass(frozen=True, eq=False)
class Changes:
    """By a moment: documents that came since, and what became since of those that were known before.

    `read` are those whose first text came since; `changed` those whose text is another, with the text before and the
    newest; `coded` every document whose newest text a model answered for the first time since, with the text that it
    answered before (None where it never did); `waiting` the ids of those whose newest text no model answered yet.
    """

    since: datetime
    arrived: tuple[tuple[Document, Version | None], ...]
    read: tuple[tuple[Document, Version], ...]
    changed: tuple[tuple[Document, Version, Version], ...]
    coded: tuple[tuple[Document, Version | None, Version], ...]
    waiting: frozenset[str]

    @property
    def batch(self) -> frozenset[str]:
        """The ids of the documents whose codes are of this time: each text is in one batch, that of its first codes."""
        return frozenset(document.id for document, _, _ in self.coded)

    @property
    def late(self) -> tuple[tuple[Document, Version], ...]:
        """Documents that were told before, without codes, and have them since."""
        told = {document.id for document, _ in (*self.arrived, *self.read)}
        told |= {document.id for document, _, _ in self.changed}
        return tuple((document, new) for document, _, new in self.coded if document.id not in told)


def changes_since(store: Store, since: datetime) -> Changes:
    """What came since a moment. A text that changed and changed back is no change."""
    arrived: list[tuple[Document, Version | None]] = []
    read: list[tuple[Document, Version]] = []
    changed: list[tuple[Document, Version, Version]] = []
    coded: list[tuple[Document, Version | None, Version]] = []
    waiting: set[str] = set()
    answered, earlier = store.answered_versions(), store.answered_versions(since)
    for document, versions in store.documents_with_versions():
        newest = versions[-1] if versions else None
        before = [version for version in versions if version.created_at < since]
        if document.created_at >= since:
            arrived.append((document, newest))
        elif newest is not None and not before:
            read.append((document, newest))
        elif newest is not None and newest.hash != before[-1].hash:
            changed.append((document, before[-1], newest))
        if newest is None:
            continue
        if newest.id not in answered:
            waiting.add(document.id)
        elif newest.id not in earlier and not _returned(newest, before, earlier):
            coded.append((document, _answered_last(newest, before, earlier), newest))
    return Changes(since, tuple(arrived), tuple(read), tuple(changed), tuple(coded), frozenset(waiting))


def _returned(newest: Version, before: Iterable[Version], earlier: Container[str]) -> bool:
    """Whether a text is one that was answered before, and came back."""
    return any(version.hash == newest.hash and version.id in earlier for version in before)


def _answered_last(newest: Version, before: Sequence[Version], earlier: Container[str]) -> Version | None:
    """The text before: the last that a model answered, else the last there was."""
    older = [version for version in before if version.id != newest.id]
    return next((version for version in reversed(older) if version.id in earlier), older[-1] if older else None)


def moved_with_text(store: Store, codebook: Codebook, run: Run, changes: Changes) -> list[CodeMove]:
    """The first codes of changed texts that are others than those of the text before, with the words that moved them.

    They count from when the text was coded, not from when it changed: a model that was down then is no matter.
    Before: what people settled, else what the model said, by this codebook. Now: what the run says of the new text.
    """
    who = {coder.id: f"{coder.name} ({coder.kind})" for coder in store.coders()}
    settled = _settled(store)
    found: list[CodeMove] = []
    for document, old, new in changes.coded:
        if old is None:
            continue
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
    """The run's codes of texts that did not change, and that are others than they were at the moment.

    One that is there since only because the call before failed is among them; a text without any code before is not.
    """
    who = {coder.id: f"{coder.name} ({coder.kind})" for coder in store.coders()}
    if run.created_at >= changes.since:  # a run that is new has no codes from before
        return []
    names = store.version_names()
    first = {version.id for _, _, version in changes.coded}
    found: list[CodeMove] = []
    for dimension in codebook.dimensions:
        codings = store.codings(run_id=run.id, dimension_id=dimension.id)
        if not any(one.created_at >= changes.since for one in codings):
            continue
        then = latest([one for one in codings if one.created_at < changes.since and one.version_id not in first])
        before = {one.version_id: one for one in then}
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
    """The newest answer to each dimension as the codebook has it now; a call that failed is none."""
    hashes = {dimension.id: dimension.hash() for dimension in codebook.dimensions}
    fitting = [
        one for one in codings if hashes.get(one.dimension_id) == one.dimension_hash and one.status is not Status.FAILED
    ]
    newest = {one.dimension_id: one for one in latest(fitting)}
    return {name: newest[name] for name in hashes if name in newest}


def _settled(store: Store) -> dict[tuple[str, str], Coding]:
    items = [item for item in store.queue_items() if item.coder_id is None]
    given = settlements(items, store.decisions(), decided_codings(store))
    return {cell: codings[-1] for cell, codings in given.items() if not conflicting(codings)}
