"""Results of an evaluation, one of each kind of table."""

from __future__ import annotations

import pytest

from coder.model.agreement import DimensionAgreement, LabelAgreement


@pytest.fixture
def nominal() -> DimensionAgreement:
    """120 items, two refused, one category never given; kappa with an interval."""
    return DimensionAgreement(
        dimension="mode", kind="nominal", coefficient="cohen_kappa", value=0.715, low=0.601, high=0.806, se=0.05, n=120,
        percent_agreement=0.85, percent_agreement_low=0.77, refused=2, complete_case=0.74,
        excluded={"undecidable": 3, "not_coded": 0}, categories=("offline", "online", "hybrid", "refused"),
        table=((30, 8, 0, 0), (8, 72, 0, 2), (0, 0, 0, 0), (0, 0, 0, 0)),
        gold_margins=(38, 82, 0, 0), coder_margins=(38, 80, 0, 2), min_kappa=0.7, verdict="compatible",
    )  # fmt: skip


@pytest.fixture
def multilabel() -> DimensionAgreement:
    """40 items: too few for any interval."""
    few = "not estimable: fewer than 50 items"
    labels = tuple(
        LabelAgreement(
            coefficient="cohen_kappa", label=label, value=value, n=40, reason=few, positives=20, coder_positives=18,
            prevalence=0.5, precision=0.9, recall=0.81, percent_agreement=0.8, prevalence_index=0.05, bias_index=0.05,
            pabak=0.6, kappa_max=0.9, gwet_ac=0.62,
        )
        for label, value in (("medical", 0.6), ("technical", None))
    )  # fmt: skip
    return DimensionAgreement(
        dimension="topics", kind="multilabel", coefficient="alpha_masi", value=-0.001, n=40, reason=few,
        percent_agreement=0.5, percent_agreement_low=None, refused=0, complete_case=None, excluded={},
        categories=("medical", "technical", "absent"), gold_margins=(20, 20, 5), coder_margins=(18, 20, 7),
        labels=labels,
    )  # fmt: skip
