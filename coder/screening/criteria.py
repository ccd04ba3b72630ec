"""The criteria of a project's codebook as a codebook of their own, so that they are coded like all else. Pure."""

from __future__ import annotations

from coder.model import Absent, Category, Codebook, Criterion, NominalDimension, content_hash

SUFFIX = "-screening"
YES, NO = "yes", "no"
UNCLEAR = Absent(label="Unclear", definition="It cannot be told from the text.")


def screening_codebook(codebook: Codebook) -> Codebook:
    """The codebook whose dimensions are the criteria: yes, no, and absent for "unclear".

    Its version is a hash of the criteria alone, so that work on the codebook's dimensions changes nothing about what
    was screened. ValueError for a codebook without criteria.
    """
    if not codebook.criteria:
        raise ValueError(f"codebook '{codebook.name}' has no criteria")
    return Codebook(
        name=f"{codebook.name}{SUFFIX}",
        version=content_hash([criterion.canonical() for criterion in codebook.criteria])[:12],
        unit=codebook.unit,
        dimensions=tuple(_question(criterion) for criterion in codebook.criteria),
    )


def is_screening(codebook: Codebook) -> bool:
    """Whether a codebook was made from criteria, by its name and its shape: runs with it are no coding runs."""
    return (
        codebook.name.endswith(SUFFIX)
        and not codebook.criteria
        and all(
            isinstance(one, NominalDimension)
            and one.absent == UNCLEAR
            and [category.id for category in one.categories] == [YES, NO]
            for one in codebook.dimensions
        )
    )


def clash(codebook: Codebook) -> str:
    """The first criterion with the id of a dimension, '' for none: their codes could be taken for each other."""
    dimensions = {dimension.id for dimension in codebook.dimensions}
    return next((criterion.id for criterion in codebook.criteria if criterion.id in dimensions), "")


def _question(criterion: Criterion) -> NominalDimension:
    """The definition stands behind the question and what does not count beside no: the brief manual keeps both."""
    against = f"Such as: {'; '.join(criterion.exclude)}" if criterion.exclude else ""
    return NominalDimension(
        kind="nominal",
        id=criterion.id,
        label=criterion.label,
        question=" ".join(filter(None, (criterion.question, criterion.definition))),
        absent=UNCLEAR,
        categories=(
            Category(id=YES, label="Yes", include=criterion.include, examples=criterion.examples),
            Category(id=NO, label="No", definition=against),
        ),
    )
