"""From recorded answers to figures: agreement, evidence, cost; and the difference of two coders on the same items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from coder.agreement import evaluate
from coder.agreement.intervals import Interval
from coder.agreement.tables import FloatArray
from coder.errors import InputError
from coder.model import Coding, DimensionAgreement, DimensionBase, Span, Status
from eval.answers import AnswerLine, Header
from eval.calibration import calibration
from eval.coders import Coder
from eval.datasets import DataSet, Half, Item
from eval.people import ceiling
from eval.resample import (
    REPLICATES,
    SEED,
    Measure,
    Pair,
    mean_value,
    measure,
    pairs_by_item,
    percentile_interval,
    resamples,
)

Figures = dict[str, Any]
"""JSON-able; the keys are those of the result files, see eval/README.md."""


@dataclass(frozen=True, eq=False)
class Result:
    """A scored run. `pairs` holds the two answers to each item by dimension, in the order of `items`."""

    data: DataSet
    header: Header
    items: tuple[Item, ...]
    pairs: Mapping[str, tuple[Pair | None, ...]]
    figures: Figures


def scored_items(data: DataSet, header: Header) -> tuple[Item, ...]:
    """The items that a run is about: its sample without the examples. InputError where none is left."""
    items = data.sample(header.half, header.limit, header.seed, without=header.examples)
    if not items:
        raise InputError(f"{data.name}: no item is left to score", "raise --limit, or show fewer --examples")
    return items


def score(data: DataSet, header: Header, lines: Sequence[AnswerLine], coder: Coder) -> Result:
    """Every figure of a run, from nothing but its recorded answers and the data set.

    InputError where the answers belong to other data, or were recorded by another form of the coder.
    """
    check_fits(data, header, coder)
    items = scored_items(data, header)
    versions = [item.version.id for item in items]
    wanted, names = set(versions), {item.name for item in items}
    gold = [coding for coding in data.gold if coding.version_id in wanted]
    asked = [line for line in lines if line.item in names]
    codings = coder.read(data, items, asked)
    pairs = {one.id: pairs_by_item(one, versions, gold, codings) for one in data.codebook.dimensions}
    measures = {one.id: measure(one, pairs[one.id]) for one in data.codebook.dimensions}
    agreed = evaluate(data.codebook, gold, codings, seed=SEED, replicates=REPLICATES)
    figures = {
        "items": len(items),
        "mean": _mean(list(measures.values()), len(items)),
        "dimensions": [_dimension(one, measures[one.dimension]) for one in agreed],
        "evidence": _evidence(data, items, gold, codings),
        "statuses": dict(Counter(coding.status.value for coding in codings)),
        "cost": _cost(asked, codings, len(items)),
        "people": _people(data, header.half, header.seed),
    }
    calibrated = [calibration(one, versions, codings, pairs[one.id]) for one in data.codebook.dimensions]
    if any(calibrated):
        figures["calibration"] = [one for one in calibrated if one]
    return Result(data, header, items, pairs, figures)


def check_fits(data: DataSet, header: Header, coder: Coder) -> None:
    """InputError where recorded answers do not belong to this data set or this form of the coder."""
    now: list[tuple[str, object, object]] = [
        ("data set", header.dataset, data.name),
        ("data set's hash", header.dataset_hash, data.hash),
        ("codebook", header.codebook_hash, data.codebook_hash),
        ("coder", header.coder, coder.name),
        ("coder's shape", _form(header.shape), _form(coder.shape)),
        ("prompt", header.prompt_hash, coder.prompt_hash(data)),
    ]
    for what, recorded, present in now:
        if recorded != present:
            raise InputError(
                f"the answers were recorded with another {what} ({recorded!r}, now {present!r})",
                "score them with what they were recorded with, or run again",
            )


def _form(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in shape.items() if key != "examples"}


def _mean(measures: Sequence[Measure], items: int) -> Figures:
    """The mean headline over the dimensions that have one."""
    counted = [one for one in measures if one.kappas]
    left_out = {one.dimension: one.reason for one in measures if not one.kappas}
    if not counted:
        none = Interval(reason="no dimension has a coefficient")
        return _estimate(None, none) | {"dimensions": [], "left_out": left_out}
    value = float(mean_value(counted, np.ones((1, items)))[0])
    interval = percentile_interval(mean_value(counted, resamples(items)), items)
    return _estimate(value, interval) | {"dimensions": [one.dimension for one in counted], "left_out": left_out}


def _estimate(value: float | None, interval: Interval) -> Figures:
    return {"value": value, "low": interval.low, "high": interval.high, "reason": interval.reason}


def _dimension(agreed: DimensionAgreement, measured: Measure) -> Figures:
    """One dimension cut down to what the table and its reader need."""
    kept = {"dimension", "kind", "coefficient", "value", "low", "high", "n", "refused", "percent_agreement", "reason"}
    quadratic, labels = agreed.quadratic, agreed.mean_label_kappa
    return agreed.model_dump(mode="json", include=kept) | {
        "excluded": {cause: count for cause, count in agreed.excluded.items() if count},
        "quadratic": quadratic.value if quadratic else None,
        "mean_label_kappa": labels.value if labels else None,
        "labels": len(measured.kappas) if labels else None,
    }


def _evidence(
    data: DataSet, items: Sequence[Item], gold: Sequence[Coding], codings: Sequence[Coding]
) -> Figures | None:
    """How many of the coder's codes cite a sentence that carries them; None where the reference has no evidence.

    `n` counts the codes for which the reference has evidence to compare with: of the same dimension, for multi-label
    of the same category. A code that cites nothing does not overlap. `out_of_range` is the share of citations that
    point outside the text.
    """
    carrying = {(one.version_id, one.dimension_id): one for one in gold if one.all_evidence}
    if not carrying:
        return None
    lengths = {item.version.id: len(item.version.text) for item in items}
    compared: list[bool] = []
    for coding in codings:
        dimension = data.codebook.dimension(coding.dimension_id)
        reference = carrying.get((coding.version_id, coding.dimension_id))
        for code in coding.assignments:
            given = coding.all_evidence if dimension.single else code.evidence
            if carried := _carried(dimension, reference, code.category):
                compared.append(any(span.overlaps(other) for span in given for other in carried))
    cited = [(span, lengths[coding.version_id]) for coding in codings for span in coding.all_evidence]
    beyond = sum(span.start >= span.end or span.end > length for span, length in cited)
    return {
        "share": _ratio(sum(compared), len(compared)),
        "n": len(compared),
        "codes": sum(len(coding.assignments) for coding in codings),
        "citations": len(cited),
        "out_of_range": _ratio(beyond, len(cited)),
    }


def _carried(dimension: DimensionBase, reference: Coding | None, category: str) -> tuple[Span, ...]:
    """The reference's evidence for an answer, of several labels that of the same one."""
    if reference is None:
        return ()
    if dimension.single:
        return reference.all_evidence
    return tuple(span for one in reference.assignments if one.category == category for span in one.evidence)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _cost(lines: Sequence[AnswerLine], codings: Sequence[Coding], items: int) -> Figures:
    """What the run took, an item, and how much of it came to nothing."""
    invalid = sum(coding.status is Status.INVALID for coding in codings)
    return {
        "calls": len(lines),
        "failures": sum(line.status == "failed" for line in lines),
        "invalid_share": _ratio(invalid, len(codings)),
        "prompt_tokens": sum(line.prompt_tokens for line in lines) / items,
        "cached_tokens": sum(line.cached_tokens for line in lines) / items,
        "completion_tokens": sum(line.completion_tokens for line in lines) / items,
        "seconds": sum(line.milliseconds for line in lines) / items / 1000,
    }


