"""The alternative-annotator test, and what codes are worth after adjudication, as tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.text import Text

from coder.inference.alternative import AlternativeTest
from coder.inference.audit import Audit
from coder.inference.audit_estimates import Estimate
from coder.report.figures import NONE, Footnotes, figure, figures_table, interval, p_value
from coder.report.plain import plain
from coder.report.shares import below

SCORED = {"accuracy": "accuracy", "neg_rmse": "squared distance on the scale", "masi": "MASI similarity of sets"}


def alternative_view(tests: Mapping[str, AlternativeTest]) -> RenderableType:
    """A line a person, then the dimension's winning rate, or why the test cannot be computed."""
    notes = Footnotes()
    table = figures_table("dimension", "coder", "n", "model ≥\nperson", "person\n≥ model", "p", "verdict", "")
    for name, test in tests.items():
        title: Text = plain(name, "bold", 40)
        for one in test.comparisons:
            won = "model wins" if one.won else "no win"
            shares = figure(one.advantage), figure(one.person_advantage)
            table.add_row(title, plain(one.person, limit=40), f"{one.n:,}", *shares, p_value(one.p), won, "")
            title = Text()
        table.add_row(title, *_outcome(test, notes))
    first = next(iter(tests.values()))
    said = [
        "May the model stand in for a person? Each person and the model are scored against the other people "
        f"(Calderon, Reichart & Dror 2025); the model is granted epsilon {first.epsilon:g} and passes if it wins "
        "against at least half of the people.",
        "p: the person does better by epsilon or more. Wins are counted at a false discovery rate of "
        f"{first.q:g} (Benjamini & Yekutieli 2001).",
        *notes.lines(),
    ]
    return Group(plain("Alternative-annotator test", "bold"), Text(), table, Text(), below(said))


def _outcome(test: AlternativeTest, notes: Footnotes) -> tuple[str | Text, ...]:
    remarks = [notes.mark(f"scored by {SCORED[test.scoring]}")] if test.reason is None else []
    remarks += [notes.mark(test.reason)] if test.reason else []
    if test.too_few and test.comparisons:
        few = ", ".join(f"{name} ({count})" for name, count in test.too_few.items())
        remarks.append(notes.mark(f"left out, with too few items in common with others: {few}"))
    if test.refused:
        remarks.append(notes.mark(f"on {test.refused} items the model gave no answer, and loses"))
    if test.winning_rate is None:
        return "", f"{test.items:,}", NONE, NONE, "", "not computable", " ".join(remarks)
    verdict = f"{'passes' if test.passed else 'fails'} ({test.winning_rate:.0%})"
    return plain("all", "bold"), f"{test.items:,}", figure(test.advantage), "", "", verdict, " ".join(remarks)


def audit_view(audits: Mapping[str, tuple[Audit | None, str | None]], excluded: Mapping[str, str]) -> RenderableType:
    """A line a dimension: what the codes are worth before and after adjudication.

    `audits` may give a reason for no figure that goes before the audit's own; `excluded` says what was left out.
    """
    notes = Footnotes()
    table = figures_table(
        "dimension", "n\n(agreed)", "audited\n(wrong)", "model right", "right after\nadjudication", "kappa\nbefore",
        "kappa to\nsettled", "", tight=True,
    )  # fmt: skip
    for name, (one, reason) in audits.items():
        title, aside = plain(name, "bold", 40), excluded.get(name)
        marks = [notes.mark(aside)] if aside else []
        parts = (one.coder, one.resolved, one.kappa) if one else ()
        reasons = [reason] if reason else [part.reason for part in parts if part.reason]
        marks += [notes.mark(each) for each in dict.fromkeys(reasons)]
        if one is None:
            table.add_row(title, *(NONE,) * 6, " ".join(marks))
            continue
        counts = f"{one.n:,} ({one.agreements:,})", f"{one.audited:,} ({one.errors:,})"
        values = _value(one.coder), _value(one.resolved), figure(one.kappa_before), _value(one.kappa)
        table.add_row(title, *counts, *values, " ".join(marks))
    said = [
        "From second codings of all disagreements and of a random sample of the agreements, weighted by the inverse of "
        "their probability; intervals come from that sample alone.",
        "model right: share of all items where the model gave the settled code. right after adjudication: share right "
        "of what stands once disagreements and the errors found are mended.",
        *notes.lines(),
    ]
    return Group(plain("After adjudication", "bold"), Text(), table, Text(), below(said))


def _value(estimate: Estimate) -> str:
    """The value with its interval on the next line."""
    if estimate.value is None:
        return NONE
    ends = interval(estimate.low, estimate.high)
    return figure(estimate.value) if ends == NONE else f"{figure(estimate.value)}\n{ends}"
