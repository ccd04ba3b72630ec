"""Per dimension the confidence above which a run's codes may stand, learned on hand-coded documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from coder.agreement.pairing import shared_answers
from coder.agreement.tables import FloatArray
from coder.cli.project import pick_run
from coder.cli.reference import SELECTED, Reference, find_reference, other_codebook
from coder.cli.selection import left_out
from coder.inference.answers import by_version
from coder.inference.conformal import Batch, joint_loss_route, select
from coder.inference.routing import Route, route
from coder.inference.sampling import BoolArray
from coder.model import Codebook, Coding, Dimension, Run, Split
from coder.run.codings import comparable

if TYPE_CHECKING:
    from coder.store import Store

Method = Literal["ltt", "fdr", "joint"]
UNEQUAL = (
    "the hand-coded documents were drawn with different probabilities, so they are no random sample of documents like "
    "those to be routed, and the guarantee does not hold: draw them without --stratify"
)
NO_CONFIDENCE = (
    "not enough evidence: no code of this run has a measured confidence; code with confidences: intercoder code "
    "--confidence --fresh"
)
NO_GOLD = "not enough evidence: no document of the calibration split has a hand code to compare with"


@dataclass(frozen=True)
class Routed:
    """What was found for one dimension; `threshold` is None, with a `reason`, where every code goes to a person.

    Of `waiting` codes without a hand code `standing` may stand. `calibration` is the split that was used, empty where
    documents have none. `route` holds the steps of the methods that test thresholds.
    """

    dimension: str
    n: int
    errors: int
    missing: int
    threshold: float | None
    accepted: int
    wrong: int
    waiting: int
    standing: int
    reason: str | None
    route: Route | None = None


@dataclass(frozen=True)
class Routing:
    """All dimensions by one method, with the guarantee in words and what speaks against it."""

    run: Run
    reference: Reference
    method: Method
    target: float
    delta: float | None
    calibration: str
    guarantee: str
    warnings: tuple[str, ...]
    dimensions: tuple[Routed, ...]


@dataclass(frozen=True, eq=False)
class _Items:
    """One dimension's calibration items and codes to route: confidence (n,), agreement (n,), confidence (m,)."""

    confidence: FloatArray
    agrees: BoolArray
    to_route: FloatArray


def find_routing(
    store: Store,
    codebook: Codebook,
    dimensions: Sequence[Dimension],
    method: Method,
    *,
    run_id: str | None = None,
    gold_name: str | None = None,
    target: float = 0.95,
    delta: float = 0.10,
) -> Routing:
    """Learn the thresholds; InputError where run or gold are missing or of another codebook. Stores nothing."""
    run, reference = pick_run(store, run_id), find_reference(store, codebook, gold_name)
    if run.codebook_hash != codebook.hash():
        raise other_codebook(f"run {run.id}", run.codebook_hash, codebook)
    left = left_out(store, codebook)
    model = left.codings(comparable(run, store.codings(run_id=run.id)))
    splits = store.splits()
    document = {version: one for one, version in store.newest_versions().items() if one not in left.documents}
    split = "calibration" if any(one.split == "calibration" for one in splits.values()) else ""
    usable = {version for version, owner in document.items() if _is_for(splits.get(owner), split)}
    shown = {version for version, owner in document.items() if _is_example(splits.get(owner))}
    coded = [coding for coding in reference.codings if coding.version_id in document]
    items = {
        dimension.id: _items(dimension, coded, [one for one in model if one.version_id not in shown], usable)
        for dimension in dimensions
    }
    blocked = {name: reason for name, reason in reference.blocked.items() if reason == SELECTED}
    found, guarantee = _by_method(items, blocked, method, target, delta)
    warnings = (
        (UNEQUAL,) if _unequal(store, {document[one.version_id] for one in coded if one.version_id in usable}) else ()
    )
    return Routing(
        run, reference, method, target, delta if method == "ltt" else None, split, guarantee, warnings, found
    )


def _is_example(split: Split | None) -> bool:
    return split is not None and split.split == "examples"


def _is_for(split: Split | None, wanted: str) -> bool:
    """Whether a document may set thresholds: of the calibration split, or of none where nobody made one."""
    return split.split == wanted if split is not None else not wanted


