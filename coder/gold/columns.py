"""Which column of a table is which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from coder.errors import InputError
from coder.gold.vocabulary import fold
from coder.model import Codebook

Role = Literal["document", "dimension", "coder", "coder_kind", "codes", "status", "evidence", "memo", "probability"]

_NAMES: dict[Role, tuple[str, ...]] = {
    "document": ("document", "item", "document_id", "item_id", "doc", "doc_id", "id", "unit", "name", "file"),
    "dimension": ("dimension", "variable", "question"),
    "coder": ("coder", "rater", "annotator"),
    "coder_kind": ("coder_kind",),
    "codes": ("codes", "code", "category", "label", "value", "answer"),
    "status": ("status",),
    "evidence": ("evidence",),
    "memo": ("memo",),
    "probability": ("probability", "inclusion_probability"),
}


@dataclass(frozen=True)
class Columns:
    """The heading that plays each role, and the headings left over."""

    roles: Mapping[Role, str]
    others: tuple[str, ...]

    @property
    def long(self) -> bool:
        """Whether the table has one row an answer: it names a dimension and a code."""
        return "dimension" in self.roles and "codes" in self.roles

    def get(self, role: Role, values: Mapping[str, str]) -> str:
        """The cell that plays a role in a row; empty where no column does."""
        heading = self.roles.get(role)
        return values.get(heading, "") if heading is not None else ""


def find_columns(headings: Sequence[str], codebook: Codebook, named: Mapping[Role, str], place: str) -> Columns:
    """The role of each heading: those `named` by the user first, then by usual names, case ignored.

    A heading that is a dimension of the codebook, or its unit, is not mistaken for anything else. Raises InputError
    where a named column is missing or nothing names the documents.
    """
    roles: dict[Role, str] = {}
    for role, heading in named.items():
        if heading not in headings:
            raise InputError(f"{place}: has no column {heading!r}", f"its columns are {_listed(headings)}")
        roles[role] = heading
    answers = _answer_words(codebook)
    free = {fold(heading): heading for heading in reversed(headings) if heading not in roles.values()}
    for role, names in _NAMES.items():
        usual = (*names, fold(codebook.unit)) if role == "document" else names
        found = next((free[name] for name in usual if name in free and name not in answers), None)
        if role not in roles and found is not None:
            roles[role] = found
    if "document" not in roles:
        raise InputError(
            f"{place}: no column names the documents", f"say which one does; its columns are {_listed(headings)}"
        )
    return Columns(roles, tuple(heading for heading in headings if heading not in roles.values()))


def nearest(heading: str, candidates: Sequence[str]) -> str | None:
    """The candidate that a heading was probably meant to be, for a question to the person, never to be taken."""
    folded = {fold(candidate): candidate for candidate in candidates}
    found = get_close_matches(fold(heading), list(folded), n=1, cutoff=0.8)
    return folded[found[0]] if found else None


def _answer_words(codebook: Codebook) -> set[str]:
    return {
        fold(word)
        for dimension in codebook.dimensions
        for word in (dimension.id, dimension.label, dimension.name)
        if word
    }


def _listed(headings: Sequence[str]) -> str:
    return ", ".join(repr(heading) for heading in headings)
