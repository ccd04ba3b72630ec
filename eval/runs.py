"""Run a coder on a data set, score what was recorded, and keep the figures."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from coder.errors import InputError
from coder.model import now
from coder.paths import cache_dir
from coder.run.examples import ROOM
from eval.answers import AnswerFile, AnswerLine, Header, read_answers
from eval.coders import Coder, get_coder
from eval.datasets import SHIPPED, DataSet, Half
from eval.endpoints import Endpoint, reach
from eval.ledger import check_free, comparison_record, look, result_record, write_json
from eval.score import Result, compare, score, scored_items
from eval.table import update

HOME = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Wanted:
    """What a run is asked to do. `examples` None: as many as the coder's shape says."""

    half: Half = "dev"
    limit: int | None = None
    seed: int = 2021
    examples: int | None = None
    model: str = ""
    base_url: str = ""


def is_shipped(data: DataSet) -> bool:
    """Whether these are the texts of this project, whose answers may be kept in the repository."""
    return data.path.resolve() == SHIPPED.resolve()


def answers_path(data: DataSet, half: Half, coder: str, chosen: Path | None, home: Path = HOME) -> Path:
    """Where answers are recorded; InputError where other people's texts would enter the checkout.

    By default the folder `answers` beside this file for the shipped gold, the user's cache for everything else.
    """
    folder = home / "answers" if is_shipped(data) else cache_dir() / "eval"
    path = chosen or folder / f"{data.name}-{half}-{coder}.jsonl"
    if not is_shipped(data) and path.resolve().is_relative_to(HOME.parent):
        raise InputError(
            f"{path}: lies in the checkout, and answers may quote texts that belong to others",
            "name a file outside with --answers, or leave it out: then the user's cache folder is used",
        )
    return path


async def run(
    data: DataSet, coder: Coder, wanted: Wanted, path: Path, heard: Callable[[AnswerLine], None] = lambda line: None
) -> None:
    """Ask what is not recorded yet. `heard` is told of every new answer. Raises InputError and ProviderError."""
    count = int(coder.shape.get("examples", 0)) if wanted.examples is None else wanted.examples
    examples = data.examples(count, wanted.seed, int(coder.shape.get("room", ROOM)))
    names = tuple(item.name for item in examples)
    async with reach(wanted.model, wanted.base_url) as endpoint:
        header = make_header(data, coder, wanted, endpoint, names)
        items = scored_items(data, header)
        with AnswerFile.open(path, header) as file:

            def record(line: AnswerLine) -> None:
                file.record(line)
                heard(line)

            await coder.ask(endpoint, data, items, examples, file.done, record)


def make_header(data: DataSet, coder: Coder, wanted: Wanted, endpoint: Endpoint, examples: Collection[str]) -> Header:
    """The first line of a file of answers."""
    return Header(
        dataset=data.name,
        dataset_hash=data.hash,
        codebook_hash=data.codebook_hash,
        coder=coder.name,
        shape={**coder.shape, "examples": len(examples)},
        prompt_hash=coder.prompt_hash(data),
        model=endpoint.model,
        served_model=endpoint.served_model,
        fingerprint=endpoint.fingerprint,
        half=wanted.half,
        limit=wanted.limit,
        seed=wanted.seed,
        examples=tuple(examples),
        program=version("intercoder"),
        started=now().isoformat(timespec="seconds"),
    )


def replay(data: DataSet, path: Path) -> Result:
    """Every figure of a file of answers, computed again."""
    header, lines = read_answers(path)
    return score(data, header, lines, get_coder(header.coder))


def keep(result: Result, answers: Path, home: Path = HOME) -> Path:
    """Write the result file, named as the file of answers, and the table; returns its path."""
    path = home / "results" / f"{answers.stem}.json"
    check_free(path, result.header)
    write_json(path, result_record(result, look(path.parent, result.header)))
    update(home / "README.md", path.parent)
    return path


def keep_comparison(a: Result, b: Result, answers: tuple[Path, Path], home: Path = HOME) -> Path:
    """Write how much `a` is above `b`, and the table; returns the file's path."""
    path = home / "results" / f"{answers[0].stem}--{answers[1].stem}.json"
    write_json(path, comparison_record(a, b, compare(a, b)))
    update(home / "README.md", path.parent)
    return path
