"""Put a report together from facts, a plan of figures and, where given, published figures."""

from __future__ import annotations

from coder.report.html.blocks import Report, Section
from coder.report.html.facts import Facts
from coder.report.html.plan import Plan
from coder.report.html.published import Published
from coder.report.html.sections.agreement import agreement
from coder.report.html.sections.calibration import calibration
from coder.report.html.sections.casebook import casebook
from coder.report.html.sections.checklists import checklists
from coder.report.html.sections.comparison import comparison
from coder.report.html.sections.desk import desk
from coder.report.html.sections.findings import findings
from coder.report.html.sections.limits import limits
from coder.report.html.sections.methods import methods
from coder.report.html.sections.overview import flow, overview
from coder.report.html.sections.patterns import patterns, reviews


def build(facts: Facts, plan: Plan | None, published: Published | None = None, *, review: bool = False) -> Report:
    """The report; with `review` the copy for experts: what was found, each pattern with its evidence and a form."""
    found: tuple[Section | None, ...] = (patterns(facts, plan), overview(facts), findings(facts, plan))
    if not review:
        found = (
            methods(facts),
            overview(facts),
            flow(facts),
            agreement(facts),
            calibration(facts),
            desk(facts),
            casebook(facts),
            findings(facts, plan),
            comparison(facts, plan, published) if published else None,
            patterns(facts, plan),
            reviews(facts),
            limits(facts),
            checklists(facts),
        )
    name = (plan.title if plan else "") or facts.codebook.name
    return Report(
        title=f"{name}: review copy" if review else name,
        lead=_lead(facts),
        sections=tuple(section for section in found if section is not None),
        stated=facts.stated,
        program=facts.program,
        warnings=_warnings(facts),
    )


def _lead(facts: Facts) -> str:
    by = f"coded by {facts.run.coder}" if facts.run else "coded by people or as constructed"
    if facts.reported == "gold" and facts.gold is not None:
        by = f"with the codes of {facts.gold.words}"
    book = facts.codebook
    return f"{len(facts.documents):,} documents ({book.unit}), {by}; codebook {book.name} {book.version}."


def _warnings(facts: Facts) -> tuple[str, ...]:
    if not facts.constructed:
        return ()
    return (
        "The reference codes are constructed: they were fixed before the texts were written. Figures made with them "
        "show that the "
        "program works; they are no evidence of agreement with people, and no finding about the world.",
    )
