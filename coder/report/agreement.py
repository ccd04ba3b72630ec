"""Agreement with gold as tables for the terminal: a line a dimension, what counts against it in words beneath."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from coder.model.agreement import Coefficient, DimensionAgreement, LabelAgreement
from coder.report.plain import plain

_NAMES = {
    "cohen_kappa": "kappa",
    "cohen_kappa_linear": "lin. kappa",
    "cohen_kappa_quadratic": "quad. kappa",
    "alpha_masi": "MASI alpha",
}
_KINDS = {
    "person": "codes by people",
    "consensus": "codes that people settled on",
    "model": "codes by a model; not evidence of agreement with people",
    "constructed": "codes fixed before the texts were written; not evidence of agreement with people",
}
_NONE = "–"
_SHOWN = 15
"""Categories that a confusion table shows without leaving out those that nobody gave."""


class Footnotes:
    """Remarks, each said once and referred to by a letter."""

    def __init__(self) -> None:
        self._remarks: list[str] = []

    def mark(self, remark: str) -> str:
        """The letter of a remark: a to z, then a2 to z2."""
        if remark not in self._remarks:
            self._remarks.append(remark)
        round_, letter = divmod(self._remarks.index(remark), 26)
        return chr(ord("a") + letter) + (str(round_ + 1) if round_ else "")

    def lines(self) -> list[str]:
        """The remarks under the table."""
        return [f"{self.mark(remark)}  {remark}" for remark in self._remarks]


def agreement_table(results: Sequence[DimensionAgreement], gold_kind: str) -> Table:
    """One line a dimension: coefficient, value [interval], n, identical answers, refusals, letters of remarks.

    `gold_kind` is the kind of the gold's coder (several joined by a comma). Fits 80 columns.
    """
    thresholds = {result.min_kappa for result in results if result.min_kappa is not None}
    verdict = ["verdict"] if thresholds else []
    headings = (
        "dimension",
        "coeffi-\ncient",
        "value",
        *_interval_heading(results),
        "n",
        "same",
        "re-\nfused",
        *verdict,
    )
    table = _table(*headings, "", tight=bool(verdict))
    notes = Footnotes()
    for result in results:
        table.add_row(
            plain(result.dimension, "bold", 40),
            _NAMES[result.coefficient],
            _number(result.value),
            _interval(result),
            str(result.n),
            _percent(result.percent_agreement),
            str(result.refused) if result.refused else _NONE,
            *([result.verdict or _NONE] if thresholds else []),
            " ".join(notes.mark(remark) for remark in _remarks(result)),
        )
    said = "kappa: Cohen's; same: identical answers" if results else "no dimension was coded by both"
    gates = [_gate(threshold) for threshold in sorted(thresholds)]
    table.caption = _caption([f"Gold is {kind_sentence(gold_kind)}.", said, *gates, *notes.lines()])
    return table


def kind_sentence(gold_kind: str) -> str:
    """The kind of a gold's coder with what it means for a kappa against it."""
    kinds = [kind.strip() for kind in gold_kind.split(",")]
    return "; ".join(f"{kind}: {_KINDS[kind]}" if kind in _KINDS else kind or "of unknown kind" for kind in kinds)


def _remarks(result: DimensionAgreement) -> list[str]:
    found = [result.reason] if result.reason else []
    if result.refused and result.complete_case is not None:
        found.append(f"{_number(result.complete_case)} with the {result.refused} not answered left out")
    left_out = [f"{count} {cause.replace('_', ' ')}" for cause, count in result.excluded.items() if count]
    if left_out:
        found.append(f"left out of n: {', '.join(left_out)}")
    mean = result.mean_label_kappa
    if mean is not None and mean.value is not None:
        found.append(f"mean kappa of {mean.labels} labels: {_number(mean.value)}")
    return found


def _gate(threshold: float) -> str:
    return f"verdict: meets, the interval lies above {threshold:.2f}; compatible, only the value does"


def beside_table(results: Sequence[DimensionAgreement]) -> Table:
    """The coefficients that stand beside the headline: other weights, and whether an answer was given at all."""
    table = _table("dimension", "unweighted", "linear", "quadratic", "given or absent")
    for result in results:
        parts = (result.unweighted, result.weighted, result.quadratic, result.specified)
        if any(part is not None for part in parts):
            table.add_row(
                plain(result.dimension, "bold", 40), *(_number(part.value if part else None) for part in parts)
            )
    return table


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
    table = _table("gold \\ coder", *(str(position + 1) for position in shown), "all", title=result.dimension)
    for row in shown:
        cells = [_count(result.table[row][column], on_diagonal=row == column) for column in shown]
        name = plain(f"{row + 1} {result.categories[row]}", limit=32)
        table.add_row(name, *cells, str(result.gold_margins[row]))
    table.add_row("all", *(str(result.coder_margins[column]) for column in shown), str(result.n), style="dim")
    hidden = len(result.categories) - len(shown)
    table.caption = _caption([f"{hidden} that neither gave are left out"] if hidden else [])
    return table


def _count(count: int, *, on_diagonal: bool) -> Text:
    return Text(str(count) if count else "·", style="bold" if on_diagonal and count else "")


def label_table(result: DimensionAgreement) -> Table:
    """One line a label of a multi-label dimension: Cohen's kappa on given or not, and how often each side gave it."""
    headings = ("label", "kappa", *_interval_heading(result.labels), "n", "gold", "coder", "precision", "recall", "")
    table = _table(*headings, title=result.dimension)
    notes = Footnotes()
    for label in result.labels:
        table.add_row(
            plain(label.label, "bold", 40),
            _number(label.value),
            _interval(label),
            str(label.n),
            str(label.positives),
            str(label.coder_positives),
            _number(label.precision),
            _number(label.recall),
            notes.mark(label.reason) if label.reason else "",
        )
    table.caption = _caption(notes.lines())
    return table


def _table(*headings: str, title: str = "", tight: bool = False) -> Table:
    padding = (0, 0 if tight else 1, 0, 0)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=padding, title_justify="left")
    table.title = plain(title, "bold") if title else None
    table.caption_justify = "left"
    for position, heading in enumerate(headings):
        number = position > 0 and heading not in ("", "coeffi-\ncient", "verdict")
        table.add_column(
            heading,
            justify="right" if number else "left",
            overflow="fold",
            no_wrap=heading not in ("dimension", "label", "verdict"),
        )
    return table


def _caption(lines: Sequence[str]) -> Text | None:
    return plain("\n".join(lines), "dim not italic", 20_000) if lines else None


def _interval_heading(results: Sequence[DimensionAgreement] | Sequence[LabelAgreement]) -> tuple[str]:
    levels = {result.level for result in results} or {0.95}
    return ("interval" if len(levels) > 1 else f"{levels.pop():.0%} interval",)


def _interval(part: Coefficient) -> str:
    return _NONE if part.low is None or part.high is None else f"{_number(part.low)} to {_number(part.high)}"


def _number(value: float | None) -> str:
    """Two decimals, as papers print coefficients; never `-0.00`."""
    if value is None:
        return _NONE
    rounded = f"{value:.2f}"
    return "0.00" if rounded == "-0.00" else rounded


def _percent(share: float | None) -> str:
    return _NONE if share is None else f"{share:.0%}"
