"""What was found: the planned figures with their tables, then every dimension that has no figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coder.inference.association import Association, association
from coder.inference.counted import ABSENT, Codes, Crossed, by_value, cross
from coder.report.figures import figure, p_value
from coder.report.html.blocks import Block, Cell, Column, Heading, Picture, Prose, Section, Table, percent
from coder.report.html.drawing import bars, grouped, picture, stacked
from coder.report.html.facts import DimensionFacts, Facts
from coder.report.html.plan import Plan, PlannedFigure

CODES = {
    "gold": "Counts and shares of the reference's codes",
    "resolved": "Counts and shares of resolved codes, taken for true",
}
WILSON = "95% intervals by Wilson (1927), for a stream of documents of which these are a random sample"
MOST_VALUES = 20
"""Values of a document variable that a table has columns for."""


@dataclass(frozen=True, eq=False)
class Columns:
    """What a figure is split by: codes of each document, their names, and what people call it."""

    name: str
    codes: tuple[Codes | None, ...]
    ids: tuple[str, ...]
    labels: tuple[str, ...]
    single: bool


def findings(facts: Facts, plan: Plan | None) -> Section | None:
    """All figures and tables of frequencies."""
    if not facts.dimensions:
        return None
    blocks: list[Block] = []
    planned = plan.figures if plan else ()
    for place, one in enumerate(planned):
        found = facts.dimension(one.dimension)
        if found is not None:
            blocks += _figure(facts, found, one, place)
    told = {one.dimension for one in planned if not one.by}
    rest = [one for one in facts.dimensions if one.dimension.id not in told]
    if rest and planned:
        blocks.append(Heading("Frequencies of the dimensions that have no figure of their own"))
    blocks += [frequencies(facts, other) for other in rest]
    blocks += [table for one in facts.dimensions if (table := _together(facts, one)) is not None]
    return Section("findings", "Findings", tuple(blocks))


def _figure(facts: Facts, one: DimensionFacts, planned: PlannedFigure, place: int) -> list[Block]:
    title = planned.title or one.name
    id = f"figure-{place + 1}"
    blocks: list[Block] = [Heading(f"Figure {place + 1}. {title}")]
    if not one.coded.n:
        return [*blocks, Prose("No document has a code here.")]
    if not planned.by:
        return [*blocks, _bars(facts, one, id, title), frequencies(facts, one)]
    columns = split(facts, planned.by)
    if isinstance(columns, str):
        return [*blocks, Prose(columns, "warning"), frequencies(facts, one)]
    shown = drop_empty(cross(one.coded.codes, columns.codes, one.coded.categories, columns.ids))
    blocks.append(_split_picture(one, columns, shown, planned, id, title))
    blocks.append(_cross_table(facts, one, columns, shown, id, title))
    blocks += _tests(one, columns, id, title)
    return [*blocks, *_corrected(facts, one, planned, id, title)]


def split(facts: Facts, by: str) -> Columns | str:
    """The codes of another dimension or the values of a variable; in words why there are none."""
    other = facts.dimension(by)
    if other is not None:
        ids = other.coded.categories
        return Columns(other.name, other.coded.codes, ids, tuple(map(other.label, ids)), other.coded.single)
    if by not in facts.variables:
        known = ", ".join(facts.variables) or "none"
        return f"There is neither a dimension nor a document variable '{by}' (variables: {known})."
    codes, values = by_value(facts.variables[by])
    if len(values) > MOST_VALUES:
        return f"The variable '{by}' has {len(values):,} values, more than the {MOST_VALUES} that a table has room for."
    return Columns(by, codes, values, values, single=True)


def drop_empty(crossed: Crossed) -> Crossed:
    """Without rows and columns that no document has, but for the codebook's categories that stand between others."""
    rows = [place for place, name in enumerate(crossed.rows) if crossed.row_totals[place] or name != ABSENT]
    columns = [place for place, count in enumerate(crossed.column_totals) if count]
    return Crossed(
        tuple(crossed.rows[place] for place in rows),
        tuple(crossed.columns[place] for place in columns),
        crossed.counts[rows][:, columns],
        tuple(crossed.row_totals[place] for place in rows),
        tuple(crossed.column_totals[place] for place in columns),
        crossed.n,
    )


