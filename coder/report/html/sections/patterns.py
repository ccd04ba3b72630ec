"""Patterns: the findings as sentences with a few quotations, for experts to judge; and what experts said."""

from __future__ import annotations

import hashlib

from coder.inference.counted import ABSENT, cross
from coder.report.html.blocks import Block, Column, Pattern, Prose, Section, Table, percent
from coder.report.html.facts import DimensionFacts, Facts
from coder.report.html.plan import Plan, PlannedFigure
from coder.report.html.sections.findings import Columns, split

MOST = 3
"""Categories of a dimension, the common ones, that have a pattern."""
QUOTES = 3
APART = 0.1
"""Of a share within a group from that of all, for the group to be worth a sentence."""
FEWEST = 5


def patterns(facts: Facts, plan: Plan | None) -> Section | None:
    """One pattern for each common category, and for each group that differs much in a planned figure."""
    found = [pattern for one in facts.dimensions for pattern in _of_dimension(facts, one)]
    for planned in plan.figures if plan else ():
        one = facts.dimension(planned.dimension)
        columns = split(facts, planned.by) if planned.by and one is not None else ""
        if one is not None and isinstance(columns, Columns):
            found += _of_groups(facts, one, columns, planned)
    if not found:
        return None
    lead = Prose(
        "Each sentence follows from the tables; the quotations are evidence as the texts have it, of the first "
        "documents that "
        "have some.",
        "small",
    )
    return Section("patterns", "Patterns and their evidence", (lead, *found))


def _of_dimension(facts: Facts, one: DimensionFacts) -> list[Pattern]:
    shares = one.coded.shares()
    common = sorted(
        (code for code, share in shares.items() if share.count and code != ABSENT), key=lambda c: -shares[c].count
    )
    found = []
    for code in common[:MOST]:
        share = shares[code]
        of = f"{share.count:,} of {share.n:,} documents ({percent(share.share)})"
        sentence = f"{one.name}: {one.label(code)} holds for {of}."
        found.append(Pattern(_id(one.dimension.id, code), sentence, _quotes(facts, one, code)))
    return found


def _of_groups(facts: Facts, one: DimensionFacts, columns: Columns, planned: PlannedFigure) -> list[Pattern]:
    crossed = cross(one.coded.codes, columns.codes, one.coded.categories, columns.ids)
    names = dict(zip(columns.ids, columns.labels, strict=True))
    found = []
    for c, group in enumerate(crossed.columns):
        total = crossed.column_totals[c]
        for r, code in enumerate(crossed.rows):
            if total < FEWEST or code == ABSENT:
                continue
            within, overall = int(crossed.counts[r][c]) / total, crossed.row_totals[r] / crossed.n
            if abs(within - overall) >= APART:
                sentence = (
                    f"{one.name}: {one.label(code)} holds for {percent(within)} of the {total:,} documents with "
                    f"{columns.name} {names[group]}, and for {percent(overall)} of all."
                )
                found.append(
                    Pattern(
                        _id(one.dimension.id, code, planned.by, group),
                        sentence,
                        _quotes(facts, one, code, columns, group),
                    )
                )
    return found


def _quotes(
    facts: Facts, one: DimensionFacts, code: str, columns: Columns | None = None, group: str = ""
) -> tuple[tuple[str, str], ...]:
    """A few quotations with their documents' names; of a group, from its own documents."""
    kept = [
        (facts.documents[place], text)
        for place, text in one.quotes.get(code, ())
        if columns is None or group in (columns.codes[place] or ())
    ]
    return tuple(kept[:QUOTES])


def _id(*parts: str) -> str:
    """The same pattern has the same id in every report of the codebook."""
    return f"pattern-{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:12]}"


def reviews(facts: Facts) -> Section | None:
    """What experts said of the patterns; None where none did."""
    if not facts.reviews:
        return None
    rows = tuple(
        (sentence, one.expert, verdict or "no verdict", comment)
        for one in facts.reviews
        for sentence, verdict, comment in one.answers
    )
    columns = Column("pattern as it was shown"), Column("expert"), Column("verdict"), Column("comment")
    counts: dict[str, dict[str, int]] = {}
    for one in facts.reviews:
        mine = counts.setdefault(one.expert, {})
        for _, verdict, comment in one.answers:
            mine[verdict] = mine.get(verdict, 0) + 1
            mine["comments"] = mine.get("comments", 0) + bool(comment)
    words = ("agree", "disagree", "unsure", "comments")
    summary = Table(
        "experts",
        "Experts",
        (Column("expert"), *(Column(word, "count") for word in words)),
        tuple((name, *(mine.get(word, 0) for word in words)) for name, mine in counts.items()),
    )
    blocks: list[Block] = [summary, Table("expert-answers", "What experts said", columns, rows)]
    return Section("experts-said", "What experts said", tuple(blocks))
