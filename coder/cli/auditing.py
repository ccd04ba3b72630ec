"""What a run's codes are worth after adjudication: settled disagreements, and the random audit of the agreements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coder.adjudicate import settlements
from coder.adjudicate.log import conflicting
from coder.agreement.pairing import Answer, Mark, shared_answers
from coder.cli.reference import Reference
from coder.cli.second import decided_codings
from coder.inference.answers import by_version
from coder.inference.audit import NOT_SETTLED, Audit, audit
from coder.model import Codebook, Coding, Dimension, QueueItem, Run, Status
from coder.run.codings import comparable

if TYPE_CHECKING:
    from coder.store import Store


NOTHING_SETTLED = (
    "not estimable: nobody has coded anything of this a second time yet; queue disagreements and a random audit "
    "(intercoder queue), and settle them all (intercoder adjudicate)"
)


@dataclass(frozen=True)
class DimensionAudit:
    """One dimension's audit; None, with a `reason`, where the reference carries no figure.

    `undecided` items are left out: the second coder could not tell. `contested` were settled in two ways and count
    as not settled.
    """

    dimension: str
    audit: Audit | None
    undecided: int = 0
    contested: int = 0
    reason: str | None = None


@dataclass(frozen=True, eq=False)
class _Desk:
    """The settlements of cells that a run queued, and with which chance each cell came to the second coder."""

    settled: Mapping[str, tuple[Coding, ...]]
    chance: Mapping[str, float]


def audits(store: Store, codebook: Codebook, run: Run, reference: Reference) -> tuple[DimensionAudit, ...]:
    """The audit of each dimension of a run against a reference."""
    items = [item for item in store.queue_items() if item.run_id == run.id and item.coder_id is None]
    settled = settlements(items, store.decisions(), decided_codings(store))
    model = comparable(run, store.codings(run_id=run.id))
    return tuple(
        _audited(
            dimension,
            by_version(reference.codings, dimension.id),
            by_version(model, dimension.id),
            _desk(dimension.id, items, settled),
            reference.blocked.get(dimension.id),
        )
        for dimension in codebook.dimensions
    )


def undisputed_agreement(
    dimension: Dimension,
    items: Sequence[QueueItem],
    model: Iterable[Coding],
    answers: Mapping[str, Coding],
    with_gold: Collection[tuple[str, str]],
) -> dict[str, Any]:
    """A second coder's agreement with the model, and with gold, on the codes that nobody disputed.

    From blind `answers` (by item id) to the random audit among the run's `items`, weighted by its probability: what
    was queued for a reason was selected and says nothing of the rest. `items` are the oldest first, and of a cell the
    first says how it came to the second coder. `with_gold` are the cells that have gold; where
    nobody disputed, gold is the model's code. Answers that could not tell are left out.
    """
    first = {item.version_id: item for item in reversed(items) if item.dimension_id == dimension.id}
    mine = list(first.values())
    selected = {item.version_id for item in mine if item.reason != "audit"}
    given = {item.version_id: answers[item.id] for item in mine if item.reason == "audit" and item.id in answers}
    rate = max((item.probability for item in mine if item.reason == "audit"), default=1.0)
    codes = by_version(model, dimension.id)
    left = {version for version, coding in given.items() if coding.status is Status.UNDECIDABLE}
    undisputed = [v for v, coding in codes.items() if v not in selected | left and coding.status.is_answer]

    def agreement(versions: Sequence[str]) -> dict[str, Any]:
        rows = [(_answer(codes[v]), _answer(codes[v]), _answer(given[v]) if v in given else None) for v in versions]
        found = _audit(dimension, rows, [rate if v in given else np.nan for v in versions])
        return asdict(found.undisputed) | {"n": found.agreements, "audited": found.audited}

    return {
        "dimension": dimension.id,
        "model": agreement(undisputed),
        "gold": agreement([version for version in undisputed if (version, dimension.id) in with_gold]),
        "undecided": len(left),
    }


def _desk(
    dimension_id: str, items: Sequence[QueueItem], settled: Mapping[tuple[str, str], tuple[Coding, ...]]
) -> _Desk:
    """An audit draws by a number fixed for each cell, so that of several rates the highest holds for all.

    A cell's first item says how it came to the second coder; that it was flagged or contested since does not.
    """
    mine = [item for item in reversed(items) if item.dimension_id == dimension_id]
    rate = max((item.probability for item in mine if item.reason == "audit"), default=1.0)
    return _Desk(
        {version: codings for (version, dimension), codings in settled.items() if dimension == dimension_id},
        {item.version_id: rate if item.reason == "audit" else item.probability for item in mine},
    )


def _audited(
    dimension: Dimension, gold: Mapping[str, Coding], model: Mapping[str, Coding], desk: _Desk, blocked: str | None
) -> DimensionAudit:
    if blocked is not None:
        return DimensionAudit(dimension.id, None, reason=blocked)
    rows: list[tuple[Answer, Answer, Answer | None]] = []
    chances, undecided, contested = [], 0, 0
    for version in (version for version in gold if version in model):
        for first, second in shared_answers(dimension, [gold[version]], [model[version]]).values():
            given = desk.settled.get(version, ())
            contested += conflicting(given)
            if given and not conflicting(given) and given[-1].status in (Status.UNDECIDABLE, Status.SKIPPED):
                undecided += 1
                continue
            rows.append((second, first, None if not given or conflicting(given) else _answer(given[-1])))
            chances.append(desk.chance.get(version, np.nan))
    reason = NOTHING_SETTLED if rows and all(settled is None for *_, settled in rows) else None
    return DimensionAudit(dimension.id, _audit(dimension, rows, chances), undecided, contested, reason)


def _audit(
    dimension: Dimension, rows: Sequence[tuple[Answer, Answer, Answer | None]], chances: Sequence[float]
) -> Audit:
    place = _places(dimension, rows)
    positions = [[NOT_SETTLED if one is None else place[one] for one in row] for row in rows]
    coder, reference, settled = np.array(positions, dtype=np.int64).reshape(-1, 3).T
    chance = np.array(chances, dtype=np.float64)
    return audit(coder, reference, settled, chance, len(place) - 1, never_agree=1)


def _places(dimension: Dimension, rows: Iterable[Sequence[Answer | None]]) -> dict[Answer, int]:
    """Every answer's position: the codebook's categories or the sets that occur, not applicable, and refused last."""
    named: list[Answer] = [frozenset({one.id}) for one in dimension.codes] if dimension.single else []
    seen = {one for row in rows for one in row if isinstance(one, frozenset)}
    ordered = dict.fromkeys([*named, *sorted(seen, key=sorted), Mark.NOT_APPLICABLE, Mark.REFUSED])
    return {answer: position for position, answer in enumerate(ordered)}


def _answer(coding: Coding) -> Answer:
    return Mark.NOT_APPLICABLE if coding.status is Status.NOT_APPLICABLE else frozenset(coding.codes)


def record(found: DimensionAudit) -> dict[str, Any]:
    """The keys of one entry of `audit` in `eval --json`."""
    return asdict(found)
