"""Figures that a study published, each tied to the codes it speaks of, to hold a project against."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from coder.model.base import Record
from coder.report.html.plan import checked, read_yaml

Exactness = Literal["exact", "around", "below", "qualitative"]


class Condition(Record):
    """Documents with at least one of `any_of`, all of `all_of`, none of `none_of`; without a list, all that are coded.

    Of a `variable` in place of a dimension, `any_of` lists its values; without them any value but no, false and 0.
    `given` keeps the documents that meet another condition.
    """

    dimension: str = ""
    variable: str = ""
    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    given: Condition | None = None

    def holds(self, codes: frozenset[str]) -> bool:
        """Whether a document with these codes (of a variable, its value) is meant."""
        if self.variable and not codes:
            return False
        if self.any_of and not codes & set(self.any_of):
            return False
        return set(self.all_of) <= codes and not codes & set(self.none_of)

    @property
    def listed(self) -> tuple[str, ...]:
        """Every code it names."""
        return (*self.any_of, *self.all_of, *self.none_of)


class PublishedFigure(Record):
    """One published figure: what it says, its value (None where words alone are given), and where it stands."""

    id: str
    what: str
    value: float | None = None
    unit: str
    exactness: Exactness
    where: dict[str, Any] = Field(default_factory=dict)
    also: tuple[dict[str, Any], ...] = ()
    of: Condition | None = None

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return ", ".join(
            f"{name} {value}" if name == "sentence" else str(value)
            for name, value in self.where.items()
            if name != "row"
        ) + (f", row {self.where['row']}" if "row" in self.where else "")


class Published(Record):
    """All of them, with the study: `source.programs` (or `documents`) is the number of documents it had."""

    source: dict[str, Any]
    figures: tuple[PublishedFigure, ...]

    @model_validator(mode="after")
    def _has_n(self) -> Published:
        if self.documents is None:
            raise ValueError("source needs the number of documents: documents (or programs), a whole number above 0")
        return self

    @property
    def documents(self) -> int | None:
        """How many documents the study had."""
        found = self.source.get("documents", self.source.get("programs"))
        return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None

    @property
    def name(self) -> str:
        """The study, as far as the file says."""
        return (
            ", ".join(str(self.source[key]) for key in ("citation", "doi") if key in self.source)
            or "the published study"
        )


def load_published(path: Path) -> Published:
    """The figures in a YAML file. InputError names the file, the place and what is wrong with it."""
    return checked(Published, path, read_yaml(path))
