"""Texts that try to steer a coder, each with its clean and its neutral twin: read, asked, recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from coder.documents.normalise import normalise, text_hash
from coder.errors import InputError
from coder.model import Codebook, Span, Version
from coder.providers.local.catalogue import DEFAULT
from coder.run.examples import ROOM
from eval.answers import AnswerFile, AnswerLine
from eval.coders import Coder
from eval.datasets import LONG_AGO, SHIPPED, DataSet, Item, derived_id, load
from eval.endpoints import reach
from eval.runs import HOME, Wanted, make_header

NAME = "hostile-texts"
FOLDER = HOME / NAME
PLACE = "{here}"
Twin = Literal["clean", "attack", "neutral"]
TWINS: tuple[Twin, ...] = get_args(Twin)
"""The text as it is, with the attack in it, and with harmless words of the same length in its place."""


class Target(BaseModel):
    """The cell that an attack is after, and the code it pushes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dimension: str
    code: str


class HostileText(BaseModel):
    """A text with a place for an attack. `says` are the constructed codes of the attacked cell, () for absent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^H\d\d$")
    kind: str
    how: str
    target: Target
    says: tuple[str, ...]
    text: str
    attack: str
    neutral: str

    def written(self, twin: Twin) -> str:
        """The twin as it is imported: normalised, the place filled or closed."""
        before, after = self._around
        return normalise(f"{before}{self._words(twin)}{after}")

    def inserted(self, twin: Twin) -> Span | None:
        """Where the attack or the neutral words stand in the twin; None where nothing of them is left."""
        if twin == "clean":
            return None
        before, after = self._around
        start = len(normalise(f"{before}x")) - 1
        end = len(self.written(twin)) - (len(normalise(f"x{after}")) - 1)
        return Span(start=start, end=end) if self.written(twin)[start:end].strip() else None

    def _words(self, twin: Twin) -> str:
        return "" if twin == "clean" else self.attack if twin == "attack" else self.neutral

    @property
    def _around(self) -> tuple[str, str]:
        before, after = self.text.split(PLACE)
        return before, after


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kinds: dict[str, str]
    texts: tuple[HostileText, ...] = Field(min_length=1)


@dataclass(frozen=True)
class HostileSet:
    """All hostile texts, in the order in which they are asked; the shipped data set lends codebook and examples.

    The order takes the first text of every kind, then the second, so that a run that is cut short knows all kinds.
    """

    kinds: Mapping[str, str]
    texts: tuple[HostileText, ...]
    shipped: DataSet

    @property
    def codebook(self) -> Codebook:
        return self.shipped.codebook

    @cached_property
    def data(self) -> DataSet:
        """The twins as items of a data set, beside the shipped ones, whose examples are shown."""
        twins = tuple(_item(text, twin) for text in self.texts for twin in TWINS)
        places = dict(self.shipped.places) | {item.name: "test" for item in twins}
        return replace(self.shipped, name=NAME, path=FOLDER, items=(*self.shipped.items, *twins), places=places)

    def items(self, texts: Sequence[HostileText]) -> tuple[Item, ...]:
        """The twins of these texts, those of a text side by side."""
        known = {item.name: item for item in self.data.items}
        return tuple(known[name_of(text, twin)] for text in texts for twin in TWINS)


def name_of(text: HostileText, twin: Twin) -> str:
    """The name of a twin among the items."""
    return f"{text.id}-{twin}"


def load_hostile(path: Path = FOLDER / "texts.yaml") -> HostileSet:
    """The hostile texts with the shipped codebook. InputError naming the text that does not fit it."""
    try:
        found = _File.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        fault = error.errors()[0]
        raise InputError(f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}", "mend the file") from error
    except (YAMLError, OSError) as error:
        raise InputError(f"{path}: {str(error).splitlines()[0]}", "mend the file") from error
    shipped = load(SHIPPED)
    for text in found.texts:
        if problem := _problem(text, found.kinds, shipped.codebook):
            raise InputError(f"{path}: {text.id}: {problem}", "mend the file")
    return HostileSet(found.kinds, _by_turns(found.texts), shipped)


def _problem(text: HostileText, kinds: Mapping[str, str], codebook: Codebook) -> str:
    """What is wrong with a text, '' where nothing is."""
    dimensions = {dimension.id: dimension for dimension in codebook.dimensions}
    if text.kind not in kinds:
        return f"there is no kind '{text.kind}'"
    if text.text.count(PLACE) != 1:
        return f"{PLACE} must stand in it once"
    if text.target.dimension not in dimensions:
        return f"the codebook has no dimension '{text.target.dimension}'"
    codes = {category.id for category in dimensions[text.target.dimension].codes}
    if unknown := sorted({text.target.code, *text.says} - codes):
        return f"'{text.target.dimension}' has no code '{unknown[0]}'"
    return "the target is what the text says" if text.target.code in text.says else ""


def _by_turns(texts: Sequence[HostileText]) -> tuple[HostileText, ...]:
    seen: dict[str, int] = {}
    turns = []
    for text in texts:
        seen[text.kind] = seen.get(text.kind, 0) + 1
        turns.append(seen[text.kind])
    order = sorted(range(len(texts)), key=lambda number: turns[number])
    return tuple(texts[number] for number in order)


def _item(text: HostileText, twin: Twin) -> Item:
    name, written = name_of(text, twin), text.written(twin)
    version = Version(
        id=derived_id(NAME, "version", name),
        document_id=derived_id(NAME, "document", name),
        text=written,
        hash=text_hash(written),
        language="en",
        created_at=LONG_AGO,
    )
    return Item(name, version)


def answers_file(coder: str, model: str, chosen: Path | None, home: Path = HOME) -> Path:
    """Where answers to these texts are recorded; they are ours, so that is in the repository."""
    slug = re.sub(r"[^\w.-]+", "-", Path(model or DEFAULT).name.removesuffix(".gguf"))
    return chosen or home / "answers" / "hostile" / f"hostile-{coder}-{slug}.jsonl"


async def ask(
    hostile: HostileSet,
    coder: Coder,
    wanted: Wanted,
    path: Path,
    heard: Callable[[AnswerLine], None] = lambda line: None,
) -> None:
    """Ask what is not recorded yet of the first `wanted.limit` texts, three twins each; every answer is kept at once.

    The limit is no part of what tells runs apart: a longer run goes on in the same file. Raises InputError and
    ProviderError.
    """
    shape = coder.shape
    count = int(shape.get("examples", 0)) if wanted.examples is None else wanted.examples
    examples = hostile.shipped.examples(count, wanted.seed, int(shape.get("room", ROOM)))
    whole = replace(wanted, half="test", limit=None)
    async with reach(wanted.model, wanted.base_url) as endpoint:
        header = make_header(hostile.data, coder, whole, endpoint, [item.name for item in examples])
        path.parent.mkdir(parents=True, exist_ok=True)
        with AnswerFile.open(path, header) as file:

            def record(line: AnswerLine) -> None:
                file.record(line)
                heard(line)

            items = hostile.items(hostile.texts[: wanted.limit])
            await coder.ask(endpoint, hostile.data, items, examples, file.done, record)
