"""intercoder assign: share documents out to people who code them from scratch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coder.adjudicate.assigning import ASSIGNED, assign, first_items
from coder.cli import emit
from coder.cli.project import find_project
from coder.cli.selection import counted
from coder.errors import InputError

if TYPE_CHECKING:
    from coder.model import Codebook
    from coder.store import Store

SEED = 20210215


@click.command()
@click.option("--coders", required=True, metavar="A,B", help="Who codes, by name.")
@click.option(
    "--overlap",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="How many documents all of them code, drawn at random; the rest is shared out evenly.",
)
@click.option("--sample", metavar="NAME", help="Only the documents drawn into a sample (default: all but examples).")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Of the draw.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(context: click.Context, coders: str, overlap: int, sample: str | None, seed: int, as_json: bool) -> None:
    """Share documents out to first coders, who then code with 'adjudicate --task code', blind to each other.

    Documents that somebody has already stay where they are. Agreement between people is estimated on the overlap.
    """
    project = find_project(context)
    codebook = project.codebook()
    names = [name.strip() for name in coders.split(",") if name.strip()]
    with project.store() as store:
        store.save_codebook(codebook)
        free, taken = _documents(store, codebook, sample)
        people = [store.coder(name, "person").id for name in dict.fromkeys(names)]
        if len(people) < len(names):
            raise InputError(f"--coders {coders}: a coder is named twice", "name each once")
        found = assign(free, people, overlap, seed)
        store.extend_queue(lambda items: first_items(codebook, found.by_coder, items, ASSIGNED))
    shares = {name: len(found.by_coder[person]) for name, person in zip(names, people, strict=True)}
    if as_json:
        emit({"coders": shares, "overlap": len(found.overlap), "assigned_before": taken, "seed": seed})
        return
    for name, count in shares.items():
        click.echo(f"{name}: {count} documents, {len(found.overlap)} of them everyone's", err=True)
    if taken:
        click.echo(f"{taken} documents were assigned before and stay where they are", err=True)
    click.echo("each codes with: intercoder adjudicate --task code --coder NAME", err=True)


def _documents(store: Store, codebook: Codebook, sample: str | None) -> tuple[list[str], int]:
    """The current versions to assign, and how many were left out because somebody has the document already."""
    drawn = {one.document_id for one in store.inclusions(sample) if one.drawn} if sample else None
    if drawn is not None and not drawn:
        raise InputError(f"--sample {sample}: no such sample", "draw it first: intercoder sample --name NAME")
    shown = {document for document, split in store.splits().items() if split.split == "examples"}
    given = {item.version_id for item in store.queue_items() if item.reason == "first_coding"}
    assigned = {store.version(version_id).document_id for version_id in given}
    wanted = [
        (document, version)
        for document, version in counted(store, codebook)
        if document.id not in shown and not version.purged and (drawn is None or document.id in drawn)
    ]
    free = [version.id for document, version in wanted if document.id not in assigned]
    if not free:
        gone = " (purged texts cannot be read)" if store.purged_versions() else ""
        raise InputError(f"there is nothing left to assign{gone}", "import documents, or name another --sample")
    return free, len(wanted) - len(free)
