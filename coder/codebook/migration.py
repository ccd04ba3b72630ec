"""From one codebook to its next version: what becomes of each code, by an explicit map. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coder.errors import InputError
from coder.model import Assignment, Codebook, Coding, Dimension, Status, new_id, now

ABSENT = Status.ABSENT.value


@dataclass(frozen=True)
class Split:
    """A category of which several were made: what was coded with it is asked again."""

    into: tuple[str, ...]


@dataclass(frozen=True)
class Drop:
    """A category or dimension that is no more; codes of it are not carried over."""

    why: str


Target = str | Split | Drop
"""What a category becomes: another (or the same) id, `absent`, several, or nothing."""


@dataclass(frozen=True)
class Line:
    """What the map says of one dimension, with the line it stands on; `categories` may name `absent` too.

    `to` is None where the map names no new id.
    """

    place: str
    to: str | None
    categories: Mapping[str, tuple[str, Target]]
    """By category its place in the map and what becomes of it."""
    drop: Drop | None = None


@dataclass(frozen=True)
class Rule:
    """What becomes of a dimension's codings: the new dimension, and the target of every code and of `absent`."""

    to: Dimension
    targets: Mapping[str, Target]


@dataclass(frozen=True)
class Migration:
    """By id of the old dimension its rule, or why it is dropped."""

    old: Codebook
    new: Codebook
    rules: Mapping[str, Rule | Drop]


@dataclass(frozen=True)
class Requeued:
    """A coding that cannot be carried: its cell of the new dimension is asked again, and why."""

    dimension: str
    why: str


def plan_migration(old: Codebook, new: Codebook, lines: Mapping[str, Line], name: str) -> Migration:
    """The migration by the lines of a map; `name` is what errors call it.

    What both codebooks have word for word need not be named. InputError, listing every gap, where the map leaves open
    what becomes of a code, or names what there is not.
    """
    faults: list[str] = []
    known = {dimension.id: dimension for dimension in old.dimensions}
    strange = (key for key in lines if key not in known)
    faults += [f"{lines[key].place}: the codebook before has no dimension '{key}'" for key in strange]
    rules: dict[str, Rule | Drop] = {}
    for dimension in old.dimensions:
        found = _rule(dimension, new, lines.get(dimension.id), name)
        if isinstance(found, list):
            faults += found
        else:
            rules[dimension.id] = found
    faults += _collisions(rules, lines, name)
    if faults:
        raise InputError("\n".join(faults), "name each in the map; docs/codebook.md, 'Revising a codebook', shows how")
    return Migration(old, new, rules)


def _collisions(rules: Mapping[str, Rule | Drop], lines: Mapping[str, Line], name: str) -> Iterator[str]:
    """Two dimensions cannot become one: a cell would have two codings."""
    seen: dict[str, str] = {}
    for key, rule in rules.items():
        if isinstance(rule, Rule):
            if rule.to.id in seen:
                place = lines[key].place if key in lines else name
                yield f"{place}: '{seen[rule.to.id]}' and '{key}' both become '{rule.to.id}'"
            seen[rule.to.id] = key


def _rule(dimension: Dimension, new: Codebook, line: Line | None, name: str) -> Rule | Drop | list[str]:
    if line is not None and line.drop is not None:
        return line.drop
    place, wanted = (name, dimension.id) if line is None else (line.place, line.to or dimension.id)
    target = next((one for one in new.dimensions if one.id == wanted), None)
    if target is None:
        return [
            f"{place}: dimension '{dimension.id}': the codebook now has no '{wanted}': say what it became (to: ID), or "
            "{drop: WHY}"
        ]
    same = target.hash() == dimension.hash()
    if line is None and not same:
        return [f"{name}: dimension '{dimension.id}' reads differently now: say what becomes of its categories"]
    return _targets(dimension, target, line, place, same=same)


