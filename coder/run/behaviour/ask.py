"""What a test of a codebook asks: ordinary tasks, and which answers are to be held against what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coder.model import Codebook, Dimension, Document, Version, content_hash
from coder.prompting import Prompt
from coder.run.behaviour.definitions import SEED, definition_prompt, nameless
from coder.run.behaviour.results import CheckKind
from coder.run.plan import Parameters, Task, make_tasks

SINGLE = ("nominal", "ordinal")
CHOSEN = (*SINGLE, "multilabel")
"""Kinds whose categories the model sees and chooses from; amounts and dates are computed."""

Named = tuple[str, Version]


@dataclass(frozen=True, slots=True)
class Check:
    """A question whose answer the codebook knows: a definition or a borderline example of `category`."""

    kind: CheckKind
    dimension: str
    category: str
    text: str
    masked: bool
    key: str


@dataclass(frozen=True, slots=True)
class Pair:
    """One document's answer to one dimension, asked in two ways: the keys of the two calls."""

    document: str
    dimension: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Wordings:
    """The prompts of the same codebook: each dimension alone (as given, last first, without examples), and together."""

    alone: Sequence[Prompt]
    last_first: Sequence[Prompt]
    bare: Sequence[Prompt]
    together: Sequence[Prompt]


@dataclass(frozen=True, slots=True)
class Plan:
    """Every call once, and what its answer is read for."""

    dimensions: tuple[Dimension, ...]
    tasks: tuple[Task, ...]
    checks: tuple[Check, ...]
    order: tuple[Pair, ...]
    halo: tuple[Pair, ...]


def last_first(codebook: Codebook) -> Codebook:
    """The codebook with the categories of every single-choice dimension in the opposite order."""
    return _with_dimensions(
        codebook,
        (
            item.model_copy(update={"categories": item.codes[::-1]}) if _orderable(item) else item
            for item in codebook.dimensions
        ),
    )


def without_examples(codebook: Codebook) -> Codebook:
    """The codebook without examples, which would give a borderline text away, and without conditions between
    dimensions, which one sentence cannot meet.
    """
    found = []
    for item in codebook.dimensions:
        change: dict[str, object] = {"applies_if": None}
        if item.kind in CHOSEN:
            change["categories"] = tuple(category.model_copy(update={"examples": ()}) for category in item.codes)
        found.append(item.model_copy(update=change))
    return _with_dimensions(codebook, found)


def draw(pairs: Iterable[tuple[Document, Version]], count: int, shown: Collection[str]) -> tuple[Named, ...]:
    """`count` documents, the same ones every time, no worked example of the prompt, none that was purged."""
    able = [(document.name, version) for document, version in pairs if version.id not in shown and not version.purged]
    return tuple(sorted(able, key=lambda pair: content_hash([SEED, pair[0]]))[:count])


def make_plan(
    codebook: Codebook, wanted: Collection[str], named: Sequence[Named], wordings: Wordings, parameters: Parameters
) -> Plan:
    """All that is asked about the wanted dimensions of a codebook with these documents (none: definitions alone).

    A dimension that hangs on another by its condition is asked in the call of that one, as `code --per-dimension` does.
    With no more than one such call there is nothing to leave out, and no halo. The parameters ask for one sample.
    """
    dimensions = tuple(item for item in codebook.dimensions if item.id in wanted)
    single = {item.id for item in dimensions if _orderable(item)}
    alone = make_tasks(named, _asking(wordings.alone, wanted), parameters)
    turned = make_tasks(_called(named, "last first"), _asking(wordings.last_first, single), parameters)
    halo = len(wordings.alone) > 1
    together = make_tasks(_called(named, "together"), wordings.together if halo else (), parameters)
    checks, checking = _checks(codebook, dimensions, wordings.bare, parameters)
    tasks = {task.key: task for task in (*checking, *alone, *turned, *together)}
    return Plan(
        dimensions,
        tuple(tasks.values()),
        tuple(checks),
        _pairs(named, [item for item in dimensions if item.id in single], alone, turned),
        _pairs(named, dimensions, together, alone) if halo else (),
    )


def _checks(
    codebook: Codebook, dimensions: Sequence[Dimension], bare: Sequence[Prompt], parameters: Parameters
) -> tuple[list[Check], list[Task]]:
    """The checks with known answers and the tasks that ask them, one prompt after the other."""
    checks, tasks = [], []
    coding = {prompt.asked[0]: prompt for prompt in bare}
    for dimension in (item for item in dimensions if item.kind in CHOSEN and len(item.codes) > 1):
        prompts = {
            "definition": definition_prompt(codebook, dimension, parameters.form),
            "borderline": coding[dimension.id],
        }
        for kind, category, text, masked in _known(dimension):
            name = f"{kind} of {category}"
            version = Version(document_id=name, text=text, hash=content_hash(text))
            (task,) = make_tasks([(name, version)], (prompts[kind],), parameters)
            checks.append(Check(kind, dimension.id, category, text, masked, task.key))
            tasks.append(task)
    return checks, tasks


def _known(dimension: Dimension) -> Iterator[tuple[CheckKind, str, str, bool]]:
    """Kind, category and text of each question whose answer is known, and whether a name was blanked in the text."""
    for category in dimension.codes:
        text, masked = nameless(category)
        if text:
            yield "definition", category.id, text, masked
    for category in dimension.codes:
        for example in category.examples:
            if example.borderline and example.text.strip():
                yield "borderline", category.id, example.text, False


def _pairs(
    named: Sequence[Named], dimensions: Sequence[Dimension], before: Sequence[Task], after: Sequence[Task]
) -> tuple[Pair, ...]:
    first, second = _keys(before), _keys(after)
    return tuple(
        Pair(name, item.id, first[version.id, item.id], second[version.id, item.id])
        for item in dimensions
        for name, version in named
    )


def _keys(tasks: Sequence[Task]) -> Mapping[tuple[str, str], str]:
    return {(task.version.id, asked): task.key for task in tasks for asked in task.prompt.asked}


def _asking(prompts: Sequence[Prompt], wanted: Collection[str]) -> list[Prompt]:
    return [prompt for prompt in prompts if set(prompt.asked) & set(wanted)]


def _called(named: Sequence[Named], how: str) -> list[Named]:
    return [(f"{name} ({how})", version) for name, version in named]


def _orderable(dimension: Dimension) -> bool:
    return dimension.kind in SINGLE and len(dimension.codes) > 1


def _with_dimensions(codebook: Codebook, dimensions: Iterable[Dimension]) -> Codebook:
    return codebook.model_copy(update={"dimensions": tuple(dimensions)})
