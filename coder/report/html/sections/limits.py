"""What the figures cannot carry, said where it follows from what is known."""

from __future__ import annotations

from collections.abc import Iterator

from coder.report.html.blocks import Items, Section, listed, number
from coder.report.html.facts import Facts

FEW = 50


def limits(facts: Facts) -> Section:
    """The limits that this project has, each a sentence."""
    return Section("limits", "Limits", (Items(tuple(_found(facts))),))


def _found(facts: Facts) -> Iterator[str]:
    yield from facts.notes
    yield from _of_reference(facts)
    yield from _of_model(facts)
    yield from _of_codes(facts)
    if facts.desk is not None and facts.desk.waiting:
        waiting = number(facts.desk.waiting, "queued cell")
        yield f"{waiting} wait for a person; their codes are unresolved and in no share."
    if len(facts.languages) > 1:
        yield (
            f"The documents are in {len(facts.languages)} languages; agreement is given over all of them, not "
            "language by "
            "language."
        )
    yield (
        "Intervals take documents for independent of each other and, where nothing else is said, for a random sample "
        "of such "
        "documents; how they were found is for the author to say."
    )


def _of_reference(facts: Facts) -> Iterator[str]:
    if facts.gold is None:
        yield "There are no codes by people: how well the model codes was not measured."
        return
    kind = facts.gold.kind
    if "constructed" in kind:
        yield (
            "The reference is constructed: its codes were fixed before the texts were written, and nobody coded "
            "these texts "
            "without knowing them. Agreement with it is no evidence of agreement with people, and shares of it say "
            "nothing of "
            "the world."
        )
    if "model" in kind:
        yield "The reference was coded by a model: agreement with it is no evidence of agreement with people."
    if kind == "person" and len(facts.gold.coders) == 1:
        who = facts.gold.coders[0]
        yield f"One person ({who}) coded the reference; how far people agree among themselves is not known."
    if facts.gold.documents < FEW:
        few = number(facts.gold.documents, "document")
        yield f"The reference has {few}, fewer than the {FEW} that an interval needs."


def _of_model(facts: Facts) -> Iterator[str]:
    if facts.run is None:
        yield "No model coded these documents in this report; it speaks of the reference alone."
        return
    if len(facts.run.served) > 1:
        yield f"The endpoint answered with several models: {listed(facts.run.served)}."
    if not facts.run.served:
        yield "The endpoint did not say which model answered; the name requested is all there is."
    if facts.run.summary.failed:
        yield f"{number(facts.run.summary.failed, 'document')} had an answer missing, refused or unreadable."
    if facts.mixed_lineage:
        head, *origins = facts.mixed_lineage
        yield f"{head[0].upper()}{head[1:]}. {'; '.join(origins)}."
    silent = [one.name for one in facts.dimensions if one.agreement is not None and one.agreement.low is None]
    if silent:
        yield f"No interval for agreement could be had on {listed(silent)}; the table says why."
    if not facts.run.run.parameters.get("confidence"):
        yield "How sure the model was of each code was not measured."


def _of_codes(facts: Facts) -> Iterator[str]:
    if facts.reported == "resolved" and not any(
        one.shares is not None and one.shares.report for one in facts.dimensions
    ):
        yield (
            "Shares are not corrected for the model's errors, since no probability sample was coded by hand: "
            "intercoder sample "
            "draws one."
        )
    out = {cause for one in facts.dimensions for cause in one.coded.out}
    if "unresolved" in out:
        yield "Cells without a resolved code are out of the shares; where they are many, the rest is easier."
    if "not coded" in out:
        most = max(one.coded.out.get("not coded", 0) for one in facts.dimensions)
        yield f"Up to {number(most, 'document')} have no code on some dimension and are out of its shares."
