"""What reading a saved file yields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from coder.search.results import Result


@dataclass(frozen=True)
class Taken:
    """The results in the file's order; `problems` are entries that could not be read, `notes` what was left out.

    `unread` are the places of those entries, counted from 1: they keep their rank among the results.
    """

    results: Sequence[Result]
    problems: Sequence[str] = ()
    notes: Sequence[str] = ()
    unread: Sequence[int] = ()

    @property
    def entries(self) -> int:
        """How many entries the file lists, those that could not be read among them."""
        return len(self.results) + len(self.unread)


@dataclass
class Taking:
    """A file while it is read, entry by entry."""

    results: list[Result] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)

    def add(self, made: Result | None, problem: str) -> None:
        """The next entry; `problem` says what is wrong with it where it is no result."""
        if made is not None:
            self.results.append(made)
            return
        self.unread.append(len(self.results) + len(self.unread) + 1)
        self.problems.append(problem)

    def taken(self) -> Taken:
        """All entries."""
        return Taken(self.results, self.problems, unread=self.unread)
