"""Data sets that people coded: texts, codebook, reference, and the half that is looked at only to report."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from coder.codebook import load_codebook
from coder.documents import ImportOptions, ReadDocument, read_documents
from coder.documents.normalise import text_hash
from coder.errors import InputError
from coder.gold import GoldImport, read_codings
from coder.model import Codebook, CoderKind, Coding, Document, Status, Version, content_hash
from coder.model.base import ulid
from coder.paths import data_dir
from coder.run.examples import ROOM, codes_of, most_varied
from eval.one_question import as_one_question

Half = Literal["dev", "test"]
SHIPPED = data_dir("gold") / "radiology-ai-training"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When everything derived here was made: figures must not depend on the day."""


@dataclass(frozen=True)
class Item:
    """One text by the name that the data set gives it."""

    name: str
    version: Version


@dataclass(frozen=True)
class DataSet:
    """Texts with their reference codings.

    `people` holds the raw human coders by name, {} where the origin has none; `kind` is that of the reference's coder.
    `places` is the persisted split of each item (shipped gold), {} where halves are drawn. `notes` say what was left
    out on reading.
    """

    name: str
    path: Path
    codebook: Codebook
    items: tuple[Item, ...]
    gold: tuple[Coding, ...]
    people: Mapping[str, tuple[Coding, ...]]
    kind: CoderKind
    notes: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def hash(self) -> str:
        """Hash of texts, context, reference and codebook; the order of rows does not matter."""
        names = {item.version.id: item.name for item in self.items}
        texts = sorted([item.name, item.version.text, item.version.context] for item in self.items)
        answers = sorted([names[coding.version_id], coding.dimension_id, _said(coding)] for coding in self.gold)
        return content_hash([self.codebook_hash, texts, answers])

    @cached_property
    def dimension_hashes(self) -> dict[str, str]:
        """The hash of each dimension, worked out once."""
        return {dimension.id: dimension.hash() for dimension in self.codebook.dimensions}

    @cached_property
    def codebook_hash(self) -> str:
        """The codebook's hash, worked out once."""
        return self.codebook.hash()

    def half(self, seed: int) -> dict[str, Half]:
        """The half of each item: as persisted, else drawn by seed; items with the same text stay together."""
        if self.places:
            return {name: "test" if place == "test" else "dev" for name, place in self.places.items()}
        groups: dict[str, list[str]] = {}
        for item in self._drawn(seed):
            groups.setdefault(item.version.hash, []).append(item.name)
        halves: dict[str, Half] = {}
        for names in groups.values():
            place: Half = "dev" if len(halves) < len(self.items) // 2 else "test"
            halves.update(dict.fromkeys(names, place))
        return halves

    def sample(
        self, half: Half, limit: int | None = None, seed: int = 2021, without: Collection[str] = ()
    ) -> tuple[Item, ...]:
        """The first `limit` items of a half in the seeded order, less those named `without` and their like in text."""
        halves = self.half(seed)
        shown = {item.version.hash for item in self.items if item.name in without}
        chosen = [item for item in self._drawn(seed) if halves[item.name] == half][:limit]
        return tuple(item for item in chosen if item.version.hash not in shown)

    def examples(self, count: int, seed: int, room: int = ROOM) -> tuple[Item, ...]:
        """Up to `count` items of the dev half that may be shown to a coder, chosen as the program does, within `room`.

        Of the persisted split `examples` where there is one. A dimension that the reference does not answer is left out
        of an example.
        """
        halves = self.half(seed)
        able = [item for item in self._drawn(seed) if halves[item.name] == "dev"]
        placed = [item for item in able if self.places.get(item.name, "examples") == "examples"]
        pool = {item.name: item for item in placed or able}
        codes = {name: codes_of(self.codebook, self.gold_of(name)) for name in pool}
        chosen = most_varied(codes, {name: len(item.version.text) for name, item in pool.items()}, count, room)
        return tuple(pool[name] for name in chosen)

    def gold_of(self, name: str) -> Mapping[str, Coding]:
        """The reference codings of one item, by dimension."""
        return self._gold_by_item.get(name, {})

    @cached_property
    def _gold_by_item(self) -> dict[str, dict[str, Coding]]:
        names = {item.version.id: item.name for item in self.items}
        found: dict[str, dict[str, Coding]] = {}
        for coding in self.gold:
            found.setdefault(names[coding.version_id], {})[coding.dimension_id] = coding
        return found

    def _drawn(self, seed: int) -> list[Item]:
        """The items in an order that only seed and names decide."""
        return sorted(self.items, key=lambda item: hashlib.sha256(f"{seed}:{item.name}".encode()).hexdigest())


