"""intercoder memos: what was noted, flagged and disputed, gathered by category."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from coder.cli import emit
from coder.cli.project import find_project

if TYPE_CHECKING:
    from coder.adjudicate.casebook import Case
    from coder.model import Codebook
    from coder.store import Store


@click.command()
@click.option("--dimension", metavar="ID", help="Of one dimension (default: each).")
@click.option("--category", metavar="ID", help="With --dimension: of one category, or 'absent'.")
@click.option("--run", "run_id", help="The model's run (default: the newest with this codebook).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context, dimension: str | None, category: str | None, run_id: str | None, as_json: bool
) -> None:
    """Memos, suggestions for the codebook, flags, borderline cases and disagreements, by category.

    A case stands under every category that it concerns: of a disagreement those that are disputed.
    """
    from coder.adjudicate.casebook import counted
    from coder.cli.answers import check_category
    from coder.errors import InputError

    project = find_project(context)
    codebook = project.codebook()
    if dimension is not None:
        check_category(codebook, dimension, category)
    elif category is not None:
        raise InputError("--category goes with --dimension", "name its dimension too")
    with project.store() as store:
        rows = gathered(store, codebook, run_id)
    rows = [
        row
        for row in rows
        if dimension in (None, row["dimension"]) and (category is None or category in row["categories"])
    ]
    counts = counted(codebook, ((row["dimension"], row["categories"], row["note"]) for row in rows))
    if as_json:
        emit({"cases": rows, "counts": counts})
        return
    from rich.console import Console

    from coder.report.quotes import memos_view

    Console(highlight=False).print(memos_view(codebook, rows, counts, category))


def gathered(store: Store, codebook: Codebook, run_id: str | None) -> list[dict[str, Any]]:
    """The cases with their documents' names, as `memos --json` lists them."""
    from coder.adjudicate.casebook import cases
    from coder.cli.answers import looked_at
    from coder.cli.project import coded_blind
    from coder.cli.second import decided_codings

    now = codebook.hash()
    golds = [gold for gold in coded_blind(store.golds()) if gold.codebook_hash == now]
    found = cases(
        codebook,
        store.queue_items(),
        store.decisions(),
        decided_codings(store),
        looked_at(store, codebook, run_id),
        [item for gold in golds for item in store.gold_items(gold.id)],
        {one.id: f"{one.name} ({one.kind})" for one in store.coders()},
    )
    document_of = {one.id: one.document_id for one in store.versions({case.version for case in found})}
    names = {document.id: document.name for document in store.documents()}
    return [_row(case, names[document_of[case.version]]) for case in dict.fromkeys(found)]


def _row(case: Case, document: str) -> dict[str, Any]:
    return {
        "note": case.note,
        "document": document,
        "dimension": case.dimension,
        "categories": list(case.categories),
        "who": case.who,
        "words": case.words,
    }
