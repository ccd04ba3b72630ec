"""Sets of texts that people screened: read, asked criterion by criterion, recorded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coder.codebook import load_codebook
from coder.documents import read_documents
from coder.errors import InputError
from coder.model import Assignment, Codebook, Coding, Status
from coder.paths import cache_dir
from coder.screening import screening_codebook
from eval.answers import AnswerFile, AnswerLine
from eval.coders import Coder
from eval.datasets import LONG_AGO, SHIPPED, DataSet, Item, derived_id, load, new_item
from eval.endpoints import reach
from eval.one_question import INCLUDED
from eval.runs import HOME, Wanted, make_header

TEXTS = SHIPPED / "screening"
SHIPPED_NAME = "radiology-ai-training-screening"
STRIDE = 3
"""Of so many texts that are asked one is included, until all of those are."""


@dataclass(frozen=True)
class ScreeningSet:
    """Texts with the criteria as their codebook.

    `included` says by item whether people kept it, `reasons` by item which criterion it is known to fail, {} where the
    origin has but one label.
    """

    data: DataSet
    included: Mapping[str, bool]
    reasons: Mapping[str, str]

    @property
    def criteria(self) -> tuple[str, ...]:
        """The criteria's ids, in the codebook's order."""
        return tuple(dimension.id for dimension in self.data.codebook.dimensions)

    def ordered(self, seed: int) -> tuple[Item, ...]:
        """The order in which they are asked: of three texts one that people included, as long as there are some.

        Included and excluded ones are each in a seeded order, so any beginning is a random sample of either: time is
        scarce, included texts are rare, and recall is known only from them. Figures weigh each side back to its share.
        """
        sides = [self._side(kept, seed) for kept in (True, False)]
        places = {item.name: STRIDE * rank for rank, item in enumerate(sides[0])}
        between = (place for place in range(STRIDE * len(self.data.items)) if place % STRIDE)
        places |= {item.name: next(between) for item in sides[1]}
        return tuple(sorted(self.data.items, key=lambda item: places[item.name]))

    def _side(self, kept: bool, seed: int) -> list[Item]:
        items = [item for item in self.data.items if self.included[item.name] is kept]
        return sorted(items, key=lambda item: hashlib.sha256(f"{seed}:{item.name}".encode()).hexdigest())


def load_screening(dataset: str) -> ScreeningSet:
    """The set in a folder whose codebook has criteria alone, or `gold` for the shipped texts. InputError otherwise."""
    if dataset == "gold":
        return _shipped()
    data = load(Path(dataset))
    if [one.id for one in data.codebook.dimensions] != [INCLUDED] or not data.codebook.criteria:
        raise InputError(
            f"{dataset}: no screening set: its codebook has dimensions", "name a set whose codebook has criteria alone"
        )
    labels = {item.name: data.gold_of(item.name) for item in data.items}
    if unlabelled := [name for name, of in labels.items() if INCLUDED not in of]:
        raise InputError(f"{dataset}: nobody screened '{unlabelled[0]}'", "give it a line in the gold, or leave it out")
    included = {name: of[INCLUDED].codes == ("include",) for name, of in labels.items()}
    _check_sides(dataset, included)
    return ScreeningSet(replace(data, codebook=screening_codebook(data.codebook)), included, {})


def _check_sides(dataset: str, included: Mapping[str, bool]) -> None:
    if len(set(included.values())) != 2:
        raise InputError(f"{dataset}: all texts are on one side", "a screening set needs included and excluded ones")


def _shipped() -> ScreeningSet:
    """The twelve constructed texts that fail a criterion each, and the coded ones of the dev half, which meet all."""
    coded = load(SHIPPED)
    halves = coded.half(0)
    kept = [item for item in coded.items if halves[item.name] == "dev"]
    read = read_documents([TEXTS / "documents"])
    if read.problems:
        raise InputError(read.problems[0], "mend the file")
    failing = [new_item(SHIPPED_NAME, document, ()) for document in read.documents]
    reasons = _failed(TEXTS / "screening.jsonl")
    codebook = screening_codebook(load_codebook(SHIPPED / "codebook.yaml"))
    items = (*failing, *kept)
    included = {item.name: item.name not in reasons for item in items}
    gold = tuple(_label(codebook, item, included[item.name], reasons.get(item.name, "")) for item in items)
    data = DataSet(SHIPPED_NAME, SHIPPED, codebook, items, gold, people={}, kind="constructed")
    return ScreeningSet(data, included, reasons)


def _failed(path: Path) -> dict[str, str]:
    """By document the criterion that it fails."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row["document"]: row["criterion"] for row in rows if row["answer"] == "no"}


def _label(codebook: Codebook, item: Item, included: bool, reason: str) -> Coding:
    """What the origin says of a text as a whole, so that it counts in the data set's hash."""
    return Coding(
        id=derived_id(SHIPPED_NAME, item.name, INCLUDED),
        version_id=item.version.id,
        dimension_id=INCLUDED,
        coder_id=derived_id(SHIPPED_NAME, "coder", "constructed"),
        status=Status.CODED,
        assignments=(Assignment(category="include" if included else reason),),
        codebook_hash=codebook.hash(),
        dimension_hash="",
        created_at=LONG_AGO,
    )


def answers_file(screening: ScreeningSet, coder: str, chosen: Path | None, home: Path = HOME) -> Path:
    """Where answers are recorded: for the shipped texts in the repository, for all others in the user's cache.

    InputError where answers to other people's texts would enter the checkout.
    """
    shipped = screening.data.name == SHIPPED_NAME
    folder = home / "answers" / "screening" if shipped else cache_dir() / "eval"
    path = chosen or folder / f"{screening.data.name}-{coder}.jsonl"
    if not shipped and path.resolve().is_relative_to(HOME.parent):
        raise InputError(
            f"{path}: lies in the checkout, and answers may quote texts that belong to others",
            "name a file outside with --answers, or leave it out: then the user's cache folder is used",
        )
    return path


async def ask(
    screening: ScreeningSet,
    coder: Coder,
    wanted: Wanted,
    path: Path,
    heard: Callable[[AnswerLine], None] = lambda line: None,
) -> None:
    """Ask what is not recorded yet of the first `wanted.limit` texts; every answer is on disk before the next is asked.

    The limit is no part of what tells runs apart: a longer run goes on in the same file. Raises InputError and
    ProviderError.
    """
    async with reach(wanted.model, wanted.base_url) as endpoint:
        header = make_header(screening.data, coder, replace(wanted, half="test", limit=None), endpoint, ())
        path.parent.mkdir(parents=True, exist_ok=True)
        with AnswerFile.open(path, header) as file:

            def record(line: AnswerLine) -> None:
                file.record(line)
                heard(line)

            items: Sequence[Item] = screening.ordered(wanted.seed)[: wanted.limit]
            await coder.ask(endpoint, screening.data, items, (), file.done, record)