def _items(dimension: Dimension, gold: Sequence[Coding], model: Sequence[Coding], usable: set[str]) -> _Items:
    """The calibration items are those that a coefficient would count; see coder.agreement.pairing."""
    reference, coder = by_version(gold, dimension.id), by_version(model, dimension.id)
    confidence, agrees = [], []
    for version, coding in reference.items():
        if version in usable and version in coder:
            for first, second in shared_answers(dimension, [coding], [coder[version]]).values():
                confidence.append(_confidence(coder[version]))
                agrees.append(first == second and not coder[version].status.never_agrees)
    waiting = [_confidence(coding) for version, coding in coder.items() if version not in reference]
    return _Items(
        np.array(confidence, dtype=np.float64), np.array(agrees, dtype=np.bool_), np.array(waiting, np.float64)
    )


def _confidence(coding: Coding) -> float:
    return np.nan if coding.confidence is None else coding.confidence


def _by_method(
    items: Mapping[str, _Items], blocked: Mapping[str, str], method: Method, target: float, delta: float
) -> tuple[tuple[Routed, ...], str]:
    free = {name: one for name, one in items.items() if name not in blocked}
    made: dict[str, Routed] = {}
    if method == "fdr":
        made, guarantee = _selected(free, 1 - target)
    else:
        routes = {
            name: route(one.confidence, one.agrees, target=target, delta=delta)
            if method == "ltt"
            else joint_loss_route(one.confidence, one.agrees, alpha=1 - target)
            for name, one in free.items()
        }
        made = {name: _routed(name, free[name], found) for name, found in routes.items()}
        guarantee = next((found.guarantee for found in routes.values() if found.threshold is not None), "")
    nothing = {name: _blocked(name, items[name], reason) for name, reason in blocked.items() if name in items}
    found = {**made, **nothing}
    return tuple(found[name] for name in items), guarantee or "None: every code goes to a person."


def _selected(items: Mapping[str, _Items], alpha: float) -> tuple[dict[str, Routed], str]:
    """By the false discovery rate, over all dimensions together that have confidences and hand codes."""
    able = {name: Batch(one.confidence, one.agrees, one.to_route) for name, one in items.items() if not _why(one)}
    chosen = select(able, alpha=alpha)
    found = {}
    for name, one in items.items():
        threshold = chosen.thresholds.get(name)
        above = np.zeros(len(one.agrees), dtype=np.bool_) if threshold is None else one.confidence >= threshold
        found[name] = Routed(
            name,
            len(one.agrees),
            int((~one.agrees).sum()),
            int(np.isnan(one.confidence).sum()),
            threshold,
            int(above.sum()),
            int((above & ~one.agrees).sum()),
            len(one.to_route),
            int(chosen.accepted[name].sum()) if name in able else 0,
            _why(one) or chosen.reasons.get(name),
        )
    return found, chosen.guarantee if any(accepted.any() for accepted in chosen.accepted.values()) else ""


def _routed(name: str, one: _Items, found: Route) -> Routed:
    standing = 0 if found.threshold is None else int((one.to_route >= found.threshold).sum())
    reason = found.reason if found.threshold is not None else _why(one) or _within_reach(found, len(one.to_route))
    wrong = int((~one.agrees).sum())
    return Routed(
        name, found.n, wrong, found.missing, found.threshold, found.accepted, found.errors, len(one.to_route), standing,
        reason, found,
    )  # fmt: skip


def _within_reach(found: Route, left: int) -> str | None:
    """Why there is no threshold, and where that asks for more documents than the run has, how many it has."""
    needed = found.further.at_observed_rate if found.further else None
    if needed is None or needed <= left:
        return found.reason
    return f"{found.reason}; the run has only {left} without hand codes"


def _why(one: _Items) -> str | None:
    """What to mend before any count of documents helps."""
    if not len(one.agrees):
        return NO_GOLD
    return NO_CONFIDENCE if np.isnan(one.confidence).all() else None


def _blocked(name: str, one: _Items, reason: str) -> Routed:
    return Routed(name, len(one.agrees), 0, 0, None, 0, 0, len(one.to_route), 0, reason)


def _unequal(store: Store, coded: set[str]) -> bool:
    """Whether the newest sample that holds the hand-coded documents drew them with different probabilities."""
    rows = [row for row in store.inclusions() if row.drawn and row.document_id in coded and not row.dimension_id]
    newest = rows[-1].sample if rows else ""
    chances = [row.probability for row in rows if row.sample == newest]
    return bool(chances) and max(chances) - min(chances) > 1e-9


def record(found: Routing) -> dict[str, Any]:
    """The keys of `route --json`."""
    return {
        "run": found.run.id,
        "gold": found.reference.record(),
        "method": found.method,
        "target": found.target,
        "delta": found.delta,
        "calibration_split": found.calibration or None,
        "guarantee": found.guarantee,
        "warnings": list(found.warnings),
        "dimensions": [asdict(one) | {"route": one.route and asdict(one.route)} for one in found.dimensions],
    }
