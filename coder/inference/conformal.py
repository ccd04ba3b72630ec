"""Routing by conformal prediction: a false discovery rate over items and dimensions, and a bound on joint loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np

from coder.agreement.tables import FloatArray
from coder.inference.multiplicity import benjamini_yekutieli, step_up
from coder.inference.routing import Further, Route, checked
from coder.inference.sampling import BoolArray

Against = Literal["all", "wrong"]
Dependence = Literal["positive", "any"]

SELECTION = (
    "It is an average over calibration sets and batches, not a promise for this one. It holds if calibration documents "
    "and those to be routed are exchangeable, none of them served to write the prompt, the examples or the codebook, "
    "and model, prompt and codebook stay as they were; an answer of several labels is right when the whole set is."
)


@dataclass(frozen=True, eq=False)
class Batch:
    """One dimension: confidence and agreement of its calibration items, and the confidences of the items to route.

    Arrays of shape (n,), (n,) and (m,); a missing confidence is NaN.
    """

    confidence: FloatArray
    agrees: BoolArray
    to_route: FloatArray


@dataclass(frozen=True, eq=False)
class Selection:
    """The items whose codes may stand, by dimension, with their conformal p-values; arrays of shape (m,) each.

    `thresholds` is the lowest confidence accepted per dimension, None where nothing was, and `reasons` then says why.
    `missing` counts the items to route that have no confidence: they are never accepted.
    """

    alpha: float
    against: Against
    dependence: Dependence
    p_values: Mapping[str, FloatArray]
    accepted: Mapping[str, BoolArray]
    thresholds: Mapping[str, float | None]
    missing: Mapping[str, int]
    reasons: Mapping[str, str]

    @property
    def guarantee(self) -> str:
        """What is promised and on what assumptions, in words."""
        across = "taken over all dimensions together" if len(self.accepted) > 1 else "of this dimension"
        dependent = (
            " Over several dimensions it further takes their p-values to depend on each other positively only."
            if len(self.accepted) > 1 and self.dependence == "positive"
            else ""
        )
        return (
            f"The expected share of wrong codes among the accepted, {across}, is at most {100 * self.alpha:g}%. "
            f"{SELECTION}{dependent}"
        )


def select(
    batches: Mapping[str, Batch], *, alpha: float = 0.05, against: Against = "all", dependence: Dependence = "positive"
) -> Selection:
    """Accept codes so that the false discovery rate (wrong among accepted) is at most `alpha`, over all dimensions.

    A code's conformal p-value comes from its own dimension's calibration items; then Benjamini & Hochberg 1995 on all
    p-values together, or Benjamini & Yekutieli 2001 where `dependence` may be of any kind. ValueError where arguments
    do not fit.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha {alpha} lies between 0 and 1")
    p_values = {name: conformal_p_values(batch, against) for name, batch in batches.items()}
    pooled = np.concatenate([np.empty(0), *p_values.values()])
    fallen = step_up(pooled, alpha) if dependence == "positive" else benjamini_yekutieli(pooled.tolist(), alpha)
    accepted, begun = {}, 0
    for name, each in p_values.items():
        accepted[name] = fallen[begun : begun + len(each)]
        begun += len(each)
    return Selection(
        alpha=alpha,
        against=against,
        dependence=dependence,
        p_values=p_values,
        accepted=accepted,
        thresholds={name: _lowest(batches[name].to_route[chosen]) for name, chosen in accepted.items()},
        missing={name: int(np.isnan(batch.to_route).sum()) for name, batch in batches.items()},
        reasons={
            name: _nothing(batches[name], against, alpha) for name, chosen in accepted.items() if not chosen.any()
        },
    )


def conformal_p_values(batch: Batch, against: Against = "all") -> FloatArray:
    """For each item to route, how surprising its confidence would be were its code wrong; shape (m,), 1 if missing.

    p = (1 + wrong calibration items at least as confident) / (n + 1), with n all calibration items (`all`: Jin &
    Candès 2023, conformal selection) or the wrong ones (`wrong`: conformal labeling, arXiv 2510.14581). The second
    is valid given that the code is wrong and hence holds the rate at alpha times the share of wrong codes: the
    stricter, which accepts nothing from fewer than 1/alpha - 1 wrong calibration items. Ties count against the item.
    """
    confidence, agrees = checked(batch.confidence, batch.agrees)
    to_route, _ = checked(batch.to_route, np.ones(len(batch.to_route), dtype=np.bool_))
    wrong = np.sort(confidence[~agrees & ~np.isnan(confidence)])
    n = len(agrees) if against == "all" else int((~agrees).sum())
    above = len(wrong) - np.searchsorted(wrong, to_route, side="left")
    return np.where(np.isnan(to_route), 1.0, (1 + above) / (n + 1))


def joint_loss_route(confidence: FloatArray, agrees: BoolArray, *, alpha: float = 0.05) -> Route:
    """The loosest threshold at which, in expectation, at most `alpha` of ALL items are accepted with a wrong code.

    Conformal risk control (Angelopoulos, Bates, Fisch, Lei & Schuster 2022, arXiv 2208.02814) on the monotone loss
    1[accepted and wrong]: the least t with n/(n+1) R_n(t) + 1/(n+1) <= alpha. It bounds the errors let through per
    document, not the agreement among the accepted (for that see `route`): a model that is wrong on few items passes
    whole. Codes are accepted from the next confidence seen above t on. Arguments as for `route`.
    """
    confidence, agrees = checked(confidence, agrees)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha {alpha} lies between 0 and 1")
    n = len(agrees)
    allowed = int(np.floor(alpha * (n + 1) - 1 + 1e-9))
    threshold = _joint_threshold(confidence, agrees, allowed)
    stands = np.zeros(n, dtype=np.bool_) if threshold is None else confidence >= threshold
    least = max(ceil(1 / alpha - 1e-9) - 1 - n, 0)
    return Route(
        method="joint_loss",
        threshold=threshold,
        target=1 - alpha,
        delta=None,
        n=n,
        accepted=int(stands.sum()),
        errors=int((stands & ~agrees).sum()),
        missing=int(np.isnan(confidence).sum()),
        further=Further(least, None) if threshold is None and least else None,
        reason=_no_joint_threshold(least) if threshold is None else None,
    )


def _joint_threshold(confidence: FloatArray, agrees: BoolArray, allowed: int) -> float | None:
    """The smallest confidence seen above all but `allowed` wrong items; 0 where so few are wrong at all."""
    known = confidence[~np.isnan(confidence)]
    wrong = np.sort(confidence[~agrees & ~np.isnan(confidence)])[::-1]
    if allowed < 0 or not len(known):
        return None
    if len(wrong) <= allowed:
        return 0.0
    return _lowest(known[known > wrong[allowed]])


def _lowest(confidence: FloatArray) -> float | None:
    return float(confidence.min()) if len(confidence) else None


def _no_joint_threshold(least: int) -> str:
    if least:
        return f"not enough evidence: code {least} more documents at least"
    return "not enough evidence: the most confident codes hold too many errors, or none has a confidence"


def _nothing(batch: Batch, against: Against, alpha: float) -> str:
    n = len(batch.agrees) if against == "all" else int((~batch.agrees).sum())
    needed = ceil(1 / alpha - 1e-9) - 1
    if n < needed:
        kind = "calibration documents" if against == "all" else "calibration documents with a wrong code"
        return f"not enough evidence: {n} {kind}, and {needed} are the fewest that could accept anything"
    return "not enough evidence: too many wrong calibration codes are as confident as the codes to route"
