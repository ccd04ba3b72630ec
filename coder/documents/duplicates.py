"""Decide what an import adds: new documents, new versions of known ones, and texts that are there already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from coder.documents.normalise import text_hash
from coder.documents.records import ReadDocument
from coder.model.base import Record
from coder.model.document import Document, TextState, Version

Pair = tuple[Document, Version]
Stored = tuple[Document, Version | TextState]
Fate = Literal["new", "changed", "unchanged", "left out"]


class Duplicate(Record):
    """A document whose normalised text another one has already; `kept` says whether it is imported all the same."""

    name: str
    source: str
    original: str
    kept: bool


class ImportPlan(Record):
    """What to store (`new`, `versions`) and what to say about the rest.

    `new` are documents with their first version, `versions` changed texts of known documents (the same name),
    `unchanged` names whose text is the newest one stored, `duplicates` texts that stand under another name.
    """

    new: tuple[Pair, ...] = ()
    versions: tuple[Version, ...] = ()
    unchanged: tuple[str, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    notes: tuple[str, ...] = ()


def plan_import(
    read: Iterable[ReadDocument],
    existing: Sequence[Stored] = (),
    *,
    keep_duplicates: bool = False,
    context: Sequence[str] = (),
) -> ImportPlan:
    """Sort what was read against what is stored (`existing`: each document with its newest text, or the state of it).

    A text that stands already under another name, stored or earlier in this import, is left out with a note, or kept
    with one. A changed text of a known name is always a new version. `context` names variables that are to be shown
    to coders beside the text.
    """
    cases = _cases(read, existing, keep_duplicates)
    return ImportPlan(
        new=tuple(_pair(case, context) for case in cases if case.fate == "new"),
        versions=tuple(_pair(case, context)[1] for case in cases if case.fate == "changed"),
        unchanged=tuple(case.item.name for case in cases if case.fate == "unchanged"),
        duplicates=tuple(_duplicate(case) for case in cases if case.original),
        notes=tuple(note for case in cases for note in _notes(case)),
    )


@dataclass(frozen=True)
class _Case:
    """One document read: what is stored under its name, and under which other name its text stands (or none)."""

    item: ReadDocument
    digest: str
    stored: Stored | None
    original: str
    fate: Fate


def _cases(read: Iterable[ReadDocument], existing: Sequence[Stored], keep_duplicates: bool) -> list[_Case]:
    stored = {document.name: (document, version) for document, version in existing}
    hashed = [(item, text_hash(item.text)) for item in read]
    changed = {item.name for item, digest in hashed if item.name in stored and stored[item.name][1].hash != digest}
    holders: dict[str, str] = {}  # by hash, the first document whose text it is once this import is done
    for document, version in existing:
        if document.name not in changed:
            holders.setdefault(version.hash, document.name)
    cases = []
    for item, digest in hashed:
        known = item.name in stored
        original = "" if known and item.name not in changed else holders.get(digest, "")
        fate = _fate(known, item.name in changed, bool(original) and not keep_duplicates)
        cases.append(_Case(item, digest, stored.get(item.name), original, fate))
        if fate != "left out":
            holders.setdefault(digest, item.name)
    return cases


def _fate(known: bool, changed: bool, unwanted: bool) -> Fate:
    if known:
        return "changed" if changed else "unchanged"
    return "left out" if unwanted else "new"


def _pair(case: _Case, context: Sequence[str]) -> Pair:
    item = case.item
    document = case.stored[0] if case.stored else _document(item)
    shown = {key: item.variables[key] for key in context if item.variables.get(key)}
    version = Version(document_id=document.id, text=item.text, hash=case.digest, language=item.language, context=shown)
    return document, version


def _duplicate(case: _Case) -> Duplicate:
    kept = case.fate != "left out"
    return Duplicate(name=case.item.name, source=case.item.source, original=case.original, kept=kept)


def _document(item: ReadDocument) -> Document:
    return Document(name=item.name, variables=item.variables, source=item.source)


def _notes(case: _Case) -> list[str]:
    """What a person should hear. Documents are never changed, so new variables under a known name are told of too."""
    label = f"{case.item.source}: '{case.item.name}'"
    notes = []
    if case.original:
        notes.append(
            f"{label} has the text of '{case.original}'{' and is left out' if case.fate == 'left out' else ''}"
        )
    if case.stored and case.stored[0].variables != case.item.variables:
        notes.append(f"{label} is stored already with other variables; the stored ones stay")
    if case.fate == "unchanged" and case.stored and case.stored[1].purged:
        notes.append(f"{label} is stored with this text purged; it stays so")
    return notes
