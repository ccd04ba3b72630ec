"""From the answers to a test's calls to its results. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coder.model import Call, Coding, Dimension, Status
from coder.run.behaviour.ask import CHOSEN, Check, Pair, Plan
from coder.run.behaviour.results import CheckKind, Halo, Miss, Move, Order, Recovery, Share
from coder.run.plan import Task

Value = tuple[str, ...]
_OUT = (Status.NOT_APPLICABLE.value,)


@dataclass(slots=True)
class Answers:
    """Calls and codings by the call's key, kept in memory: the sink of a test, which stores nothing."""

    calls: dict[str, Call] = field(default_factory=dict)
    codings: dict[str, dict[str, Coding]] = field(default_factory=dict)

    def save_answers(self, answers: Sequence[tuple[Call, Sequence[Coding]]]) -> None:
        """Keep calls with their codings."""
        for call, codings in answers:
            self.calls[call.key] = call
            self.codings[call.key] = {coding.dimension_id: coding for coding in codings}

    def value(self, key: str, dimension: str) -> Value | None:
        """The category ids answered, or the status of an answer without any; None where nothing readable came."""
        coding = self.codings.get(key, {}).get(dimension)
        if coding is None or coding.status.never_agrees:
            return None
        return tuple(sorted(coding.codes)) or (coding.status.value,)


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that brought no usable answer: what it asked, and why."""

    asked: str
    reason: str


def failures(tasks: Sequence[Task], answers: Answers, not_sent: Mapping[str, str], stopped: str) -> list[Failure]:
    """Every call without a usable answer; `not_sent` are reasons by key, `stopped` the reason of those never made."""
    found = []
    for task in tasks:
        call = answers.calls.get(task.key)
        if call is None or call.status != "ok":
            reason = call.error or call.status if call else not_sent.get(task.key, stopped or "not asked")
            found.append(Failure(f"{task.name}, {', '.join(task.prompt.asked)}", reason))
    return found


def recoveries(plan: Plan, answers: Answers) -> tuple[Recovery, ...]:
    """Part 1: each dimension whose categories are chosen, in the codebook's order."""
    return tuple(
        _recovery(item, [check for check in plan.checks if check.dimension == item.id], answers)
        for item in plan.dimensions
        if item.kind in CHOSEN and len(item.codes) > 1
    )


def _recovery(dimension: Dimension, checks: Sequence[Check], answers: Answers) -> Recovery:
    read = [(check, value) for check in checks if (value := answers.value(check.key, dimension.id)) is not None]
    defined = {check.category for check in checks if check.kind == "definition"}
    return Recovery(
        dimension=dimension.id,
        definitions=_recovered("definition", read),
        borderline=_recovered("borderline", read),
        masked=tuple(check.category for check in checks if check.masked),
        undefined=tuple(category.id for category in dimension.codes if category.id not in defined),
        misses=tuple(
            Miss(asked=check.kind, category=check.category, text=check.text, taken_for=value)
            for check, value in read
            if check.category not in value
        ),
        unread=len(checks) - len(read),
    )


def _recovered(kind: CheckKind, read: Sequence[tuple[Check, Value]]) -> Share:
    hits = [check.category in value for check, value in read if check.kind == kind]
    return Share.of(sum(hits), len(hits))


def order_effects(plan: Plan, answers: Answers) -> tuple[Order, ...]:
    """Part 2: each single-choice dimension with a pair of answers, in the codebook's order."""
    found = []
    for dimension in plan.dimensions:
        pairs = [pair for pair in plan.order if pair.dimension == dimension.id]
        if pairs:
            read, unread = _read(pairs, answers)
            first, last = (dimension.codes[0].id,), (dimension.codes[-1].id,)
            given, turned = [before for _, before, _ in read], [after for _, _, after in read]
            found.append(
                Order(
                    dimension=dimension.id,
                    changed=_changed(read),
                    answers=len(given) + len(turned),
                    first_listed=given.count(first) + turned.count(last),
                    last_listed=given.count(last) + turned.count(first),
                    moves=_moves(read),
                    unread=unread,
                )
            )
    return tuple(found)


def halo_effects(plan: Plan, answers: Answers) -> tuple[Halo, ...]:
    """Part 3: each dimension with a pair of answers, in the codebook's order."""
    found = []
    for dimension in plan.dimensions:
        pairs = [pair for pair in plan.halo if pair.dimension == dimension.id]
        if pairs:
            read, unread = _read(pairs, answers)
            found.append(Halo(dimension=dimension.id, moved=_changed(read), moves=_moves(read), unread=unread))
    return tuple(found)


_Read = list[tuple[str, Value, Value]]


def _read(pairs: Sequence[Pair], answers: Answers) -> tuple[_Read, int]:
    """Documents with both answers, and how many lack one. Out where both say that the dimension does not apply."""
    both: _Read = []
    unread = 0
    for pair in pairs:
        before, after = answers.value(pair.before, pair.dimension), answers.value(pair.after, pair.dimension)
        if before is None or after is None:
            unread += 1
        elif not before == after == _OUT:
            both.append((pair.document, before, after))
    return both, unread


def _changed(read: _Read) -> Share:
    return Share.of(sum(before != after for _, before, after in read), len(read))


def _moves(read: _Read) -> tuple[Move, ...]:
    return tuple(Move(document=name, before=before, after=after) for name, before, after in read if before != after)
