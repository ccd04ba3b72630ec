"""What a coder under test is, and the register of those there are."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol, cast

from coder.errors import InputError
from coder.model import Assignment, Coding, DimensionBase, Status
from eval.answers import AnswerLine, CallKey
from eval.datasets import LONG_AGO, DataSet, Item, derived_id, ruled_out
from eval.endpoints import Endpoint


class Coder(Protocol):
    """A way of asking a model and of reading what it says.

    `name` is its key in the register and goes into file names. `shape` is JSON-able and holds every choice that tells
    it from its variants; `shape["examples"]`, where given, is how many worked examples it wants.
    """

    @property
    def name(self) -> str: ...

    @property
    def shape(self) -> Mapping[str, Any]: ...

    def prompt_hash(self, data: DataSet) -> str:
        """Hash of all that is said apart from the texts."""
        ...

    async def ask(
        self,
        endpoint: Endpoint,
        data: DataSet,
        items: Sequence[Item],
        examples: Sequence[Item],
        done: Collection[CallKey],
        record: Callable[[AnswerLine], None],
    ) -> None:
        """Make every call that is not `done` and record it as it comes. Raises ProviderError where none will work."""
        ...

    def read(self, data: DataSet, items: Sequence[Item], lines: Sequence[AnswerLine]) -> list[Coding]:
        """The codings that these answers are: one a dimension and item, `failed` where a call is missing. Pure."""
        ...


def _lazily(module: str, name: str, *arguments: str) -> Callable[[], Coder]:
    """A factory that imports its module only when it is called."""

    def make() -> Coder:
        return cast(Coder, getattr(importlib.import_module(module), name)(*arguments))

    return make


_VARIANTS = (
    "shown", "shown-none", "shown-nearest", "shown-before", "shown-object", "shown-each", "shown-list", "shown-around",
    "shown-uncited", "shown-full", "shown-reversed", "shown-labels", "shown-choose", "shown-kept", "shown-written",
    "shown-voted",
    "together", "together-brief-1", "each", "each-prior", "each-none", "each-after", "each-brief", "each-reversed",
    "each-reason", "each-choose", "each-yes-no", "weighed",
    "screen", "screen-undrilled", "screen-together", "screen-together-cited",
)  # fmt: skip
PEERS: dict[str, Callable[[], Coder]] = {
    "naive": _lazily("eval.naive", "Naive"),
    **{name: _lazily("eval.skllm", "ScikitLLM", name) for name in ("scikit-llm", "scikit-llm-zero")},
}
CODERS: dict[str, Callable[[], Coder]] = {
    **PEERS,
    **{name: _lazily("eval.ours", "Ours", name) for name in _VARIANTS},
    "shown-warned": _lazily("eval.warned", "Warned"),
}
"""A new coder is one entry here; what a variant means stands in eval/ours.py."""


def get_coder(name: str) -> Coder:
    """The coder of this name; InputError listing the names where there is none."""
    if name not in CODERS:
        raise InputError(f"there is no coder '{name}'", f"use one of {', '.join(CODERS)}")
    return CODERS[name]()


def make_coding(
    data: DataSet,
    item: Item,
    dimension: DimensionBase,
    coder: str,
    status: Status,
    codes: Iterable[str] = (),
    reason: str = "",
    replicate: int = 0,
) -> Coding:
    """A coding under an id that data set, item, dimension, coder and replicate decide."""
    return Coding(
        id=derived_id(data.name, item.name, dimension.id, coder, str(replicate)),
        version_id=item.version.id,
        dimension_id=dimension.id,
        coder_id=derived_id(data.name, "coder", coder),
        status=status,
        assignments=tuple(Assignment(category=code) for code in codes),
        reason=reason,
        codebook_hash=data.codebook_hash,
        dimension_hash=data.dimension_hashes[dimension.id],
        replicate=replicate,
        created_at=LONG_AGO,
    )


def applicable(data: DataSet, item: Item, coder: str, codings: Mapping[str, Coding]) -> list[Coding]:
    """The codings of one item, `not_applicable` where the coder's own answers make a condition false."""
    out = ruled_out(data.codebook, codings)
    return [
        make_coding(data, item, dimension, coder, Status.NOT_APPLICABLE)
        if dimension.id in out
        else codings[dimension.id]
        for dimension in data.codebook.dimensions
        if dimension.id in codings
    ]
