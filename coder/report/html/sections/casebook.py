"""Where definitions rub: what was noted, flagged and disputed, by category."""

from __future__ import annotations

from coder.adjudicate.casebook import counted
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
    rows: list[tuple[Cell, ...]] = []
    for one in counted(facts.codebook, ((case.dimension, case.categories, case.note) for case in facts.cases)):
        dimension = facts.codebook.dimension(one["dimension"])
        labels = {category.id: category.label for category in dimension.codes}
        label = labels.get(one["category"], one["category"])
        rows.append((_name(facts, dimension.id), label, *(one.get(kind, 0) for kind in KINDS)))
    columns = Column("dimension"), Column("category"), *(Column(words, "count") for words in KINDS.values())
    notes = (
        "A case stands under every category it concerns: a disagreement under those that not every coder gave. Of "
        "texts that people coded, or whose codes are the reference; at the model's codes of others nobody looked.",
    )
    return Table("casebook", "Cases by category", columns, tuple(rows), notes, "intercoder memos --json")


def _name(facts: Facts, dimension_id: str) -> str:
    found = facts.dimension(dimension_id)
    return found.name if found else dimension_id


def _words(facts: Facts, one: Case) -> str:
    kind = "gold" if one.note == "borderline" else KINDS[one.note].removesuffix("s")
    return f"{_name(facts, one.dimension)}, {one.document} ({kind}, {one.who}): {one.words}"
