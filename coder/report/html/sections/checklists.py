"""Reporting checklists: each item answered from what is known, open where only the author can say."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from coder.report.html.blocks import Block, Column, Prose, Section, Table, listed, number
from coder.report.html.facts import Facts
from coder.report.html.plan import read_yaml

OPEN = "open: for the author to say"
_FILE = Path(__file__).parent.parent / "templates" / "checklists.yaml"


def checklists(facts: Facts) -> Section:
    """Every checklist as a table: item, what is asked, what is known."""
    known = _known(facts)
    blocks: list[Block] = [
        Prose("Items in our own words; the sources have the binding text. 'open' marks what no log can know.", "small")
    ]
    for one in _lists():
        rows = tuple(
            (item["item"], item["asks"], (known[item["known"]] if "known" in item else "") or OPEN)
            for item in one["items"]
        )
        columns = Column("item"), Column("what is asked"), Column("what is known here")
        blocks.append(Table(f"checklist-{one['id']}", one["name"], columns, rows, (one["source"],)))
    return Section("checklists", "Reporting checklists", tuple(blocks))


@cache
def _lists() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_yaml(_FILE)["checklists"]
    return found


def _known(facts: Facts) -> dict[str, str]:
    """What the log knows, by the name that an item asks for it under; empty where it knows nothing."""
    book = facts.codebook
    return {
        "tool": _tool(facts),
        "role": "first coder: answers every question of the codebook for every text, citing sentences"
        if facts.run
        else "",
        "prompt": _prompt(facts),
        "parameters": _parameters(facts),
        "input": f"{number(len(facts.documents), 'document')}, {book.unit}; in {listed(sorted(facts.languages))}",
        "output": _output(facts),
        "other_tools": "none took part: duplicates, segments and bins are rules of the program",
        "protection": _protection(facts),
        "oversight": _oversight(facts),
        "performance": _performance(facts),
        "reference": facts.gold.words + f"; kind {facts.gold.kind}" if facts.gold else "",
        "failures": _failures(facts),
        "flow": "section 'Flow of documents'",
        "limits": "section 'Limits'; the author may know more",
        "coders": listed([f"{one.name} ({one.kind})" for one in facts.coders if one.codings]),
        "tree": f"codebook {book.name} {book.version}: section 'What was coded', whole in the audit bundle",
        "themes": "in advance: the categories are those of the codebook",
        "software": facts.program,
        "checking": _checking(facts),
        "quotes": "evidence is verbatim by construction: sentences of the text, named by document"
        if _quoted(facts)
        else "",
        "consistent": "each finding has its documents: intercoder export; the audit bundle holds all codings",
        "minor": "every category of the codebook is listed, those that nobody gave too",
        "materials": "the audit bundle (--audit): codebook, prompts, answers, codings and decisions, with hashes",
        "corrected": _corrected(facts),
    }


def _tool(facts: Facts) -> str:
    if facts.run is None:
        return ""
    served = (
        f", served as {listed(facts.run.served)}" if facts.run.served else ", the endpoint did not say what it served"
    )
    prints = f", fingerprint {listed(facts.run.fingerprints)}" if facts.run.fingerprints else ""
    return (
        f"{facts.run.run.parameters.get('model', facts.run.coder)}{served}{prints}; {facts.program}; {facts.run.first}"
    )


def _prompt(facts: Facts) -> str:
    if facts.run is None:
        return ""
    examples = len(facts.run.run.parameters.get("examples", ()))
    return f"hash {facts.run.run.prompt_hash}; {number(examples, 'worked example')}; templates in the audit bundle"


def _parameters(facts: Facts) -> str:
    if facts.run is None:
        return ""
    given = facts.run.run.parameters
    return "; ".join(
        f"{name} {given[name]}" for name in ("temperature", "seed", "samples", "max_tokens") if name in given
    )


LEANING = {
    "correct": "; what the model leans to is taken out of its codes",
    "confirm": "; a yes or no that its answers to other texts do not bear out is left unclear",
}


def _output(facts: Facts) -> str:
    """In what form the answers came, and what was done with them before they are codes."""
    if facts.run is None:
        return ""
    given = facts.run.run.parameters
    leaning = LEANING.get(given.get("prior", ""), "")
    return f"JSON held to the codebook's schema{leaning}; amounts and dates as they stand, binned by the program"


def _protection(facts: Facts) -> str:
    """Where the texts went; whether that was allowed, only the author knows."""
    if facts.run is None:
        return ""
    given = facts.run.run.parameters
    local = given.get("provider") == "local"
    went = (
        "the texts stayed on the machine of the run" if local else f"the texts were sent to {given.get('host') or '?'}"
    )
    return f"{went}; answers are kept in the project's store, from which intercoder purge takes texts and answers"


def _oversight(facts: Facts) -> str:
    if facts.desk is None:
        return ""
    settled = sum(facts.desk.settled.values())
    return (
        f"{sum(facts.desk.reasons.values()):,} cells queued, {settled:,} settled by {listed(facts.desk.coders)}, "
        "blind before any "
        "other code was shown"
    )


def _performance(facts: Facts) -> str:
    found = [one.agreement for one in facts.dimensions if one.agreement is not None]
    return (
        f"section 'Agreement': {number(len(found), 'dimension')}, coefficient, interval, n, missing answers"
        if found
        else ""
    )


def _failures(facts: Facts) -> str:
    if facts.run is None:
        return ""
    failed = number(facts.run.summary.failed, "document")
    return f"{failed} of {facts.run.summary.documents:,} with a missing, refused or unreadable answer"


def _checking(facts: Facts) -> str:
    if not facts.reviews:
        return ""
    experts = len({one.expert for one in facts.reviews})
    return f"{number(experts, 'expert')} judged the patterns: section 'What experts said'"


def _quoted(facts: Facts) -> bool:
    return any(one.quotes for one in facts.dimensions)


def _corrected(facts: Facts) -> str:
    with_report = [one.name for one in facts.dimensions if one.shares is not None and one.shares.report]
    return f"shares corrected by design-based supervised learning: {listed(with_report)}" if with_report else ""
