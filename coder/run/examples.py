"""Choose worked examples: gold answers that may be shown to the model because they leave every n."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from coder.documents import segment
from coder.model import Codebook, Coding, Document, Split, Version
from coder.prompting import Example


def choose_examples(
    codebook: Codebook,
    documents: Sequence[tuple[Document, Version]],
    splits: Mapping[str, Split],
    gold: Iterable[Coding],
    count: int,
) -> tuple[Example, ...]:
    """Up to `count` examples from the split `examples`, shortest text first.

    Only documents whose gold answers every dimension with a code or `absent`, by this codebook, can be one.
    """
    answered: dict[str, dict[str, Coding]] = {}
    hashes = {dimension.id: dimension.hash() for dimension in codebook.dimensions}
    for coding in gold:
        if coding.status.is_answer and hashes.get(coding.dimension_id) == coding.dimension_hash:
            answered.setdefault(coding.version_id, {})[coding.dimension_id] = coding
    able = [
        version
        for document, version in documents
        if document.id in splits
        and splits[document.id].split == "examples"
        and set(answered.get(version.id, ())) == set(hashes)
    ]
    chosen = sorted(able, key=lambda version: (len(version.text), version.id))[:count]
    return tuple(Example(version, segment(version.text, version.language), answered[version.id]) for version in chosen)