def derived_id(*parts: str) -> str:
    """An id of a ULID's shape that these parts decide, so that figures replay to the last digit."""
    return ulid(int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:16]))


def ruled_out(codebook: Codebook, answers: Mapping[str, Coding]) -> tuple[str, ...]:
    """The dimensions whose `applies_if` is false by these answers; where its dimension has no answer, none is."""
    out: list[str] = []
    for dimension in codebook.dimensions:
        condition = dimension.applies_if
        if condition is None:
            continue
        other = answers.get(condition.dimension)
        answered = other is not None and (other.status.is_answer or other.status is Status.NOT_APPLICABLE)
        holds = other is not None and not set(other.codes).isdisjoint(condition.any_of)
        if condition.dimension in out or (answered and not holds):
            out.append(dimension.id)
    return tuple(out)


def load(path: Path) -> DataSet:
    """The data set in a folder: of the benchmark shape (dataset.yaml) or of the shipped gold's (splits.yaml).

    Raises InputError where a file is missing or the reference cannot be read whole. What cannot be read of the raw
    human coders, and items without text, are left out and noted.
    """
    if (path / "dataset.yaml").is_file():
        return _benchmark(path)
    if (path / "splits.yaml").is_file():
        return _with_splits(path)
    raise InputError(f"{path}: no data set here", "name a folder with a dataset.yaml, or 'gold' for the shipped one")


Shape = TypeVar("Shape", bound=BaseModel)


class _Items(BaseModel):
    file: str
    id: str
    text: list[str] = Field(min_length=1)
    context: list[str] = []


class _Description(BaseModel):
    name: str = Field(pattern=r"^\w[\w.-]*$")
    items: _Items
    codebook: str
    gold: str
    codings: str = ""


class _Splits(BaseModel):
    documents: dict[str, Literal["examples", "calibration", "test"]]


def _yaml(path: Path, shape: type[Shape]) -> Shape:
    try:
        return shape.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        fault = error.errors()[0]
        raise InputError(f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}", "mend the file") from error
    except (YAMLError, OSError) as error:
        raise InputError(f"{path}: {str(error).splitlines()[0]}", "mend the file") from error


def _benchmark(path: Path) -> DataSet:
    about = _yaml(path / "dataset.yaml", _Description)
    codebook = _codebook(path / about.codebook)
    options = ImportOptions(id_column=about.items.id, text_columns=tuple(about.items.text))
    read = read_documents([path / about.items.file], options)
    items = tuple(new_item(about.name, document, about.items.context) for document in read.documents)
    gold = _reference(about.name, read_gold(path / about.gold, codebook, items, coder="gold"), items, codebook)
    people, notes = _people(about.name, path / about.codings, codebook, items) if about.codings else ({}, ())
    return DataSet(
        name=about.name,
        path=path,
        codebook=codebook,
        items=items,
        gold=gold,
        people=people,
        kind=_kind(gold, people),
        notes=(*read.problems, *notes),
    )


def _with_splits(path: Path) -> DataSet:
    name, codebook = path.resolve().name, _codebook(path / "codebook.yaml")
    read = read_documents([path / "documents"])
    if read.problems:
        raise InputError(read.problems[0], "mend the file")
    items = tuple(new_item(name, document, ["title"]) for document in read.documents)
    places = _yaml(path / "splits.yaml", _Splits).documents
    if missing := [item.name for item in items if item.name not in places]:
        raise InputError(f"{path / 'splits.yaml'}: no split for document '{missing[0]}'", "add it there")
    found = read_gold(path / "codings.jsonl", codebook, items, coder="fact-sheet")
    gold = _reference(name, found, items, codebook)
    kept = {item.name: places[item.name] for item in items}
    return DataSet(name, path, codebook, items, gold, people={}, kind="constructed", places=kept)