def _bars(facts: Facts, one: DimensionFacts, id: str, title: str) -> Picture:
    found = {code: share for code, share in one.coded.shares().items() if code != ABSENT or share.count}
    labels = [one.label(code) for code in found]
    shares = [share.share for share in found.values()]
    limits = [None if share.low is None or share.high is None else (share.low, share.high) for share in found.values()]
    said = "; ".join(f"{label} {percent(share)}" for label, share in zip(labels, shares, strict=True))
    alt = f"Bars, shares of {one.coded.n:,} documents by {one.name}: {said}."
    caption = "Whiskers: 95% intervals (Wilson)." + (
        "" if one.coded.single else " A document can have several; shares do not add up to 100."
    )
    return picture(id, f"{title}.", alt, 0.8 + 0.42 * len(labels), bars(labels, shares, limits), caption=caption)


def _split_picture(
    one: DimensionFacts, columns: Columns, shown: Crossed, planned: PlannedFigure, id: str, title: str
) -> Picture:
    rows = [one.label(row) for row in shown.rows]
    names = dict(zip(columns.ids, columns.labels, strict=True))
    across = [names[column] for column in shown.columns]
    if planned.show == "counts":
        counts = [[int(shown.counts[row][column]) for row in range(len(rows))] for column in range(len(across))]
        said = "; ".join(
            f"{row}: {', '.join(f'{name} {counts[c][r]}' for c, name in enumerate(across))}"
            for r, row in enumerate(rows)
        )
        alt = f"Stacked columns, documents by {one.name} and {columns.name}: {said}."
        return picture(id, f"{title}.", alt, 3.6, stacked(rows, across, counts))
    shares = [
        [
            int(shown.counts[row][column]) / total if (total := shown.column_totals[column]) else None
            for column in range(len(across))
        ]
        for row in range(len(rows))
    ]
    groups = [f"{name} (n {shown.column_totals[place]:,})" for place, name in enumerate(across)]
    said = "; ".join(
        f"{group}: {', '.join(f'{row} {percent(shares[r][c])}' for r, row in enumerate(rows))}"
        for c, group in enumerate(groups)
    )
    alt = f"Bars, shares within {columns.name} of documents by {one.name}: {said}."
    return picture(
        id,
        f"{title}.",
        alt,
        1.2 + 0.23 * len(rows) * max(1, len(groups)),
        grouped(groups, rows, shares),
        caption=f"Shares of the documents with each {columns.name.lower()}; n is their number.",
    )


def frequencies(facts: Facts, one: DimensionFacts) -> Table:
    """Counts and shares of the categories, and beside them the model's, people's and the corrected ones."""
    columns = [
        Column("category"),
        Column("documents", "count"),
        Column("share", "percent"),
        Column("95% interval", "percents"),
    ]
    report = one.shares.report if one.shares else None
    model = dict(one.shares.model) if one.shares and facts.reported == "resolved" else {}
    if model:
        columns.append(Column("model alone", "percent"))
    if report is not None:
        columns += [
            Column("people, sample", "percent"),
            Column("corrected", "percent"),
            Column("95% interval, corrected", "percents"),
        ]
    rows: list[tuple[Cell, ...]] = []
    for code, share in one.coded.shares().items():
        row: list[Cell] = [one.label(code), share.count, share.share, (share.low, share.high)]
        if model:
            row.append(model.get(code))
        if report is not None:
            row += _estimates(one, code)
        rows.append(tuple(row))
    command = f"intercoder analyze {one.dimension.id} --json" if one.shares else "intercoder export codes.csv --wide"
    return Table(f"frequencies-{_slug(one)}", one.name, tuple(columns), tuple(rows), _remarks(facts, one), command)


def _estimates(one: DimensionFacts, code: str) -> list[Cell]:
    report = one.shares.report if one.shares else None
    if report is None:
        return [None, None, (None, None)]
    if code not in report.categories:
        return [None, None, (None, None)]
    place = report.categories.index(code)
    human = report.human.shares[place].value if report.human.shares else None
    if not report.dsl.shares:
        return [human, None, (None, None)]
    bounds = report.dsl.shares[place].superpopulation
    return [human, report.dsl.shares[place].value, bounds.shown or (None, None)]


