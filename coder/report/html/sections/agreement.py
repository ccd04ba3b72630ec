"""Agreement of the model with the reference as a table for a paper, what lies beneath it, and confusion pictures."""

from __future__ import annotations

from shlex import quote

from coder.agreement.evaluate import SEED
from coder.model.agreement import DimensionAgreement
from coder.report.agreement import NAMES, kind_sentence
from coder.report.html.blocks import Block, Column, Heading, Picture, Prose, Section, Table, number
from coder.report.html.drawing import matrix, picture
from coder.report.html.facts import DimensionFacts, Facts

LONG = {
    "cohen_kappa": "Cohen's kappa",
    "cohen_kappa_linear": "Cohen's kappa, linear weights",
    "cohen_kappa_quadratic": "Cohen's kappa, quadratic weights",
    "alpha_masi": "Krippendorff's alpha, MASI distance",
    "alpha_jaccard": "Krippendorff's alpha, Jaccard distance",
}
MOST = 12
"""Categories that a confusion picture has room for."""


def agreement(facts: Facts) -> Section | None:
    """The table, each multi-label dimension's labels, and a picture of who took what for what."""
    judged = [one for one in facts.dimensions if one.agreement is not None]
    if not judged or facts.gold is None or facts.run is None:
        return None
    blocks: list[Block] = []
    if facts.constructed:
        blocks.append(Prose(f"The reference is {kind_sentence(facts.gold.kind)}.", "warning"))
    blocks.append(_table(facts, judged))
    blocks += [_labels(facts, one, one.agreement) for one in judged if one.agreement and one.agreement.labels]
    pictures = [drawn for one in judged if (drawn := _confusion(one)) is not None]
    if pictures:
        blocks += [Heading("Who took what for what"), *pictures]
    return Section("agreement", "Agreement", tuple(blocks))


def _trace(facts: Facts) -> str:
    run = facts.run.run.id if facts.run else ""
    drawn = f" --cluster {quote(facts.cluster)}" if facts.cluster else ""
    drawn += f" --seed {facts.seed}" if facts.seed != SEED else ""
    return f"intercoder eval --run {run} --gold {quote(facts.gold.name if facts.gold else '')}{drawn} --json"


def _table(facts: Facts, judged: list[DimensionFacts]) -> Table:
    found = [one.agreement for one in judged if one.agreement is not None]
    people = any(one.ceiling is not None for one in judged)
    levels = {one.level for one in found}
    columns = (
        Column("dimension"),
        Column("coefficient"),
        Column("value", "figure"),
        Column(f"{min(levels):.0%} interval", "interval"),
        Column("n", "count"),
        Column("same answer", "percent"),
        *((Column("people", "figure"),) if people else ()),
        Column("no answer", "count"),
        Column("left out", "count"),
        Column("without no answers", "figure"),
        Column("remark"),
    )
    rows = tuple(
        (
            one.name,
            NAMES[result.coefficient],
            result.value,
            (result.low, result.high),
            result.n,
            result.percent_agreement,
            *((one.ceiling,) if people else ()),
            result.refused,
            sum(result.excluded.values()),
            result.complete_case,
            result.reason or "",
        )
        for one, result in zip(judged, found, strict=True)
    )
    return Table(
        "agreement-table",
        "Agreement of the model with the reference",
        columns,
        rows,
        _notes(facts, found, people),
        _trace(facts),
    )


def _notes(facts: Facts, found: list[DimensionAgreement], people: bool) -> tuple[str, ...]:
    used = dict.fromkeys(result.coefficient for result in found)
    causes: dict[str, int] = {}
    for result in found:
        for cause, count in result.excluded.items():
            causes[cause] = causes.get(cause, 0) + count
    left = ", ".join(f"{count:,} {cause.replace('_', ' ')}" for cause, count in causes.items() if count)
    assert facts.gold is not None  # noqa: S101 - the table is made only with gold
    notes = [
        f"Reference: {facts.gold.words}; {kind_sentence(facts.gold.kind)}.",
        "; ".join(f"{NAMES[name]}: {LONG[name]}" for name in used)
        + ", over the categories that the codebook declares.",
        f"Intervals: {facts.intervals}; none below 50 items.",
        "An answer that was refused, unreadable or failed counts as one that can never agree; 'without no answers' "
        "is the "
        "value without such items. 'Not specified' is a category of its own, for several labels the empty set.",
    ]
    if left:
        notes.append(f"Left out of n, over all dimensions: {left}.")
    if people:
        notes.append("people: the same coefficient between two people on these items.")
    examples = len(facts.run.run.parameters.get("examples", ())) if facts.run else 0
    if examples:
        notes.append(f"{number(examples, 'text')} shown to the model as worked examples left every n.")
    return tuple(notes)


def _labels(facts: Facts, one: DimensionFacts, result: DimensionAgreement) -> Table:
    columns = (
        Column("label"),
        Column("kappa", "figure"),
        Column(f"{result.level:.0%} interval", "interval"),
        Column("n", "count"),
        Column("reference", "count"),
        Column("model", "count"),
        Column("precision", "figure"),
        Column("recall", "figure"),
        Column("remark"),
    )
    rows = tuple(
        (
            one.label(label.label),
            label.value,
            (label.low, label.high),
            label.n,
            label.positives,
            label.coder_positives,
            label.precision,
            label.recall,
            label.reason or "",
        )
        for label in result.labels
    )
    notes = ("Cohen's kappa on whether the label was given; reference, model: documents to which each gave it.",)
    return Table(f"labels-{_id(one)}", f"{one.name}: label by label", columns, rows, notes, _trace(facts))


def _confusion(one: DimensionFacts) -> Picture | None:
    result = one.agreement
    if result is None or not result.table or not result.n:
        return None
    shown = [
        place
        for place in range(len(result.categories))
        if len(result.categories) <= MOST or result.gold_margins[place] or result.coder_margins[place]
    ][: 2 * MOST]
    names = [one.label(result.categories[place]) for place in shown]
    counts = [[result.table[row][column] for column in shown] for row in shown]
    pairs = sorted(
        (
            (counts[row][column], row, column)
            for row in range(len(shown))
            for column in range(len(shown))
            if row != column
        ),
        reverse=True,
    )
    worst = [f"{names[row]} taken for {names[column]}: {count}" for count, row, column in pairs[:3] if count]
    same = sum(counts[place][place] for place in range(len(shown)))
    alt = (
        f"Table of {result.n} documents by the reference's code (rows) and the model's (columns) for {one.name}: "
        f"{same} on "
        f"the diagonal, the same code from both. Most often confused: {'; '.join(worst) or 'nothing'}."
    )
    draw = matrix(names, counts, "reference", "model (numbers of the rows)")
    return picture(f"confusion-{_id(one)}", f"{one.name}.", alt, 1.0 + 0.36 * len(shown), draw, caption=_caption(worst))


def _caption(worst: list[str]) -> str:
    frame = "Reference in rows, model in columns; darker: a larger share of the row."
    return f"{frame} Most often: {'; '.join(worst)}." if worst else frame


def _id(one: DimensionFacts) -> str:
    return one.dimension.id.replace(".", "-").replace("+", "-")