def _codebook(path: Path) -> Codebook:
    codebook = load_codebook(path)
    return codebook if codebook.dimensions else as_one_question(codebook)


def new_item(dataset: str, read: ReadDocument, context: Iterable[str]) -> Item:
    """A document as read, under ids that data set and name decide."""
    version = Version(
        id=derived_id(dataset, "version", read.name),
        document_id=derived_id(dataset, "document", read.name),
        text=read.text,
        hash=text_hash(read.text),
        language=read.language,
        context={key: read.variables[key] for key in context if read.variables.get(key)},
        created_at=LONG_AGO,
    )
    return Item(read.name, version)


def read_gold(path: Path, codebook: Codebook, items: Iterable[Item], *, coder: str | None = None) -> GoldImport:
    """The codings in a file, of these items."""
    documents = {
        item.name: (Document(id=item.version.document_id, name=item.name, created_at=LONG_AGO), item.version)
        for item in items
    }
    return read_codings(path, codebook, documents, coder=coder)


def _reference(dataset: str, found: GoldImport, items: Iterable[Item], codebook: Codebook) -> tuple[Coding, ...]:
    if found.problems:
        raise found.error()
    (coder,) = found.codings_by_coder
    return _settled(dataset, coder, found.codings_by_coder[coder], items, codebook)


def _people(
    dataset: str, path: Path, codebook: Codebook, items: Iterable[Item]
) -> tuple[dict[str, tuple[Coding, ...]], tuple[str, ...]]:
    if not path.is_file():
        return {}, ()
    found = read_gold(path, codebook, items)
    people = {
        coder: _settled(dataset, coder, codings, items, codebook)
        for coder, codings in sorted(found.codings_by_coder.items())
    }
    return people, tuple(f"left out: {problem}" for problem in found.problems)


def _settled(
    dataset: str, coder: str, codings: Iterable[Coding], items: Iterable[Item], codebook: Codebook
) -> tuple[Coding, ...]:
    """The codings under derived ids, with `not_applicable` where a condition is false and nothing was said."""
    by_version: dict[str, dict[str, Coding]] = {}
    for coding in codings:
        by_version.setdefault(coding.version_id, {})[coding.dimension_id] = coding
    hashes = {dimension.id: dimension.hash() for dimension in codebook.dimensions}
    codebook_hash, coder_id = codebook.hash(), derived_id(dataset, "coder", coder)
    settled: list[Coding] = []
    for item in items:
        answers = by_version.get(item.version.id, {})
        for out in ruled_out(codebook, answers):
            answers.setdefault(
                out,
                Coding(
                    version_id=item.version.id,
                    dimension_id=out,
                    coder_id=coder_id,
                    status=Status.NOT_APPLICABLE,
                    codebook_hash=codebook_hash,
                    dimension_hash=hashes[out],
                ),
            )
        for name, coding in answers.items():
            made = {"id": derived_id(dataset, item.name, name, coder), "coder_id": coder_id, "created_at": LONG_AGO}
            settled.append(coding.model_copy(update=made))
    return tuple(settled)


def _kind(gold: Iterable[Coding], people: Mapping[str, Iterable[Coding]]) -> CoderKind:
    """`consensus` where the reference is what most of the people said wherever most said one thing, else `person`."""
    votes: dict[tuple[str, str], Counter[frozenset[str]]] = {}
    for coding in (coding for codings in people.values() for coding in codings):
        votes.setdefault((coding.version_id, coding.dimension_id), Counter())[frozenset(coding.codes)] += 1
    majority = {cell: most for cell, count in votes.items() for most, n in count.items() if 2 * n > count.total()}
    held = [(majority.get((one.version_id, one.dimension_id)), frozenset(one.codes)) for one in gold]
    held = [(most, said) for most, said in held if most is not None]
    return "consensus" if held and all(most == said for most, said in held) else "person"


def _said(coding: Coding) -> list[object]:
    """What a reference coding says, JSON-able, without ids and times."""
    spans = [[span.start, span.end] for span in coding.evidence]
    given = [[one.category, [[span.start, span.end] for span in one.evidence]] for one in coding.assignments]
    return [coding.status.value, given, spans]
