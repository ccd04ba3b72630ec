"""Share documents out to first coders by design: some to all of them, the rest evenly. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coder.adjudicate.queueing import draw
from coder.errors import InputError
from coder.model import Codebook, QueueItem

ASSIGNED = "assigned"
"""The detail of a first coding that was assigned; without any assignment a person codes whatever there is."""


@dataclass(frozen=True)
class Assignment:
    """Who codes what: version ids by coder id, in the order drawn; `overlap` are those that every coder has."""

    by_coder: Mapping[str, tuple[str, ...]]
    overlap: tuple[str, ...]


def assign(version_ids: Iterable[str], coder_ids: Sequence[str], overlap: int, seed: int) -> Assignment:
    """Draw `overlap` documents at random for every coder, and deal the rest out in turn, one coder each.

    The overlap is a simple random sample, so that agreement on it speaks of all documents given. The same seed draws
    the same documents, whatever their order. InputError where there is no coder, one comes twice, or the overlap is
    larger than what there is.
    """
    mixed = sorted(version_ids, key=lambda version_id: draw(seed, (version_id, "assign")))
    if not coder_ids or len(set(coder_ids)) < len(coder_ids):
        raise InputError("each coder is to be named once", "give --coders A,B")
    if overlap > len(mixed):
        raise InputError(f"an overlap of {overlap} of {len(mixed)} documents", "give a smaller --overlap")
    shared, rest = tuple(mixed[:overlap]), mixed[overlap:]
    dealt = {coder_id: (*shared, *rest[turn :: len(coder_ids)]) for turn, coder_id in enumerate(coder_ids)}
    return Assignment(dealt, shared)


def first_items(
    codebook: Codebook, by_coder: Mapping[str, Iterable[str]], already: Iterable[QueueItem], detail: str = ""
) -> tuple[QueueItem, ...]:
    """An item for every document, dimension and coder that has none yet; `detail` is ASSIGNED if it was by design."""
    there = {(item.coder_id, item.version_id, item.dimension_id) for item in already if item.reason == "first_coding"}
    return tuple(
        QueueItem(
            version_id=version_id, dimension_id=dimension.id, coder_id=coder_id, reason="first_coding", detail=detail
        )
        for coder_id, version_ids in by_coder.items()
        for version_id in version_ids
        for dimension in codebook.dimensions
        if (coder_id, version_id, dimension.id) not in there
    )
