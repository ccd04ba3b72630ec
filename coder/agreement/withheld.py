"""A result without figures: where items were selected, or no one coder stands behind a reference."""

from __future__ import annotations

from collections.abc import Sequence

from coder.agreement.pairing import pair_answers
from coder.model.agreement import DimensionAgreement
from coder.model.codebook import Dimension
from coder.model.coding import Coding


def withheld(
    dimension: Dimension,
    reference: Sequence[Coding],
    coder: Sequence[Coding],
    reason: str,
    *,
    min_kappa: float | None = None,
) -> DimensionAgreement:
    """How many items there are, and why nothing is computed on them."""
    pairs = pair_answers(dimension, reference, coder)
    return DimensionAgreement(
        coefficient="cohen_kappa" if dimension.single else "alpha_masi",
        value=None,
        n=pairs.n,
        reason=reason,
        dimension=dimension.id,
        kind=dimension.kind,
        percent_agreement=None,
        percent_agreement_low=None,
        refused=0,
        complete_case=None,
        excluded=pairs.excluded,
        categories=(),
        gold_margins=(),
        coder_margins=(),
        min_kappa=min_kappa,
        verdict=None if min_kappa is None else "not estimable",
    )