def _remarks(facts: Facts, one: DimensionFacts) -> tuple[str, ...]:
    coded = one.coded
    notes = [f"{CODES[facts.reported]}; n = {coded.n:,} documents with a code. {WILSON}."]
    if facts.reported == "gold" and facts.gold is not None:
        notes[0] = f"{CODES['gold']} (kind: {facts.gold.kind}); n = {coded.n:,} documents with a code. {WILSON}."
    if coded.out:
        out = [f"{n:,} {why.replace('_', ' ')}" for why, n in sorted(coded.out.items())]
        notes.append(f"Out of the shares: {', '.join(out)}.")
    if not coded.single:
        notes.append("A document can have several; shares do not add up to 100.")
    if one.shares is not None and one.shares.report is not None:
        notes.append(
            f"corrected: the model's codes of all documents, corrected by people's of the sample "
            f"({one.shares.basis}, n = "
            f"{one.shares.report.n:,}) by design-based supervised learning (Egami et al. 2023)."
        )
        notes += one.shares.report.notes
    elif one.shares is not None and one.shares.reason:
        notes.append(f"No corrected shares: {one.shares.reason}. {one.shares.remedy or ''}".strip())
    if one.amounts:
        notes.append(_mean_amount(one))
    return tuple(notes)


def _mean_amount(one: DimensionFacts) -> str:
    values = sorted(one.amounts.values())
    mean, middle = sum(values) / len(values), values[len(values) // 2]
    if len(values) % 2 == 0:
        middle = (values[len(values) // 2 - 1] + middle) / 2
    unit = getattr(one.dimension, "unit", "")
    return (
        f"Amounts as read and converted ({unit}), of {len(values):,} documents: mean {mean:,.1f}, median {middle:,.1f}."
    )


def _cross_table(facts: Facts, one: DimensionFacts, columns: Columns, shown: Crossed, id: str, title: str) -> Table:
    names = dict(zip(columns.ids, columns.labels, strict=True))
    heads = [Column(one.name)]
    for column in shown.columns:
        heads += [Column(names[column], "count"), Column(f"% of {names[column]}", "percent")]
    heads += [Column("all", "count"), Column("% of all", "percent")]
    rows: list[tuple[Cell, ...]] = []
    for r, row in enumerate(shown.rows):
        cells: list[Cell] = [one.label(row)]
        for c, total in enumerate(shown.column_totals):
            count = int(shown.counts[r][c])
            cells += [count, count / total if total else None]
        cells += [shown.row_totals[r], shown.row_totals[r] / shown.n if shown.n else None]
        rows.append(tuple(cells))
    ends: list[Cell] = ["documents"]
    for total in shown.column_totals:
        ends += [total, None]
    rows.append((*ends, shown.n, None))
    notes = [f"{CODES[facts.reported]}, of {shown.n:,} documents with both; per cent of the column's documents."]
    if not (one.coded.single and columns.single):
        notes.append("A document can have several labels; columns do not add up to their documents.")
    return Table(f"{id}-table", title, tuple(heads), tuple(rows), tuple(notes), "intercoder export codes.csv --wide")


def _tests(one: DimensionFacts, columns: Columns, id: str, title: str) -> list[Block]:
    """Independence of rows and columns; of several labels, each given or not."""
    if not columns.single:
        return []
    if one.coded.single:
        crossed = cross(one.coded.codes, columns.codes, one.coded.categories, columns.ids)
        tests = [(one.name, association(crossed.counts))]
    else:
        tests = []
        for label in one.coded.categories:
            if label == ABSENT:
                continue
            given = tuple(
                None if codes is None else (("yes",) if label in codes else ("no",)) for codes in one.coded.codes
            )
            crossed = cross(given, columns.codes, ("yes", "no"), columns.ids)
            tests.append((one.label(label), association(crossed.counts)))
    return [tests_table(tests, columns.name, f"{id}-tests", title)]


def tests_table(tests: Sequence[tuple[str, Association]], by: str, id: str, title: str) -> Table:
    """Tests of independence with effect sizes and what speaks against them."""
    heads = (
        Column("of"),
        Column("test"),
        Column("statistic", "figure"),
        Column("df", "count"),
        Column("p", "p"),
        Column("Cramér's V", "figure"),
        Column("bias-corrected V", "figure"),
        Column("n", "count"),
        Column("remark"),
    )
    names = {"chi_square": "chi-square", "fisher": "Fisher, exact", None: "–"}
    rows = tuple(
        (
            name,
            names[test.test],
            test.statistic,
            test.df if test.test == "chi_square" else None,
            test.p,
            test.cramers_v,
            test.cramers_v_corrected,
            test.n,
            test.warning or test.reason or "",
        )
        for name, test in tests
    )
    notes = [
        f"Are they independent of {by}? Codes taken for true, documents for independent of each other. Fisher's "
        "exact test in "
        "two by two tables with small expected counts; V: 0 none, 1 complete.",
    ]
    known = [test for _, test in tests if test.p is not None]
    if len(known) > 1:
        notes.append(
            f"{len(known)} tests: read p values together, e.g. against 0.05 / {len(known)} = {0.05 / len(known):.3f}."
        )
    return Table(id, f"{title}: tests", heads, rows, tuple(notes), "intercoder export codes.csv --wide")


def _corrected(facts: Facts, one: DimensionFacts, planned: PlannedFigure, id: str, title: str) -> list[Block]:
    """Cells corrected for the model's errors, as `analyze` gives them."""
    found = facts.crosses.get((planned.dimension, planned.by), ())
    known = [cross_ for cross_ in found if cross_.table is not None]
    if not known:
        reason = next((f"{one_.reason}. {one_.remedy or ''}" for one_ in found if one_.reason), "")
        return [Prose(f"No corrected cells: {reason}".strip(), "small")] if reason else []
    rows: list[tuple[Cell, ...]] = []
    notes: list[str] = []
    other = facts.dimension(planned.by)
    for cross_ in known:
        table = cross_.table
        assert table is not None  # noqa: S101 - kept only with one
        label = one.label(table.rows[0]) if not one.coded.single else ""
        rows += [
            (
                label or one.label(cell.row),
                other.label(cell.column) if other else cell.column,
                cell.conditional,
                cell.given.shown or (None, None),
            )
            for cell in table.cells
            if cell.row == table.rows[0] or not label
        ]
        test = table.wald
        said = test.reason or f"W = {figure(test.statistic)}, {test.df} contrasts, p {p_value(test.p)}"
        notes.append(f"{label or one.name}, corrected test of independence: {said}.")
    heads = (
        Column(one.name),
        Column(other.name if other else planned.by),
        Column("share within it", "percent"),
        Column("95% interval", "percents"),
    )
    trace = f"intercoder analyze {planned.dimension} --cross {planned.by} --json"
    return [
        Table(f"{id}-corrected", f"{title}: corrected for the model's errors", heads, tuple(rows), tuple(notes), trace)
    ]


def _together(facts: Facts, one: DimensionFacts) -> Table | None:
    """How often labels come together: counts, and of the row's documents the share that has the column's label."""
    if one.coded.single or not one.coded.n:
        return None
    labels = [code for code in one.coded.categories if code != ABSENT]
    crossed = cross(one.coded.codes, one.coded.codes, one.coded.categories, one.coded.categories)
    place = {code: number for number, code in enumerate(one.coded.categories)}
    heads = [Column("label"), Column("documents", "count")]
    for code in labels:
        heads += [Column(f"with {one.label(code)}", "count"), Column(f"% with {one.label(code)}", "percent")]
    rows: list[tuple[Cell, ...]] = []
    for row in labels:
        total = crossed.row_totals[place[row]]
        cells: list[Cell] = [one.label(row), total]
        for column in labels:
            both = int(crossed.counts[place[row]][place[column]])
            cells += [both, both / total if total else None]
        rows.append(tuple(cells))
    notes = (f"{CODES[facts.reported]}: of the row's documents, those that have the column's label too.",)
    return Table(
        f"together-{_slug(one)}",
        f"{one.name}: labels that come together",
        tuple(heads),
        tuple(rows),
        notes,
        "intercoder export codes.csv --wide",
    )


def _slug(one: DimensionFacts) -> str:
    return one.dimension.id.replace(".", "-").replace("+", "-")
