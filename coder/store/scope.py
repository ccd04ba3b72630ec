"""Coding and screening lie in one store and are seen apart: a run, a code or a queued cell belongs to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, and_, false, or_, select

from coder.model import Codebook
from coder.screening.criteria import SUFFIX, is_screening
from coder.store import tables

Work = Literal["coding", "screening", "all"]
"""What a store shows. Who asks for nothing sees coding alone: no run of criteria is taken for one of the codebook."""
SAMPLE = "screening:"
"""What the names of samples begin with that were drawn for screening."""


@dataclass(frozen=True)
class Scope:
    """What belongs to screening: codings and runs with these codebooks, and what people code by these dimensions."""

    work: Work
    hashes: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()

    def coded_with(self, column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """The conditions on a codebook's hash; none where all is seen."""
        if self.work == "all" or (self.work == "coding" and not self.hashes):
            return []
        return [column.in_(self.hashes) if self.work == "screening" else column.not_in(self.hashes)]

    def queued(self) -> list[ColumnElement[bool]]:
        """The conditions on an item of the queue: its run's codebook, else its dimension."""
        if self.work == "all" or (self.work == "coding" and not self.hashes):
            return []
        items, runs = tables.queue_items.c, tables.runs.c
        of_run = items.run_id.in_(select(runs.id).where(runs.codebook_hash.in_(self.hashes)))
        of_people = and_(items.run_id.is_(None), items.dimension_id.in_(self.dimensions))
        # With a run that is not one of them the first is false and not unknown: ids are compared, never NULL.
        ours = or_(and_(items.run_id.is_not(None), of_run), of_people) if self.hashes else false()
        return [ours if self.work == "screening" else ~ours]

    def decided(self) -> list[ColumnElement[bool]]:
        """The conditions on a decision: its item's."""
        conditions = self.queued()
        if not conditions:
            return []
        return [tables.decisions.c.item_id.in_(select(tables.queue_items.c.id).where(*conditions))]

    def drawn(self) -> list[ColumnElement[bool]]:
        """The conditions on a sample: its name."""
        if self.work == "all":
            return []
        ours = tables.inclusions.c.sample.startswith(SAMPLE, autoescape=True)
        return [ours if self.work == "screening" else ~ours]


def scope(connection: Connection, work: Work) -> Scope:
    """What a store shows for this work, as it is now."""
    if work == "all":
        return Scope(work)
    books = tables.codebooks.c
    named = select(books.hash, books.content).where(books.name.endswith(SUFFIX, autoescape=True)).order_by(books.hash)
    found = {row.hash: _read(row.content) for row in connection.execute(named)}
    ours = {digest: book for digest, book in found.items() if book is not None and is_screening(book)}
    names = dict.fromkeys(dimension.id for book in ours.values() for dimension in book.dimensions)
    return Scope(work, tuple(ours), tuple(names))


def _read(content: str) -> Codebook | None:
    """A stored codebook; one that cannot be read is nobody's, and who asks for it is told."""
    try:
        return Codebook.model_validate_json(content)
    except ValidationError:
        return None
