"""How the intervals of `eval` are drawn: documents, or those together that share a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coder.agreement.evaluate import REPLICATES, SEED
from coder.agreement.intervals import Bootstrap
from coder.errors import InputError

if TYPE_CHECKING:
    from coder.store import Store


@dataclass(frozen=True)
class Resampling:
    """How intervals are drawn: the seed, and by which variable documents share a source, if they do.

    `clusters` names the source of each version. A document without a value is a source of its own; `alone` counts
    those.
    """

    seed: int = SEED
    variable: str | None = None
    clusters: Mapping[str, str] | None = None
    alone: int = 0

    @property
    def bootstrap(self) -> Bootstrap:
        """With the replicates of a figure that is reported."""
        return Bootstrap(self.seed, REPLICATES)

    def record(self) -> dict[str, Any]:
        """The keys of `intervals` in `eval --json`."""
        resampled = "documents" if self.variable is None else "clusters"
        return {
            "method": "bca",
            "resampled": resampled,
            "cluster": self.variable,
            "without_value": self.alone,
            "replicates": REPLICATES,
            "seed": self.seed,
        }


def resampling(store: Store, seed: int, variable: str | None) -> Resampling:
    """Resampling of documents, or of those together that have the same value of a variable.

    InputError where no document has the variable.
    """
    if variable is None:
        return Resampling(seed)
    documents = store.documents()
    if not any(one.variables.get(variable) for one in documents):
        known = sorted({name for one in documents for name in one.variables})
        raise InputError(f"no document has the variable '{variable}'", f"there are: {', '.join(known) or 'none'}")
    source = {one.id: one.variables.get(variable, "") for one in documents}
    valued = {
        version: source[document.id]
        for version, document in store.documents_of_versions().items()
        if source[document.id]
    }
    return Resampling(seed, variable, valued, alone=sum(not value for value in source.values()))
