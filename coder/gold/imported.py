"""What came of reading a file of codings: the codings, and every problem with its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from coder.errors import InputError
from coder.model import CoderKind, Coding, GoldItem, Inclusion

ProblemKind = Literal[
    "unknown_document",
    "unknown_dimension",
    "unknown_code",
    "several_codes",
    "contradiction",
    "value",
    "quote",
    "coder",
    "probability",
    "record",
]
RowUnit = Literal["row", "line", "source", "task"]
_ROWS_SHOWN = 10


@dataclass(frozen=True)
class Problem:
    """Something in the file that was not taken, because taking it would have been a guess.

    `rows` are what `unit` says: the `row`s of a spreadsheet, the `line`s of a text file, the `source`s of a
    REFI-QDA project or the `task`s of Label Studio, counted from 1.
    `dimension` is empty where the problem concerns a whole row. Text from the file stands in `message` as Python
    writes it (`repr`), so control characters are visible and harmless.
    """

    kind: ProblemKind
    message: str
    rows: tuple[int, ...] = ()
    dimension: str = ""
    unit: RowUnit = "row"

    def __str__(self) -> str:
        where = ", ".join(part for part in (self._where(), self.dimension) if part)
        return f"{where}: {self.message}" if where else self.message

    def _where(self) -> str:
        if not self.rows:
            return ""
        shown = ", ".join(str(row) for row in self.rows[:_ROWS_SHOWN])
        more = f" and {len(self.rows) - _ROWS_SHOWN} more" if len(self.rows) > _ROWS_SHOWN else ""
        return f"{self.unit}{'' if len(self.rows) == 1 else 's'} {shown}{more}"


@dataclass(frozen=True)
class GoldImport:
    """Codings as read, by the name of their coder.

    `kinds` says of which kind each coder is. The codings carry a provisional `coder_id`; `credited` puts the ids of
    the store in. `defensible` lists, by coding id, the codes that a careful coder could also have given. `not_coded`
    counts the empty cells of a wide table, which make no coding.
    """

    path: Path
    codings_by_coder: Mapping[str, tuple[Coding, ...]] = field(default_factory=dict)
    kinds: Mapping[str, CoderKind] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    inclusions: tuple[Inclusion, ...] = ()
    defensible: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    not_coded: int = 0
    notes: tuple[str, ...] = ()

    def credited(self, coder_ids: Mapping[str, str]) -> GoldImport:
        """The same codings under the ids that the store has for the coders' names; KeyError for a missing name."""
        codings = {
            name: tuple(coding.model_copy(update={"coder_id": coder_ids[name]}) for coding in codings)
            for name, codings in self.codings_by_coder.items()
        }
        return replace(self, codings_by_coder=codings)

    def gold_items(self, coder: str) -> tuple[GoldItem, ...]:
        """The codings of one coder as items of a gold set; KeyError for a name that the file does not have."""
        return tuple(
            GoldItem(coding_id=coding.id, defensible=self.defensible.get(coding.id, ()))
            for coding in self.codings_by_coder[coder]
        )

    def error(self, shown: int = 20) -> InputError:
        """All problems as one error for people: a line each, at most `shown` of them, then how many more."""
        count = len(self.problems)
        lines = [str(problem) for problem in self.problems[:shown]]
        more = [f"and {count - shown} more"] if count > shown else []
        first = f"{self.path}: {count} {'problem' if count == 1 else 'problems'}; nothing was imported"
        return InputError("\n  ".join([first, *lines, *more]), "mend the file, or import without these codings")
