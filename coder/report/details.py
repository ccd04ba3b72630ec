"""All that stands beside one dimension's coefficient, as a block for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from coder.agreement.benchmarks import benchmark
from coder.agreement.beside import Beside
from coder.model.agreement import Coefficient, DimensionAgreement
from coder.report.agreement import NAMES, label_table
from coder.report.figures import figure, figures_table, interval, p_value, percent
from coder.report.plain import plain


def details_view(result: DimensionAgreement, beside: Beside) -> RenderableType:
    """One dimension: the coefficient with both intervals, its companions, refusals, what was left out, and margins."""
    lines = Table.grid(padding=(0, 2, 0, 0))
    for name, words in _lines(result, beside):
        lines.add_row(Text(name, "dim"), plain(words))
    heading = plain(f"{result.dimension} ({result.kind}), n = {result.n}", "bold")
    parts: list[RenderableType] = [heading, lines]
    if result.table and result.n:
        parts.append(_margins(result))
    if result.labels and result.n:
        parts += [label_table(result.model_copy(update={"dimension": ""})), _label_indices(result)]
    return Group(*parts, Text())


def _lines(result: DimensionAgreement, beside: Beside) -> Iterator[tuple[str, str]]:
    name = NAMES[result.coefficient]
    yield name, _with_intervals(result, beside)
    if result.percent_agreement is None:  # no items, or nothing is computed on them
        return
    if result.refused:
        share = interval(beside.refused_low, beside.refused_high)
        exact = "exact" if result.clusters is None else "exact, on the effective number of items"
        yield "refused", f"{result.refused} of {result.n}: {figure(beside.refused_rate)} ({share}, {exact})"
        yield "without refused", f"{name} {figure(result.complete_case)}"
    if out := [f"{number} {cause.replace('_', ' ')}" for cause, number in result.excluded.items() if number]:
        yield "out of n", ", ".join(out)
    low = f" (exact lower limit {percent(result.percent_agreement_low)})"
    yield "same", percent(result.percent_agreement) + ("" if result.percent_agreement_low is None else low)
    others = (
        ("unweighted", result.unweighted),
        ("linear weights", result.weighted),
        ("quadratic weights", result.quadratic),
        ("given or absent", result.specified),
        ("Jaccard alpha", result.jaccard),
    )
    for words, part in others:
        if part is not None:
            yield words, _coefficient(part)
    yield from _indices(result, beside)


def _with_intervals(result: DimensionAgreement, beside: Beside) -> str:
    if result.value is None:
        return result.reason or ""
    if result.low is None:
        return f"{figure(result.value)}; {result.reason}"
    drawn = "BCa" if result.clusters is None else f"BCa, {result.clusters} clusters"
    words = f"{figure(result.value)}  {interval(result.low, result.high)} ({drawn})"
    if beside.analytic_low is None:
        return words
    return f"{words}  {interval(beside.analytic_low, beside.analytic_high)} (analytic, standard error {result.se:.3f})"


def _coefficient(part: Coefficient) -> str:
    if part.low is None:
        return f"{figure(part.value)}; n = {part.n}; {part.reason}"
    return f"{figure(part.value)}  {interval(part.low, part.high)}  n = {part.n}"


def _indices(result: DimensionAgreement, beside: Beside) -> Iterator[tuple[str, str]]:
    """The figures without which a kappa cannot be read; those that the table has not are left out."""
    companions = (
        ("kappa max", result.kappa_max),
        ("PABAK, unweighted" if result.coefficient == "cohen_kappa_linear" else "PABAK", result.pabak),
        ("Scott's pi", beside.scott_pi),
        ("Gwet's AC", beside.gwet_ac),
        ("prevalence index", result.prevalence_index),
        ("bias index", result.bias_index),
    )
    known = [f"{name} {figure(value)}" for name, value in companions if value is not None]
    if known:
        yield "beside it", "   ".join(known)
    if beside.margins_test is not None:
        yield "same margins?", _margins_test(beside)
    elif result.table and result.clusters is not None:
        yield "same margins?", "no test: it takes items for independent, and these share sources"
    if result.se:
        alpha = result.coefficient in {"alpha_masi", "alpha_jaccard"}
        found = benchmark(result.value or 0.0, result.se, "krippendorff" if alpha else "landis_koch")
        yield "level", f"{found.level}, with probability {figure(found.probability)} ({found.source})"


def _margins_test(beside: Beside) -> str:
    if beside.margins_p is None:
        return "no test: gold and coder agree on every item that both answered, or there is none"
    if beside.margins_test == "mcnemar":
        return f"McNemar's exact p {p_value(beside.margins_p)}"
    return f"Stuart-Maxwell chi2({beside.margins_df}) = {beside.margins_statistic:.1f}, p {p_value(beside.margins_p)}"


def _margins(result: DimensionAgreement) -> Table:
    """How often gold and coder gave each category: what one of them gives too often."""
    table = figures_table("category", "gold", "coder ", "more or\nless by")
    for name, gold, coder in zip(result.categories, result.gold_margins, result.coder_margins, strict=True):
        if gold or coder or len(result.categories) <= 15:
            table.add_row(plain(name, limit=40), str(gold), str(coder), f"{coder - gold:+d}" if coder != gold else "·")
    return table


def _label_indices(result: DimensionAgreement) -> Table:
    """What a label's kappa is read with; a dash where a figure is undefined."""
    table = figures_table(
        "label", "prevalence", "prevalence\nindex", "bias\nindex", "PABAK", "AC1", "kappa\nmax", "same"
    )
    for label in result.labels:
        table.add_row(
            plain(label.label, "bold", 40),
            figure(label.prevalence),
            figure(label.prevalence_index),
            figure(label.bias_index),
            figure(label.pabak),
            figure(label.gwet_ac),
            figure(label.kappa_max),
            percent(label.percent_agreement),
        )
    return table
