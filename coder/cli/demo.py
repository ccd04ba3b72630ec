"""intercoder demo: the main job, end to end, on shipped documents and the embedded model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coder.cli.code import DOWNLOAD, finish
from coder.cli.project import Project
from coder.errors import InputError
from coder.model import Split
from coder.paths import data_dir
from coder.settings import load_settings

if TYPE_CHECKING:
    from rich.console import Console

    from coder.adjudicate import ItemState
    from coder.model import Codebook, Coding, Segment, Version
    from coder.store import Store

SHIPPED = "radiology-ai-training"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("intercoder-demo"))
@click.option("--documents", type=click.IntRange(1, 100), default=5, show_default=True, help="How many to code.")
@click.option("--model", "path", type=click.Path(path_type=Path), help="Another GGUF file than the embedded weights.")
@click.option("--download-model", is_flag=True, help=DOWNLOAD)
def command(folder: Path, documents: int, path: Path | None, download_model: bool) -> None:
    """Code shipped program descriptions with the embedded model, compare with gold, queue the disagreements.

    Leaves a project in FOLDER (default: intercoder-demo) that every other command works on. Nothing leaves this
    machine. About five minutes on two slow cores.
    """
    from rich.console import Console

    console = Console(highlight=False)
    _step(console, 1, f"A project in {folder}: settings, codebook, store, documents and their gold")
    project = project_of(folder, path)
    _step(console, 2, f"The model codes {documents} of the documents, ten dimensions in one call")
    _code(project, documents, download_model)
    _step(console, 3, "Cohen's kappa with gold, per dimension")
    with project.store() as store:
        _evaluate(store, project.codebook())
        _step(console, 4, "What waits for the second coder (the first three disagreements, with the model's evidence)")
        _queue(console, store, project.codebook())
    _step(console, 5, "Go on")
    _next(console, folder)


def _step(console: Console, number: int, words: str) -> None:
    console.print(f"\n[bold]{number}[/bold]  {words}", soft_wrap=True)


def project_of(folder: Path, path: Path | None) -> Project:
    from coder.cli.gold import store_gold
    from coder.cli.import_ import take_in
    from coder.cli.init import shipped_codebook, start_project
    from coder.documents import ImportOptions
    from coder.gold import read_codings

    if (folder / "intercoder.toml").exists():
        raise InputError(
            f"{folder}: a project is there already",
            f"go on with it (cd {folder}), or name another: intercoder demo DIR",
        )
    start_project(folder, shipped_codebook())
    settings = load_settings(folder)
    if path is not None:
        settings = settings.model_copy(
            update={"model": settings.model.model_copy(update={"path": str(path.resolve())})}
        )
    project, shipped = Project(folder, settings), data_dir("gold") / SHIPPED
    with project.store() as store:
        take_in(store, _ordered(shipped), ImportOptions(), context=("title",), keep_duplicates=False)
        store.add_splits(_splits(store, shipped))
        found = read_codings(
            shipped / "codings.jsonl",
            project.codebook(),
            {document.name: (document, version) for document, version in store.current_versions()},
            coder="fact-sheet",
            kind="constructed",
        )
        if found.problems:
            raise found.error()
        store_gold(store, project.codebook(), found, SHIPPED)
    return project


def _ordered(shipped: Path) -> list[Path]:
    """English before other languages, the shortest first, examples last: a short demo then codes short texts."""
    places = _yaml(shipped / "splits.yaml")["documents"]
    texts = {path: path.read_text(encoding="utf-8") for path in sorted((shipped / "documents").glob("*.txt"))}

    def rank(path: Path) -> tuple[bool, bool, int]:
        return places[path.stem] == "examples", "\nlanguage: en\n" not in texts[path], len(texts[path])

    return sorted(texts, key=rank)


def _splits(store: Store, shipped: Path) -> list[Split]:
    """The shipped split of each document, with the cluster that its fact sheet names."""
    record = _yaml(shipped / "splits.yaml")
    return [
        Split(
            document_id=document.id,
            split=record["documents"][document.name],
            cluster=_yaml(shipped / "facts" / f"{document.name}.yaml")["cluster"],
            scheme=f"seed {record['seed']}",
        )
        for document in store.documents()
    ]


def _yaml(path: Path) -> dict[str, Any]:
    from ruamel.yaml import YAML

    content: dict[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return content


def _code(project: Project, documents: int, download: bool) -> None:
    from coder.cli.coding import code_project

    finish(code_project(project, project.settings, limit=documents, download=download))


def _evaluate(store: Store, codebook: Codebook) -> None:
    from coder.cli.eval_ import show
    from coder.cli.evaluation import evaluate_run

    show(evaluate_run(store, codebook, None, None))


def _queue(console: Console, store: Store, codebook: Codebook) -> None:
    from coder.cli.second import refresh_queue
    from coder.documents import segment

    states = refresh_queue(store, codebook, None, None)
    disagreements = [state for state in states if state.item.reason == "disagreement"]
    for state in _spread(disagreements)[:3]:
        version = store.version(state.item.version_id)
        name = store.document(version.document_id).name
        codings = store.codings(run_id=state.item.run_id, version_id=version.id, dimension_id=state.item.dimension_id)
        _show_item(console, state, name, codings[-1], version, segment(version.text, version.language))
    reasons = {state.item.reason for state in states}
    counts = ", ".join(f"{sum(s.item.reason == reason for s in states)} {reason}" for reason in sorted(reasons))
    console.print(f"{len(states)} in the queue: {counts}", soft_wrap=True)


def _spread(states: list[ItemState]) -> list[ItemState]:
    """One a dimension first, so that the three shown are of three kinds where there are three."""
    first: dict[str, ItemState] = {}
    for state in states:
        first.setdefault(state.item.dimension_id, state)
    chosen = list(first.values())
    return chosen + [state for state in states if state not in chosen]


def _show_item(
    console: Console, state: ItemState, name: str, coding: Coding, version: Version, segments: tuple[Segment, ...]
) -> None:
    from rich.text import Text

    item = state.item
    console.print(Text.assemble(("  " + name, "bold"), f"  {item.dimension_id}: {item.detail}"), soft_wrap=True)
    cited = [segment for segment in segments if any(span.overlaps(segment.span) for span in coding.all_evidence)]
    for segment in cited[:3]:
        console.print(Text(f"      [{segment.number}] {segment.text}", style="dim"), soft_wrap=True)
    if not cited:
        console.print(Text("      no sentence was cited", style="dim"))


def _next(console: Console, folder: Path) -> None:
    from rich.text import Text

    lines = (
        (f"cd {folder} && intercoder adjudicate", "settle them in the terminal: your answer first, then theirs"),
        ("intercoder code", "code the documents that are left (in that folder)"),
        ("intercoder export codes.xlsx", "everything as a workbook"),
    )
    for line, what in lines:
        console.print(Text.assemble("   ", (line, "bold"), f"   {what}"), soft_wrap=True)
