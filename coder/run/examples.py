"""Choose worked examples: gold answers that may be shown to the model because they leave every n."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from coder.documents import segment
from coder.model import Codebook, Coding, Document, Split, Status, Version
from coder.prompting import Example

ROOM = 4000
"""Characters that the texts of all examples may have: what the model reads before its first text, and holds in mind."""


def choose_examples(
    codebook: Codebook,
    documents: Sequence[tuple[Document, Version]],
    splits: Mapping[str, Split],
    gold: Iterable[Coding],
    count: int,
) -> tuple[Example, ...]:
    """Up to `count` examples from the split `examples`, as different as can be (`most_varied`), within `ROOM`.

    Only documents of whose dimensions gold, by this codebook, says each time a code, `absent` or `not_applicable`.
    """
    placed = [
        (document, version)
        for document, version in documents
        if document.id in splits and splits[document.id].split == "examples"
    ]
    answered = _whole_answers(codebook, gold)
    by_id = {version.id: version for _, version in placed}
    return tuple(
        Example(by_id[name], segment(by_id[name].text, by_id[name].language), answered[name])
        for name in _varied(codebook, placed, answered, count)
    )


def most_varied_documents(
    codebook: Codebook, documents: Sequence[tuple[Document, Version]], gold: Iterable[Coding], count: int
) -> list[str]:
    """The names of up to `count` documents that `choose_examples` would take if all could be examples."""
    names = {version.id: document.name for document, version in documents}
    return [names[version] for version in _varied(codebook, documents, _whole_answers(codebook, gold), count)]


def _whole_answers(codebook: Codebook, gold: Iterable[Coding]) -> dict[str, dict[str, Coding]]:
    """By version what gold says of each dimension, where it says something of all of them."""
    answered: dict[str, dict[str, Coding]] = {}
    hashes = {dimension.id: dimension.hash() for dimension in codebook.dimensions}
    for coding in gold:
        answer = coding.status.is_answer or coding.status is Status.NOT_APPLICABLE
        if answer and hashes.get(coding.dimension_id) == coding.dimension_hash:
            answered.setdefault(coding.version_id, {})[coding.dimension_id] = coding
    return {version: answers for version, answers in answered.items() if answers.keys() == hashes.keys()}


def _varied(
    codebook: Codebook,
    documents: Sequence[tuple[Document, Version]],
    answered: Mapping[str, Mapping[str, Coding]],
    count: int,
) -> list[str]:
    """The ids of the chosen versions; of equally good ones the shortest comes first."""
    able = sorted(
        (len(version.text), version.id) for _, version in documents if version.id in answered and not version.purged
    )
    codes = {version_id: codes_of(codebook, answered[version_id]) for _, version_id in able}
    return most_varied(codes, {version_id: size for size, version_id in able}, count)


def codes_of(codebook: Codebook, answers: Mapping[str, Coding]) -> list[tuple[str, ...]]:
    """What gold says of a document, an entry a question: dimension and code, and of each label whether it holds."""
    found: list[tuple[str, ...]] = []
    for dimension in codebook.dimensions:
        coding = answers.get(dimension.id)
        if coding is None:
            continue
        if dimension.single:
            found.append((dimension.id, coding.codes[0] if coding.codes else coding.status.value))
        else:
            found += [(dimension.id, label.id, str(label.id in coding.codes)) for label in dimension.codes]
    return found


def most_varied(
    codes: Mapping[str, Sequence[tuple[str, ...]]], sizes: Mapping[str, int], count: int, room: int = ROOM
) -> list[str]:
    """Names of up to `count` documents, one after the other that whose codes were shown least; of equal ones the first.

    A small model gives what it has seen: where every code is shown about as often, none is favoured. Texts that no
    longer fit into `room` characters are passed over; one is shown however long it is.
    """
    chosen: list[str] = []
    shown: Counter[tuple[str, ...]] = Counter()
    waiting = list(codes)
    while waiting and len(chosen) < count:
        best = max(waiting, key=lambda name: sum(1 / (1 + shown[code]) for code in codes[name]))
        chosen.append(best)
        shown.update(codes[best])
        room -= sizes[best]
        waiting = [name for name in waiting if name != best and sizes[name] <= room]
    return chosen
