"""Find documents that are one in a project's store, and keep what the program or a person holds of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coder.documents.alike import find_alike
from coder.documents.described import Described, describe
from coder.documents.differing import compare
from coder.errors import InputError
from coder.model import Coder, Document, Match, MatchVerdict
from coder.screening.matching import pair_of, proposals, undo, undoable

if TYPE_CHECKING:
    from coder.screening.matching import Groups
    from coder.store import Store


@dataclass(frozen=True)
class Documents:
    """The documents of a store, as they are described and as people call them."""

    by_id: dict[str, Document]
    described: dict[str, Described]

    @property
    def names(self) -> dict[str, str]:
        """What people call all documents, by id."""
        return {id_: document.name for id_, document in self.by_id.items()}

    def name(self, document_id: str) -> str:
        """What people call a document."""
        return self.by_id[document_id].name

    def named(self, name: str) -> str:
        """The id of the document with this name or id; InputError where none or several have it."""
        found = [one.id for one in self.by_id.values() if name in (one.name, one.id)]
        if len(found) != 1:
            what = "no document has this name or id" if not found else f"{len(found)} documents are called so"
            ids = f"use one of their ids: {', '.join(found[:5])}" if found else "intercoder dedupe --json lists them"
            raise InputError(f"{name}: {what}", ids)
        return found[0]


def read_documents(store: Store) -> Documents:
    """All documents with what says which thing each describes, and the addresses where searches found them."""
    addresses: dict[str, set[str]] = defaultdict(set)
    for document_id, url in store.hit_addresses():
        addresses[document_id].add(url)
    documents = {document.id: document for document in store.documents()}
    described = {id_: describe(document, None, sorted(addresses[id_])) for id_, document in documents.items()}
    for document, version in store.each_current():
        described[document.id] = describe(document, version, sorted(addresses[document.id]))
    return Documents(documents, described)


def search_duplicates(store: Store, documents: Documents, *, keep: bool) -> list[Match]:
    """What the program adds to what is held; kept in the store where `keep` says so. Again at once, it adds nothing."""
    added = proposals(find_alike(list(documents.described.values())), store.matches())
    if keep and added:
        store.add_matches(added)
    return added


def say(
    store: Store, documents: Documents, names: Sequence[str], verdict: MatchVerdict, coder: Coder, why: str = ""
) -> Match:
    """Keep a person's word on two documents; InputError where they are one and the same."""
    first, second = (documents.named(name) for name in names)
    if first == second:
        raise InputError(f"{names[0]} and {names[1]} are one document", "name two")
    match = Match(document_id=first, other_id=second, verdict=verdict, grounds=why, coder_id=coder.id)
    store.add_matches([match])
    return match


def take_back(store: Store, documents: Documents, coder: Coder, names: Sequence[str] = ()) -> Match:
    """Take back what was said last, by this person or of the pair named. InputError where there is nothing."""
    matches = store.matches()
    if names:
        first, second = sorted(documents.named(name) for name in names)
        pair = first, second
    else:
        found = undoable(matches, coder.id)
        if found is None:
            raise InputError(
                f"{coder.name} said nothing of two documents that could be taken back",
                "name a pair to take back what anybody or the program said: --undo A B",
            )
        pair = found
    match = undo(matches, pair, coder.id)
    if match is None:
        raise InputError("nothing was said of these two", "intercoder dedupe --history lists what was")
    store.add_matches([match])
    return match


def shown(documents: Documents, match: Match, coders: dict[str, str]) -> dict[str, Any]:
    """A match with its evidence, as `dedupe --json` gives it: both sides, what they share and where they differ."""
    first, second = (documents.described[id_] for id_ in (match.document_id, match.other_id))
    compared = compare(first.text, second.text)
    sides = zip((first, second), (compared.first, compared.second), strict=True)
    return {
        "verdict": match.verdict,
        "by": coders[match.coder_id] if match.coder_id else "program",
        "grounds": match.grounds,
        "evidence": match.evidence,
        "documents": [
            {
                "id": one.document_id,
                "document": documents.name(one.document_id),
                "title": one.title,
                "addresses": sorted(one.keys),
                "year": one.year,
                "characters": len(one.text),
                "only_here": list(own),
            }
            for one, own in sides
        ],
        "shared": list(compared.shared),
        "at": match.created_at.isoformat(),
    }


def record(
    store: Store, documents: Documents, groups: Groups, added: Sequence[Match], *, dry_run: bool
) -> dict[str, Any]:
    """The keys of `dedupe --json`."""
    coders = {coder.id: coder.name for coder in store.coders()}
    members: dict[str, list[str]] = defaultdict(list)
    for document, kept in groups.kept.items():
        members[kept].append(document)
    waiting = {pair_of(match) for match in groups.doubtful}
    return {
        "documents": len(documents.by_id),
        "dry_run": dry_run,
        "added": [shown(documents, match, coders) for match in added],
        "groups": [
            {
                "document": documents.name(kept),
                "id": kept,
                "merged": [
                    {"document": documents.name(one), "id": one, "by": groups.merged_by[one]} for one in sorted(merged)
                ],
            }
            for kept, merged in sorted(members.items())
        ],
        "doubtful": [shown(documents, match, coders) for match in groups.doubtful],
        "contradictions": [
            {
                "set_aside": shown(documents, one.match, coders),
                "because": [shown(documents, match, coders) for match in one.because],
            }
            for one in groups.contradictions
        ],
        "waiting": len(waiting),
    }
