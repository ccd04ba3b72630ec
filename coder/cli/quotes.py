"""intercoder quotes: the passages that carry a category, as papers cite them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from coder.cli import emit
from coder.cli.project import find_project

if TYPE_CHECKING:
    from coder.adjudicate.quoting import Quote, Quoted
    from coder.model import Codebook
    from coder.store import Store


@click.command()
@click.option("--dimension", required=True, metavar="ID", help="The dimension.")
@click.option("--category", metavar="ID", help="One of its categories, or 'absent' (default: each).")
@click.option("--coder", metavar="NAME", help="What this coder cited (default: everybody).")
@click.option("--run", "run_id", help="The model's run (default: the newest with this codebook).")
@click.option("--csv", "path", type=click.Path(path_type=Path, dir_okay=False), help="Write them to a table.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    dimension: str,
    category: str | None,
    coder: str | None,
    run_id: str | None,
    path: Path | None,
    as_json: bool,
) -> None:
    """The passages that carry a category, verbatim, with document, sentence, variables and coder.

    Of every coder the newest answer counts; what was settled on the desk is among them.
    """
    from coder.cli.answers import check_category

    project = find_project(context)
    codebook = project.codebook()
    check_category(codebook, dimension, category)
    with project.store() as store:
        found = _find(store, codebook, dimension, category, run_id, coder)
    if path is not None:
        _write(path, found.quotes)
        click.echo(f"{path}: {len(found.quotes)} quotes", err=True)
    if as_json:
        emit({"quotes": [asdict(one) for one in found.quotes], "without_evidence": found.without})
    elif path is None:
        from rich.console import Console

        from coder.adjudicate.wording import status_words
        from coder.model import Status
        from coder.report.quotes import quotes_view

        asked = codebook.dimension(dimension)
        labels = {one.id: one.label for one in asked.codes} | {"absent": status_words(asked, Status.ABSENT)}
        Console(highlight=False).print(quotes_view(found, labels))


def _find(
    store: Store, codebook: Codebook, dimension: str, category: str | None, run_id: str | None, coder: str | None
) -> Quoted:
    from coder.adjudicate.quoting import quotes_of
    from coder.cli.answers import every_answer
    from coder.documents import segment

    codings = [one for one in every_answer(store, codebook, run_id, coder) if one.dimension_id == dimension]
    documents = {document.id: (place, document) for place, document in enumerate(store.documents())}
    versions = sorted(
        store.versions({one.version_id for one in codings}), key=lambda one: (documents[one.document_id][0], one.id)
    )
    texts = {
        one.id: (documents[one.document_id][1], one, segment(one.text, one.language)) for one in versions if one.text
    }
    coders = {one.id: one for one in store.coders()}
    return quotes_of(codebook.dimension(dimension), category, codings, coders, texts)


def _write(path: Path, quotes: Sequence[Quote]) -> None:
    """A CSV table, formulas guarded; each variable of the documents has a column of its own."""
    from coder.export.atomic import write_atomically
    from coder.export.table_csv import cell

    fields = ("dimension", "category", "quote", "document", "sentence", "coder", "coder_kind")
    variables = dict.fromkeys(name for one in quotes for name in one.variables)
    headings = {name: f"{name} (variable)" if name in fields else name for name in variables}

    def write(handle: BinaryIO) -> None:
        text = io.TextIOWrapper(handle, encoding="utf-8", errors="replace", newline="")
        table = csv.writer(text)
        table.writerow([*fields, *(cell(name) for name in headings.values())])
        for one in quotes:
            row = [str(getattr(one, name)) for name in fields] + [str(one.variables.get(name, "")) for name in headings]
            table.writerow([cell(value) for value in row])
        text.flush()
        text.detach()

    write_atomically(path, write)