def _people(data: DataSet, half: Half, seed: int) -> Figures | None:
    """The ceiling: how well people agree with each other on all items of the half."""
    if not data.people:
        return None
    versions = [item.version.id for item in data.sample(half, seed=seed)]
    ceilings = [ceiling(dimension, versions, data.people) for dimension in data.codebook.dimensions]
    kappas = [one.kappa for one in ceilings if one.kappa is not None]
    alphas = [one.alpha for one in ceilings if one.alpha is not None]
    return {
        "coders": len(data.people),
        "items": len(versions),
        "mean_kappa": float(np.mean(kappas)) if len(kappas) == len(ceilings) else None,
        "mean_alpha": float(np.mean(alphas)) if len(alphas) == len(ceilings) else None,
        "dimensions": [asdict(one) for one in ceilings],
    }


def compare(a: Result, b: Result) -> Figures:
    """How much higher `a` is than `b` on the items that both coded: the mean headline, and each dimension.

    Both are computed on the same resampled items. A dimension enters where both coders have its coefficient.
    InputError where the two runs are not about the same half of the same data.
    """
    for what in ("dataset", "dataset_hash", "half", "seed"):
        first, second = getattr(a.header, what), getattr(b.header, what)
        if first != second:
            raise InputError(f"the runs differ in {what}: {first!r} and {second!r}", "compare runs on the same items")
    names = {item.name for item in a.items} & {item.name for item in b.items}
    if not names:
        raise InputError("the runs have no item in common", "run both with the same --limit")
    both = [(x, y) for x, y in zip(_measures(a, names), _measures(b, names), strict=True) if x.kappas and y.kappas]
    weights = resamples(len(names))
    return {
        "items": len(names),
        "mean": _difference(both, weights) | {"dimensions": [x.dimension for x, _ in both]},
        "dimensions": [{"dimension": x.dimension} | _difference([(x, y)], weights) for x, y in both],
    }


def _measures(result: Result, names: Collection[str]) -> list[Measure]:
    chosen = [number for number, item in enumerate(result.items) if item.name in names]
    return [
        measure(dimension, [result.pairs[dimension.id][number] for number in chosen])
        for dimension in result.data.codebook.dimensions
    ]


def _difference(both: Sequence[tuple[Measure, Measure]], weights: FloatArray) -> Figures:
    """The mean of the first ones less that of the second ones."""
    items = weights.shape[1]
    if not both:
        return _estimate(None, Interval(reason="no dimension has a coefficient for both"))

    def values(drawn: FloatArray) -> FloatArray:
        return mean_value([x for x, _ in both], drawn) - mean_value([y for _, y in both], drawn)

    return _estimate(float(values(np.ones((1, items)))[0]), percentile_interval(values(weights), items))
