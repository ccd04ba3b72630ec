"""Whose codes count no more because their document was merged away, and whose count again: in words. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from coder.report.html.blocks import number


@dataclass(frozen=True)
class CodedBy:
    """How much a coder coded in a document: cells of the codebook's dimensions, and answers to criteria."""

    coder: str
    codings: int = 0
    criteria: int = 0

    @property
    def words(self) -> str:
        """`2 codings and 1 answer to a criterion by ada (person)`."""
        told = [number(self.codings, "coding")] if self.codings else []
        told += [number(self.criteria, "answer to a criterion", "answers to criteria")] if self.criteria else []
        return f"{' and '.join(told)} by {self.coder}"


@dataclass(frozen=True)
class Merging:
    """A document that is merged into another, which stands for both: its codes count no more.

    `by` is who said so; to take back what was said of `pair` (names, or ids where a name would not do) parts them.
    """

    id: str
    document: str
    into: str
    by: str
    codes: tuple[CodedBy, ...]
    pair: tuple[str, str]

    @property
    def undo(self) -> str:
        """The command that parts them again."""
        return f"intercoder dedupe --undo --pair {shlex.join(self.pair)}"


@dataclass(frozen=True)
class Parting:
    """A document that is merged away no longer: its codes count again."""

    id: str
    document: str
    codes: tuple[CodedBy, ...]


@dataclass(frozen=True)
class Remerged:
    """The documents merged away now that were not before, and those that were and are not."""

    mergings: tuple[Merging, ...] = ()
    partings: tuple[Parting, ...] = ()

    def lines(self, *, dry_run: bool = False) -> Iterator[str]:
        """What becomes of codes: a line for each document that has some."""
        would = "would " if dry_run else ""
        for one in self.mergings:
            if one.codes:
                yield (
                    f"{one.document} is merged into {one.into} (by {one.by}): of {one.document} {would}count no more: "
                    f"{coded_words(one.codes)}; to undo: {one.undo}"
                )
        for back in self.partings:
            if back.codes:
                yield (
                    f"{back.document} is no longer merged away: of {back.document} {would}count again: "
                    f"{coded_words(back.codes)}"
                )


def coded_words(codes: tuple[CodedBy, ...]) -> str:
    """All coders' work in words."""
    return ", ".join(one.words for one in codes)
