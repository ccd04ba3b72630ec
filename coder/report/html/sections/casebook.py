"""Where definitions rub: what was noted, flagged and disputed, by category."""

from __future__ import annotations

from coder.report.html.blocks import Block, Cell, Column, Items, Prose, Section, Table, number
from coder.report.html.facts import Case, Facts

KINDS = {
    "disagreement": "disagreements",
    "borderline": "borderline gold",
    "flag": "flags",
    "memo": "memos",
    "codebook": "suggestions",
}
SHOWN = 40
"""Cases told in words; `intercoder memos` has all."""


def casebook(facts: Facts) -> Section | None:
    """None where nothing was noted, and no two coders differ."""
    if not facts.cases:
        return None
    told = [one for one in facts.cases if one.note != "disagreement"]
    blocks: list[Block] = [_table(facts)]
    if told:
        more = f"; {number(len(told) - SHOWN, 'more case')} in intercoder memos" if len(told) > SHOWN else ""
        blocks.append(Prose(f"What was noted, and gold beside which other codes can be defended{more}:"))
        blocks.append(Items(tuple(_words(facts, one) for one in told[:SHOWN])))
    return Section("casebook", "Where definitions rub", tuple(blocks))


def _table(facts: Facts) -> Table:
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for one in facts.cases:
        for category in one.categories or ("",):
            kinds = counts.setdefault((one.dimension, category), {})
            kinds[one.note] = kinds.get(one.note, 0) + 1
    rows: list[tuple[Cell, ...]] = []
    for found in facts.dimensions:
        labels = {category.id: category.label for category in found.dimension.codes}
        order = list(labels)
        mine = [(category, kinds) for (dimension, category), kinds in counts.items() if dimension == found.dimension.id]
        for category, kinds in sorted(mine, key=lambda pair: (pair[0] not in order, _place(order, pair[0]), pair[0])):
            rows.append((found.name, labels.get(category, category), *(kinds.get(kind, 0) for kind in KINDS)))
    columns = Column("dimension"), Column("category"), *(Column(words, "count") for words in KINDS.values())
    notes = (
        "A case stands under every category it concerns: a disagreement under those that not every coder gave. Of "
        "texts that people coded, or whose codes are the reference; at the model's codes of others nobody looked.",
    )
    return Table("casebook", "Cases by category", columns, tuple(rows), notes, "intercoder memos --json")


def _place(order: list[str], category: str) -> int:
    return order.index(category) if category in order else len(order)


def _words(facts: Facts, one: Case) -> str:
    found = facts.dimension(one.dimension)
    kind = "gold" if one.note == "borderline" else KINDS[one.note].removesuffix("s")
    return f"{found.name if found else one.dimension}, {one.document} ({kind}, {one.who}): {one.words}"
