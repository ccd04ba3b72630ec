"""The methods paragraph, written from the run log: facts alone, in sentences that a paper can take."""

from __future__ import annotations

from coder.report.figures import figure
from coder.report.html.blocks import Prose, Section, listed, number
from coder.report.html.facts import Facts, RunFacts
from coder.report.html.sections.agreement import LONG

KINDS = {
    "person": "a person",
    "consensus": "people who settled",
    "model": "a model",
    "constructed": "the texts' makers",
}


def methods(facts: Facts) -> Section:
    """The paragraph, and what an author has to add."""
    sentences = [
        *_review(facts),
        *_documents(facts),
        *_model(facts),
        *_agreement(facts),
        *_desk(facts),
        *_reviews(facts),
        _shares(facts),
    ]
    add = (
        "To be added by the author: how documents were found and chosen, why these dimensions, who the coders are "
        "and how they "
        "were trained, ethics and funding."
    )
    return Section("methods", "Methods, in words", (Prose(" ".join(filter(None, sentences))), Prose(add, "small")))


def _review(facts: Facts) -> list[str]:
    """How documents were found and chosen, in numbers that add up; nothing of a project that did not search."""
    if facts.review is None:
        return []
    found = facts.review.boxes()
    sources = [name for column in ("databases", "other") for name in facts.review.sources(column)]
    said = [f"{number(found.identified, 'record')} came from {listed(sources)}; {found.duplicates:,} were duplicates."]
    stands = (
        (found.screening_unclear + found.assessment_unclear, "waiting for a person"),
        (found.awaiting_screening + found.awaiting_assessment, "not screened yet"),
        (found.not_sought, "not sought yet"),
        (found.not_retrieved, "not retrieved"),
    )
    rest = [f"{count:,} {words}" for count, words in stands if count]
    if facts.review.criteria:
        out = found.excluded + found.reports_excluded
        rest = [f"{out:,} excluded", f"{found.included:,} included", *rest]
        said.append(f"Of the others, by {number(len(facts.review.criteria), 'criterion', 'criteria')}: {listed(rest)}.")
    elif rest:
        said.append(f"Of the others: {listed(rest)}.")
    return said


def _documents(facts: Facts) -> list[str]:
    book = facts.codebook
    said = (
        f"We coded {number(len(facts.documents), 'document')} (unit of analysis: {book.unit}) with the codebook "
        f"{book.name}, "
        f"version {book.version} (SHA-256 {book.hash()[:12]}), which has {number(len(book.dimensions), 'dimension')}"
    )
    said += f" and {number(len(book.criteria), 'inclusion criterion', 'inclusion criteria')}." if book.criteria else "."
    return [said]


def _model(facts: Facts) -> list[str]:
    found = facts.run
    if found is None:
        return ["No model coded them."]
    given = found.run.parameters
    served = f", served as {listed(found.served)}" if found.served and found.served != (given.get("model"),) else ""
    when = found.first if found.first == found.last else f"{found.first} to {found.last}"
    said = [
        f"A language model ({given.get('model', found.coder)}{served}) was the first coder of "
        f"{number(found.summary.documents, 'document')} ({when}; {facts.program}; run {found.run.id}; prompt hash "
        f"{found.run.prompt_hash[:12]}){_settings(found)}."
    ]
    examples = len(given.get("examples", ()))
    if examples:
        said.append(f"It was shown {number(examples, 'coded text')} as worked examples, which are part of no figure.")
    said.append(
        "It cited the sentences that carry each code by number; quotations are therefore verbatim. Amounts and dates "
        "were read "
        "as written and converted by the program."
    )
    failed = found.summary.failed
    if failed:
        said.append(
            f"{number(failed, 'document')} had an answer missing, refused or unreadable and stay in every denominator."
        )
    return said


def _settings(found: RunFacts) -> str:
    given = found.run.parameters
    parts = [f"{name} {given[name]}" for name in ("temperature", "seed") if given.get(name) is not None]
    samples = given.get("samples", 1)
    parts += [f"{samples} answers a document"] if isinstance(samples, int) and samples > 1 else []
    return f", with {listed(parts)}" if parts else ""


def _agreement(facts: Facts) -> list[str]:
    if facts.gold is None:
        return ["No codes by people were at hand."]
    kinds = listed([KINDS.get(kind.strip(), kind.strip()) for kind in facts.gold.kind.split(",")])
    said = [f"The reference codes ({facts.gold.documents:,} documents; {facts.gold.rule}) are by {kinds}."]
    if "constructed" in facts.gold.kind:
        said.append("They were fixed before the texts were written and are no evidence of agreement with people.")
    found = [(one.name, one.agreement) for one in facts.dimensions if one.agreement is not None]
    if not found:
        return said
    names = listed([LONG[name] for name in dict.fromkeys(result.coefficient for _, result in found)])
    said.append(
        f"Agreement of the model with them is given as {names} over the categories that the codebook declares, with "
        "intervals "
        f"({facts.intervals}); refused or unreadable answers count as disagreements, 'not specified' as a category."
    )
    known = [(result.value, name) for name, result in found if result.value is not None]
    if known:
        (low, lowest), (high, highest) = min(known), max(known)
        said.append(f"It lies between {figure(low)} ({lowest}) and {figure(high)} ({highest}).")
    return said


def _desk(facts: Facts) -> list[str]:
    found = facts.desk
    if found is None:
        return ["No second coder worked on the codes."]
    settled, queued = sum(found.settled.values()), sum(found.reasons.values())
    if not settled:
        return [f"{number(queued, 'cell')} are queued for a second coder; none is settled yet."]
    changed = sum(found.model.values())
    audits = found.reasons.get("audit", 0)
    said = (
        f"{number(len(found.coders), 'second coder')} answered blind, then saw the other codes and settled "
        f"{settled:,} of {number(queued, 'queued cell')}"
    )
    said += f" ({audits:,} of them a random audit of agreements)" if audits else ""
    if facts.run is not None:
        said += f"; {changed:,} of the settled codes differ from the model's"
    return [f"{said}."]


def _reviews(facts: Facts) -> list[str]:
    if not facts.reviews:
        return []
    verdicts = [verdict for one in facts.reviews for _, verdict, _ in one.answers]
    parts = [f"{verdicts.count(word):,} {said}" for word, said in _VERDICTS.items() if verdicts.count(word)]
    comments = sum(bool(comment) for one in facts.reviews for *_, comment in one.answers)
    return [
        f"{number(len({one.expert for one in facts.reviews}), 'expert')} reviewed the patterns found, with their "
        "evidence: "
        f"{number(len(verdicts), 'answer')}, {listed(parts)}, {number(comments, 'comment')}."
    ]


_VERDICTS = {"agree": "in agreement", "disagree": "in disagreement", "unsure": "undecided", "": "without a verdict"}


def _shares(facts: Facts) -> str:
    corrected = any(one.shares is not None and one.shares.report for one in facts.dimensions)
    which = "the reference's codes" if facts.reported == "gold" else "resolved codes"
    said = f"Frequencies are of {which}, with Wilson's 95% intervals"
    if corrected:
        said += ", beside shares corrected for the model's errors by design-based supervised learning"
    return f"{said}."
