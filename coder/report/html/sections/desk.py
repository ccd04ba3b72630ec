"""What the second coder changed: what was queued, settled and mended, and what codes are worth after it."""

from __future__ import annotations

from shlex import quote

from coder.inference.audit_estimates import Estimate
from coder.report.html.blocks import Block, Cell, Column, Prose, Section, Table, listed, number
from coder.report.html.facts import DeskFacts, Facts


def desk(facts: Facts) -> Section | None:
    """None where nothing was queued."""
    found = facts.desk
    if found is None:
        return None
    reasons = "; ".join(f"{count:,} {why.replace('_', ' ')}" for why, count in sorted(found.reasons.items()))
    who = f" by {number(len(found.coders), 'person', 'people')} ({listed(found.coders)})" if found.coders else ""
    lead = f"Queued: {reasons}. Settled: {sum(found.settled.values()):,}{who}; {found.waiting:,} wait."
    if found.conflicts:
        lead += f" {number(found.conflicts, 'cell')} settled in two ways and open."
    blocks: list[Block] = [
        Prose(lead),
        Prose(
            "Second coders answer blind, before they see any other code; what they settle never changes a kappa "
            "reported above.",
            "small",
        ),
    ]
    if found.settled:
        blocks.append(_changed(facts, found))
    audited = [one for one in facts.dimensions if one.audit is not None or one.audit_reason]
    if audited and found.settled:
        blocks.append(_audit(facts))
    if found.with_oneself:
        blocks.append(_oneself(facts, found))
    return Section("desk", "What the second coder changed", tuple(blocks))


def _summary(found: DeskFacts) -> str:
    who = f" --coder {quote(found.coders[0])}" if found.coders else ""
    return f"intercoder adjudicate --summary{who} --json"


def _name(facts: Facts, dimension_id: str) -> str:
    found = facts.dimension(dimension_id)
    return found.name if found else dimension_id


def _changed(facts: Facts, found: DeskFacts) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in facts.dimensions:
        settled = found.settled.get(one.dimension.id, 0)
        if settled:
            model, gold = found.model.get(one.dimension.id, 0), found.gold.get(one.dimension.id, 0)
            rows.append((one.name, settled, model, model / settled, gold, gold / settled))
    columns = (
        Column("dimension"),
        Column("settled", "count"),
        Column("other than the model", "count"),
        Column("share", "percent"),
        Column("other than the reference", "count"),
        Column("share of settled", "percent"),
    )
    notes = (
        "Cells were queued because they were in doubt, so that these shares say nothing of the cells that were not; "
        "see the "
        "audit for those.",
    )
    return Table(
        "changed",
        "Settled cells whose code was changed",
        columns,
        tuple(rows),
        notes,
        _summary(found),
    )


def _audit(facts: Facts) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in facts.dimensions:
        found = one.audit
        if found is None:
            rows.append((one.name, None, None, None, None, (None, None), None, (None, None), one.audit_reason or ""))
            continue
        rows.append(
            (
                one.name,
                found.n,
                found.audited,
                found.errors,
                found.coder.value,
                _limits(found.coder),
                found.resolved.value,
                _limits(found.resolved),
                found.resolved.reason or one.audit_reason or "",
            )
        )
    columns = (
        Column("dimension"),
        Column("n", "count"),
        Column("audited agreements", "count"),
        Column("of them wrong", "count"),
        Column("right before", "percent"),
        Column("95% interval, before", "percents"),
        Column("right after", "percent"),
        Column("95% interval, after", "percents"),
        Column("remark"),
    )
    notes = (
        "Right: the share of the model's codes, and of what stands after adjudication, that a second coder settled "
        "or would "
        "settle; weighted by the probabilities of the random audit of agreements.",
    )
    run, gold = facts.run.run.id if facts.run else "", facts.gold.name if facts.gold else ""
    return Table(
        "audit",
        "What codes are worth after adjudication",
        columns,
        tuple(rows),
        notes,
        f"intercoder eval --run {run} --gold {quote(gold)} --audit --json",
    )


def _limits(found: Estimate) -> tuple[float | None, float | None]:
    return found.low, found.high


def _oneself(facts: Facts, found: DeskFacts) -> Table:
    rows = tuple(
        (who, _name(facts, dimension), same, n, same / n if n else None)
        for who, dimension, same, n in found.with_oneself
    )
    columns = (
        Column("coder"),
        Column("dimension"),
        Column("same answer", "count"),
        Column("silent repeats", "count"),
        Column("share", "percent"),
    )
    return Table(
        "oneself",
        "Agreement of second coders with themselves",
        columns,
        rows,
        (),
        _summary(found),
    )
