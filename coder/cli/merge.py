"""intercoder merge: bring together what two people did apart."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coder.cli import emit, printable_line
from coder.cli.project import find_project
from coder.cli.remerging import remerged, remerged_record
from coder.cli.second import queue_again
from coder.cli.selection import merged

if TYPE_CHECKING:
    from coder.store.merge import Merged


@click.command()
@click.argument("other", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(context: click.Context, other: Path, as_json: bool) -> None:
    """Add to this project's store everything that OTHER.db holds and it does not: all of it or nothing.

    OTHER.db is read from a copy and stays as it is. Merging again adds nothing. Where two people settled a cell
    differently, both stay and the cell is queued as a conflict. Where OTHER.db holds two documents to be one, codes of
    one of them count no more: whose is said.
    """
    project = find_project(context)
    with project.store() as store:
        before = merged(store).kept.keys()
        union = store.merge(other)
        conflicts = queue_again(store, project.codebook())
        names = {document.id: document.name for document in store.documents()}
        changed = remerged(store, names, before, merged(store))
    if as_json:
        emit({**asdict(union), "conflicts": conflicts, **remerged_record(changed)})
        return
    for line in (*_lines(union, conflicts), *changed.lines()):
        click.echo(printable_line(line), err=True)


def _lines(union: Merged, conflicts: int) -> list[str]:
    added = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in union.added.items())
    lines = [f"added: {added or 'nothing, it was all here'}"]
    if union.same_coders:
        lines.append(f"taken for one person (same name, two ids): {', '.join(union.same_coders)}")
    if union.queued_twice:
        lines.append(f"{union.queued_twice} cells were queued in both and are one item now")
    if union.new_codebooks:
        books = ", ".join(union.new_codebooks)
        lines.append(f"coded with a codebook not used here before: {books}; such codings enter no figure of this one")
    lines += [f"gold '{old}' is '{new}' here: the name was taken" for old, new in union.gold.items()]
    lines += [f"sample '{old}' is '{new}' here: the name was taken" for old, new in union.samples.items()]
    if union.same_names:
        names = ", ".join(union.same_names[:5]) + (" ..." if len(union.same_names) > 5 else "")
        lines.append(
            f"{len(union.same_names)} names belong to two documents each, imported apart (both are kept): {names}"
        )
    if union.splits_kept:
        lines.append(f"{union.splits_kept} documents are in another split there; they stay in theirs here")
    if conflicts:
        lines.append(f"{conflicts} cells were settled in two ways and are queued: intercoder adjudicate")
    return lines
