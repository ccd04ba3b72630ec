"""Codings and dimensions in a line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pydantic import TypeAdapter

from coder.model import Assignment, Coding, Dimension, DimensionBase, Status

Given = str | set[str] | Status | None


@pytest.fixture
def dimension() -> Callable[..., Any]:
    """`dimension("ordinal", "low mid high", absent=True)`; a quantity has a bin for each name."""
    adapter: TypeAdapter[Any] = TypeAdapter(Dimension)

    def build(kind: str, names: str, *, absent: bool = False) -> Any:
        fields: dict[str, Any] = {"id": "asked", "kind": kind, "question": "?"}
        categories = [{"id": name} for name in names.split()]
        if kind == "quantity":
            bins = [{**each, "from": low, "to": low + 1} for low, each in enumerate(categories)]
            fields |= {"unit": "EUR", "bins": bins}
        elif kind == "date":
            fields |= {"period": {"from": "2019-01", "to": "2020-12"}}
        else:
            fields |= {"categories": categories}
        return adapter.validate_python(fields | ({"absent": {}} if absent else {}))

    return build


@pytest.fixture
def codings() -> Callable[[DimensionBase, Sequence[Given]], list[Coding]]:
    """One coding an item, item k being version `v<k>`: a category, a set of labels, a status, or None for no coding."""

    def one(asked: DimensionBase, item: int, given: str | set[str] | Status) -> Coding:
        status = given if isinstance(given, Status) else Status.CODED
        codes = [] if isinstance(given, Status) else [given] if isinstance(given, str) else sorted(given)
        return Coding(
            version_id=f"v{item}",
            dimension_id=asked.id,
            coder_id="someone",
            status=status,
            assignments=tuple(Assignment(category=code) for code in codes),
            codebook_hash="any",
            dimension_hash=asked.hash(),
        )

    def build(asked: DimensionBase, answers: Sequence[Given]) -> list[Coding]:
        return [one(asked, item, given) for item, given in enumerate(answers) if given is not None]

    return build
