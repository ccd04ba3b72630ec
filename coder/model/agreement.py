"""What agreement between two coders came to: coefficients, intervals and all that is needed to judge them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from coder.model.base import Record
from coder.model.codebook import Kind

CoefficientName = Literal["cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic", "alpha_masi", "alpha_jaccard"]
Verdict = Literal["meets", "compatible", "below", "not estimable"]
Real = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class Coefficient(Record):
    """A coefficient of agreement with its interval at `level`, its standard error and the `n` items it rests on.

    `value` is None where the coefficient is undefined; `low`, `high` and `se` are None where the items cannot carry
    an interval. In both cases `reason` says why. `clusters` counts the sources that the items come from where whole
    sources were resampled; None where items were.
    """

    coefficient: CoefficientName
    value: Real | None
    low: Real | None = None
    high: Real | None = None
    level: Share = 0.95
    se: Real | None = None
    n: int = Field(ge=0)
    reason: str | None = None
    clusters: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _explained(self) -> Self:
        interval = (self.low is not None, self.high is not None)
        if any(interval) and (self.value is None or not all(interval)):
            raise ValueError("an interval has a value and two ends")
        if not all(interval) and not self.reason:
            raise ValueError("a missing value or interval needs a reason")
        return self


class LabelAgreement(Coefficient):
    """Cohen's kappa on whether one label of a multi-label dimension was given.

    `positives` and `coder_positives` count the items to which the reference and the coder gave the label;
    `prevalence` is the reference's share. Precision is None where the coder never gave the label, recall where the
    reference never did. Prevalence and bias index are of the items with an answer from both; `gwet_ac` is AC1.
    """

    label: str
    positives: int = Field(ge=0)
    coder_positives: int = Field(ge=0)
    prevalence: Share | None
    precision: Share | None
    recall: Share | None
    percent_agreement: Share | None
    prevalence_index: Share | None
    bias_index: Share | None
    pabak: Real | None
    kappa_max: Real | None = None
    gwet_ac: Real | None = None


class LabelMean(Record):
    """The unweighted mean of the per-label kappas over the `labels` labels common enough to judge."""

    value: Real | None
    labels: int = Field(ge=0)
    reason: str | None = None


class DimensionAgreement(Coefficient):
    """Agreement of a coder with a reference on one dimension; the inherited fields are the headline coefficient.

    `table` counts items by reference (row) and coder (column) over `categories`: the codebook's, then `absent` where
    declared, then, where they occur, `not_applicable` (said by one of the two) and `refused` (refused, invalid or
    failed); the last two never agree. A multi-label dimension has no such table; its margins count the items per
    label, `absent` standing for the empty set. `refused` counts items without an answer, `complete_case` is the
    headline without them. `percent_agreement` is the share of identical answers and `percent_agreement_low` its
    exact lower limit. `excluded` counts the items left out of `n`, by cause. `unweighted`, `weighted` (linear),
    `quadratic`, `specified` (given an answer or `absent`) and, for sets of labels, `jaccard` (alpha with Jaccard
    distance) stand beside the headline where they apply. `kappa_max` has the headline's weights, `pabak` none;
    prevalence and bias index are of two categories and the items with an answer from both. With clusters,
    `refused_effective` is the number of independent items that tell as much of the share refused.
    `verdict` holds the headline's `low` against `min_kappa`; None when no threshold was asked for.
    """

    dimension: str
    kind: Kind
    percent_agreement: Share | None
    percent_agreement_low: Share | None
    refused: int = Field(ge=0)
    refused_effective: Real | None = None
    complete_case: Real | None
    excluded: dict[str, int]
    categories: tuple[str, ...]
    table: tuple[tuple[int, ...], ...] = ()
    gold_margins: tuple[int, ...]
    coder_margins: tuple[int, ...]
    prevalence_index: Share | None = None
    bias_index: Share | None = None
    pabak: Real | None = None
    kappa_max: Real | None = None
    unweighted: Coefficient | None = None
    weighted: Coefficient | None = None
    quadratic: Coefficient | None = None
    specified: Coefficient | None = None
    jaccard: Coefficient | None = None
    labels: tuple[LabelAgreement, ...] = ()
    mean_label_kappa: LabelMean | None = None
    min_kappa: Real | None = None
    verdict: Verdict | None = None
