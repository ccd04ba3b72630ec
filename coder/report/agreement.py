"""Agreement with gold as tables for the terminal: a line a dimension, what counts against it in words beneath."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from coder.model.agreement import CoefficientName, DimensionAgreement, LabelAgreement
from coder.report.figures import Footnotes, caption, count, figure, figures_table, interval, percent
from coder.report.plain import plain

NAMES: dict[CoefficientName, str] = {
    "cohen_kappa": "kappa",
    "cohen_kappa_linear": "lin. kappa",
    "cohen_kappa_quadratic": "quad. kappa",
    "alpha_masi": "MASI alpha",
    "alpha_jaccard": "Jacc. alpha",
}
_KINDS = {
    "person": "codes by people",
    "consensus": "codes that people settled on",
    "model": "codes by a model; not evidence of agreement with people",
    "constructed": "codes fixed before the texts were written; not evidence of agreement with people",
}
_SHOWN = 15
"""Categories that a confusion table shows without leaving out those that nobody gave."""


def agreement_table(
    results: Sequence[DimensionAgreement],
    gold_kind: str,
    ceilings: Mapping[str, float | None] | None = None,
    *,
    no_ceiling: str | None = None,
    cluster: str | None = None,
    wide: bool = True,
) -> Table:
    """One line a dimension: coefficient, value, interval, n, identical answers, refusals, and what was left out of n.

    `gold_kind` is the kind of the gold's coder (several joined by a comma). `ceilings` holds what people reach among
    themselves, by dimension; its column is there where one is known, as that of the items left out is where some are.
    `no_ceiling` says why it is withheld, `cluster` by which variable documents that share a source were resampled.
    Fits 80 columns; not `wide`, it has room for a verdict there by leaving the items left out to the caption.
    """
    known = {name: value for name, value in (ceilings or {}).items() if value is not None}
    thresholds = sorted({result.min_kappa for result in results if result.min_kappa is not None})
    left_out = Counter[str]()
    for result in results:
        left_out.update(result.excluded)
    out = left_out.total() > 0 and (wide or not thresholds)
    optional = {"people": bool(known), "out": out, "verdict": bool(thresholds)}
    shown = [heading for heading in ("people", "re-\nfused", "out", "verdict") if optional.get(heading, True)]
    table = figures_table(
        "dimension",
        "coeffi-\ncient",
        "value",
        *interval_heading(results),
        "n",
        "same",
        *shown,
        "",
        tight=bool(thresholds) or (bool(known) and not wide),
    )
    notes = Footnotes()
    for result in results:
        cells = {
            "people": figure(known.get(result.dimension)),
            "re-\nfused": count(result.refused),
            "out": count(sum(result.excluded.values())),
            "verdict": "" if result.verdict == "not estimable" else result.verdict or "",
        }
        table.add_row(
            plain(result.dimension, "bold", 40),
            NAMES[result.coefficient],
            figure(result.value),
            interval(result.low, result.high),
            str(result.n),
            percent(result.percent_agreement),
            *(cells[heading] for heading in shown),
            notes.mark(result.reason) if result.reason else "",
        )
    said = [f"people: no ceiling ({no_ceiling})"] if no_ceiling else []
    said += [resampled(cluster, [result.clusters for result in results])] if cluster else []
    table.caption = caption(
        [*_reading(results, gold_kind, left_out, bool(known)), *said, *map(_gate, thresholds), *notes.lines()]
    )
    return table


def _reading(results: Sequence[DimensionAgreement], gold_kind: str, left_out: Counter[str], people: bool) -> list[str]:
    """What the columns say, each only where it is there."""
    lines = [f"Gold is {kind_sentence(gold_kind)}."]
    if not results:
        return [*lines, "no dimension was coded by both"]
    lines.append("kappa: Cohen's; same: identical answers")
    if people:
        lines.append("people: the same coefficient between two people on these items, the ceiling (--people)")
    if any(result.refused for result in results):
        lines.append("refused: no usable answer, counted as a disagreement (--details: the value without)")
    if causes := [f"{number} {cause.replace('_', ' ')}" for cause, number in left_out.items() if number]:
        lines.append(f"out: left out of n, in all {', '.join(causes)}")
    return lines


def kind_sentence(gold_kind: str) -> str:
    """The kind of a gold's coder with what it means for a kappa against it."""
    kinds = [kind.strip() for kind in gold_kind.split(",")]
    return "; ".join(f"{kind}: {_KINDS[kind]}" if kind in _KINDS else kind or "of unknown kind" for kind in kinds)


def resampled(variable: str, clusters: Sequence[int | None]) -> str:
    """That sources were resampled whole, and how many there were."""
    known = sorted({number for number in clusters if number})
    many = "no" if not known else f"{known[0]:,}" if len(known) == 1 else f"{known[0]:,} to {known[-1]:,}"
    return f"interval: BCa, resampling {many} clusters of documents with the same '{variable}', not documents"


def _gate(threshold: float) -> str:
    said = f"verdict: meets, the interval lies at or above {threshold:.2f}; compatible, only the value does"
    return f"{said}; none without an interval"


def interval_heading(results: Sequence[DimensionAgreement] | Sequence[LabelAgreement]) -> tuple[str]:
    """`95% interval`, or `interval` where the levels differ."""
    levels = {result.level for result in results} or {0.95}
    return ("interval" if len(levels) > 1 else f"{levels.pop():.0%} interval",)


def confusion_table(result: DimensionAgreement) -> Table:
    """Counts by gold (rows) and coder (columns, by the number of the row); a multi-label dimension's label table.

    Of a long list of categories those that neither gave are left out, and the caption counts them.
    """
    if not result.table:
        return label_table(result)
    shown = [
        position
        for position in range(len(result.categories))
        if len(result.categories) <= _SHOWN or result.gold_margins[position] or result.coder_margins[position]
    ]
    table = figures_table("gold \\ coder", *(str(position + 1) for position in shown), "all", title=result.dimension)
    for row in shown:
        cells = [_count(result.table[row][column], on_diagonal=row == column) for column in shown]
        name = plain(f"{row + 1} {result.categories[row]}", limit=32)
        table.add_row(name, *cells, str(result.gold_margins[row]))
    table.add_row("all", *(str(result.coder_margins[column]) for column in shown), str(result.n), style="dim")
    hidden = len(result.categories) - len(shown)
    table.caption = caption([f"{hidden} that neither gave are left out"] if hidden else [])
    return table


def _count(number: int, *, on_diagonal: bool) -> Text:
    return Text(str(number) if number else "·", style="bold" if on_diagonal and number else "")


def label_table(result: DimensionAgreement) -> Table:
    """One line a label of a multi-label dimension: Cohen's kappa on given or not, and how often each side gave it."""
    headings = ("label", "kappa", *interval_heading(result.labels), "n", "gold", "coder", "precision", "recall", "")
    table = figures_table(*headings, title=result.dimension)
    notes = Footnotes()
    for label in result.labels:
        table.add_row(
            plain(label.label, "bold", 40),
            figure(label.value),
            interval(label.low, label.high),
            str(label.n),
            str(label.positives),
            str(label.coder_positives),
            figure(label.precision),
            figure(label.recall),
            notes.mark(label.reason) if label.reason else "",
        )
    mean = result.mean_label_kappa
    lines = [] if mean is None or mean.value is None else [f"mean kappa of {mean.labels} labels: {figure(mean.value)}"]
    table.caption = caption([*lines, *notes.lines()])
    return table