def _targets(dimension: Dimension, to: Dimension, line: Line | None, place: str, *, same: bool) -> Rule | list[str]:
    given = line.categories if line else {}
    before = {category.id: category for category in dimension.codes}
    after = {category.id: category for category in to.codes}
    offered = {*after, *([ABSENT] if _says_absent(to) else [])}
    faults = [
        f"{where}: '{dimension.id}' had no category '{key}'"
        for key, (where, _) in given.items()
        if key not in before and key != ABSENT
    ]
    targets: dict[str, Target] = {}
    for key in [*before, *([ABSENT] if _says_absent(dimension) else [])]:
        if key in given:
            where, target = given[key]
            named = target.into if isinstance(target, Split) else () if isinstance(target, Drop) else (target,)
            faults += [f"{where}: '{to.id}' has no category '{one}'" for one in named if one not in offered]
            targets[key] = target
        elif same or (key == ABSENT and ABSENT in offered) or (key in after and before[key] == after[key]):
            targets[key] = key
        else:
            what = "reads differently now" if key in after else "is no more"
            faults.append(f"{place}: category '{key}' of '{dimension.id}' {what}: say what becomes of it")
    return faults or Rule(to, targets)


def _says_absent(dimension: Dimension) -> bool:
    return dimension.absent is not None or not dimension.single


def carry(coding: Coding, migration: Migration) -> Coding | Requeued | Drop:
    """The coding under the new codebook, a new row derived from it; or why its cell is asked again, or is no more.

    Labels of a set that become one keep all their evidence and the higher confidence.
    """
    rule = migration.rules[coding.dimension_id]
    if isinstance(rule, Drop):
        return rule
    if coding.status is Status.NOT_APPLICABLE and rule.to.applies_if is None:
        return Requeued(rule.to.id, f"'{rule.to.id}' applies to every document now")
    codes = coding.codes if coding.status is Status.CODED else (ABSENT,) if coding.status is Status.ABSENT else ()
    targets = [(code, rule.targets[code]) for code in codes if code in rule.targets]
    for code, target in targets:
        if isinstance(target, Split):
            return Requeued(rule.to.id, f"'{code}' was split into {' and '.join(target.into)}")
    if codes and all(isinstance(target, Drop) for _, target in targets):
        return Requeued(rule.to.id, f"'{', '.join(codes)}' is no more")
    return _carried(coding, rule, migration.new.hash())


def _carried(coding: Coding, rule: Rule, codebook_hash: str) -> Coding | Requeued:
    merged: dict[str, Assignment] = {}
    for one in coding.assignments:
        target = rule.targets[one.category]
        if isinstance(target, str) and target != ABSENT:
            merged[target] = _joined(merged.get(target), one.model_copy(update={"category": target}))
    status, silent = coding.status, rule.targets.get(ABSENT)
    if status is Status.ABSENT and isinstance(silent, str) and silent != ABSENT:
        status, merged = Status.CODED, {silent: Assignment(category=silent, evidence=coding.evidence)}
    elif status is Status.CODED and not merged:
        status = Status.ABSENT
    if rule.to.single and len(merged) > 1:
        return Requeued(rule.to.id, f"{', '.join(merged)}: '{rule.to.id}' takes one category")
    kept = coding.all_evidence if status is Status.ABSENT and coding.status is Status.CODED else coding.evidence
    return coding.model_copy(
        update={
            "id": new_id(),
            "created_at": now(),
            "dimension_id": rule.to.id,
            "status": status,
            "assignments": tuple(merged.values()),
            "evidence": kept,
            "codebook_hash": codebook_hash,
            "dimension_hash": rule.to.hash(),
            "call_id": None,
            "derived_from": coding.id,
        }
    )


def _joined(first: Assignment | None, second: Assignment) -> Assignment:
    if first is None:
        return second
    spans = sorted({*first.evidence, *second.evidence}, key=lambda span: (span.start, span.end))
    best = max(first, second, key=lambda one: -1.0 if one.confidence is None else one.confidence)
    return best.model_copy(update={"evidence": tuple(spans)})
