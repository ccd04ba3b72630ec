"""What an analysis found on one dimension, estimated or not: shares, cross-tables, and why there are none. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from coder.inference.association import Association
from coder.inference.crosstabs import CrossTable
from coder.inference.shares import MethodShares, ShareReport
from coder.inference.transport import Drift

Corrected = Literal["dsl", "ppi"]
Universe = Literal["super", "finite"]
"""What intervals speak of: a stream of such documents, of which these are a sample, or these documents alone."""


@dataclass(frozen=True)
class DimensionShares:
    """The shares of one dimension. Without a `report`, `reason` says why and `remedy` what to do.

    `model` holds the naive shares in any case, `answered` of `population` documents have a model code, `basis` says
    what the sample is, `outside` how many documents it was not drawn from. `inapplicable` counts the documents to which
    the dimension does not apply: by the drawn hand codes, and by the model's codes.
    """

    dimension: str
    kind: str
    basis: str
    population: int
    answered: int
    model: Mapping[str, float | None]
    report: ShareReport | None
    outside: int = 0
    inapplicable: tuple[int, int] = (0, 0)
    reason: str | None = None
    remedy: str | None = None

    def corrected(self, method: Corrected) -> MethodShares | None:
        """The corrected shares by a method; None where nothing is estimable."""
        return None if self.report is None else getattr(self.report, method)


@dataclass(frozen=True)
class NaiveCross:
    """Counts of the model's codes by row and column, and whether the two go together."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    association: Association


@dataclass(frozen=True)
class DimensionCross:
    """A dimension, or one label of it, by another or by a document variable; without a `table`, `reason` says why.

    `naive` counts the model's codes, taken for true, with a test and its effect size; it needs no codes by people.
    """

    row: str
    column: str
    table: CrossTable | None
    reason: str | None = None
    remedy: str | None = None
    naive: NaiveCross | None = None


@dataclass(frozen=True)
class Together:
    """Labels of a multi-label dimension that come together, by the model's codes taken for true.

    `counts` holds the documents with both the row's and the column's label, shape (labels, labels); its diagonal those
    with the label. `n` documents have an answer.
    """

    dimension: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    n: int


@dataclass(frozen=True)
class BatchDrift:
    """One batch of documents against all others: tests on codes and confidences, and whether people audited it.

    `size` documents of `population` are in the batch, `audited` of them were drawn and coded by hand. `refusal` says
    why no corrected estimate can be had for the batch, `remedy` what to do; both None where one can.
    """

    batch: str
    size: int
    population: int
    audited: int
    drifts: tuple[Drift, ...]
    refusal: str | None = None
    remedy: str | None = None
