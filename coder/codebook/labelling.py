"""The labelling configuration with which Label Studio shows a codebook: a choice a dimension, and labels for quotes."""

from __future__ import annotations

from collections.abc import Iterator

from coder.markup import attribute
from coder.model import Codebook, Dimension, Status


def labelling_config(codebook: Codebook) -> str:
    """The configuration as XML; the choices are ids, their labels and definitions stand in the hints."""
    return "\n".join(
        ["<View>", '  <Text name="text" value="$text"/>', *_labels(codebook), *_choices(codebook), "</View>\n"]
    )


def _labels(codebook: Codebook) -> Iterator[str]:
    yield '  <Labels name="evidence" toName="text">'
    for dimension in codebook.dimensions:
        for code in (*_answers(dimension), "*"):
            yield f"    <Label value={attribute(f'{dimension.id}: {code}')}/>"
    yield "  </Labels>"


def _choices(codebook: Codebook) -> Iterator[str]:
    for dimension in codebook.dimensions:
        yield f"  <Header value={attribute(dimension.question)}/>"
        choice = "single" if dimension.single else "multiple"
        yield f'  <Choices name={attribute(dimension.id)} toName="text" choice="{choice}">'
        told = {category.id: f"{category.label}: {category.definition}".rstrip(": ") for category in dimension.codes}
        for code in _answers(dimension):
            yield f"    <Choice value={attribute(code)} hint={attribute(told.get(code, code))}/>"
        yield "  </Choices>"
        yield f'  <TextArea name={attribute(f"{dimension.id}_memo")} toName="text" placeholder="Memo"/>'


def _answers(dimension: Dimension) -> list[str]:
    """Every category, and the statuses that a person can give."""
    codes = [category.id for category in dimension.codes]
    if dimension.absent is not None or not dimension.single:
        codes.append(Status.ABSENT.value)
    return [*codes, Status.NOT_APPLICABLE.value, Status.UNDECIDABLE.value]
