"""A screening set as a question: a codebook of criteria alone, whose reference says what is included."""

from __future__ import annotations

from coder.model import Category, Codebook, NominalDimension

INCLUDED = "included"


def as_one_question(codebook: Codebook) -> Codebook:
    """The codebook with one dimension: does a text meet every criterion?"""
    criteria = " ".join(
        f"({number}) {one.question} {one.definition}".rstrip() for number, one in enumerate(codebook.criteria, start=1)
    )
    whole = NominalDimension(
        kind="nominal",
        id=INCLUDED,
        question=f"Does this {codebook.unit} meet every one of these criteria? {criteria}",
        categories=(
            Category(id="include", label="Include", definition="It meets every criterion."),
            Category(id="exclude", label="Exclude", definition="It fails one or more."),
        ),
    )
    return codebook.model_copy(update={"dimensions": (whole,)})
