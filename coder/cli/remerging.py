"""Which documents were merged away or parted since, and whose codes of them count no more, or again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from coder.report.remerged import CodedBy, Merging, Parting, Remerged

if TYPE_CHECKING:
    from coder.screening.matching import Groups
    from coder.store import Store

PROGRAM = "the program"


def remerged(store: Store, names: Mapping[str, str], before: Collection[str], groups: Groups) -> Remerged:
    """How the groups differ from before, when the documents of these ids were merged away.

    `names` are those of all documents, by id. Counted is the work on each document's newest text, by whatever codebook.
    """
    away = [one for one in sorted(groups.kept.keys() - set(before)) if one in names]
    back = [one for one in sorted(set(before) - groups.kept.keys()) if one in names]
    if not (away or back):
        return Remerged()
    coders = {one.id: f"{one.name} ({one.kind})" for one in store.coders()}
    codes, called = _coded(store, [*away, *back], coders), _called(names)

    def merging(document: str) -> Merging:
        word = groups.newest[document]
        by = coders[word.coder_id] if word.coder_id else PROGRAM
        pair = called(word.document_id), called(word.other_id)
        return Merging(document, names[document], names[groups.kept[document]], by, codes.get(document, ()), pair)

    return Remerged(
        tuple(merging(one) for one in away), tuple(Parting(one, names[one], codes.get(one, ())) for one in back)
    )


def remerged_record(found: Remerged) -> dict[str, Any]:
    """The keys of what counts no more, or again, in `dedupe --json` and `merge --json`."""
    return {
        "count_no_more": [
            {
                "id": one.id,
                "document": one.document,
                "into": one.into,
                "by": one.by,
                "codes": list(map(_record, one.codes)),
                "undo": one.undo,
            }
            for one in found.mergings
            if one.codes
        ],
        "count_again": [
            {"id": one.id, "document": one.document, "codes": list(map(_record, one.codes))}
            for one in found.partings
            if one.codes
        ],
    }


def _record(one: CodedBy) -> dict[str, Any]:
    return {"coder": one.coder, "codings": one.codings, "criteria": one.criteria}


def _coded(store: Store, documents: Collection[str], coders: Mapping[str, str]) -> dict[str, tuple[CodedBy, ...]]:
    """By document who coded its newest text, and how much."""
    newest = store.newest_versions()
    texts = {newest[one]: one for one in documents if one in newest}
    cells: dict[str, Counter[tuple[str, bool]]] = defaultdict(Counter)
    for criteria, seen in ((False, store), (True, store.apart("screening"))):
        for version, coder, count in seen.coded_cells(texts):
            cells[texts[version]][coder, criteria] += count
    return {
        document: tuple(
            CodedBy(coders[coder], counts[coder, False], counts[coder, True])
            for coder in sorted({coder for coder, _ in counts}, key=coders.__getitem__)
        )
        for document, counts in cells.items()
    }


def _called(names: Mapping[str, str]) -> Callable[[str], str]:
    """By what a person names a document: its name, or its id where others are called so or nobody could type it."""
    taken = Counter(names.values())
    ids = names.keys()

    def called(document: str) -> str:
        name = names.get(document, document)
        fits = taken[name] == 1 and name not in ids and name.isprintable() and not name.startswith("-")
        return name if fits else document

    return called
