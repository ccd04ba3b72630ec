"""intercoder dedupe: documents that are one thing entered twice; certain ones merged, doubtful ones asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from coder.cli import emit, printable_line
from coder.cli.project import find_project

if TYPE_CHECKING:
    from coder.cli.matching import Documents
    from coder.model import Coder
    from coder.report.remerged import Remerged
    from coder.screening.matching import Groups
    from coder.store import Store


@click.command()
@click.option("--decide", is_flag=True, help="Go through the doubtful pairs, one by one.")
@click.option("--same", "same", nargs=2, metavar="A B", help="Two documents are one (by name or id).")
@click.option("--different", "different", nargs=2, metavar="A B", help="Two documents are two.")
@click.option("--undo", is_flag=True, help="Take back what you said last; with --pair, what was said of a pair.")
@click.option("--pair", nargs=2, metavar="A B", help="With --undo: the pair, also one that the program merged.")
@click.option("--history", is_flag=True, help="All that was ever held of pairs, the oldest first.")
@click.option("--coder", "coder_name", metavar="NAME", help="Who decides (default: the coder of this machine).")
@click.option("--dry-run", is_flag=True, help="Show what would be merged and asked; store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(
    context: click.Context,
    decide: bool,
    same: tuple[str, str] | None,
    different: tuple[str, str] | None,
    undo: bool,
    pair: tuple[str, str] | None,
    history: bool,
    coder_name: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Find documents that are one thing entered twice, by address, then by near text and title, with the evidence.

    Certain ones are merged: one stands for all, and every hit keeps its source. Doubtful ones wait for a person, whose
    word the program never overrules. Codes of a document that is merged away count no more: whose, and how to take it
    back, is said at once.
    """
    from coder.cli.matching import read_documents, record, say, search_duplicates, take_back
    from coder.cli.remerging import remerged, remerged_record
    from coder.cli.selection import merged
    from coder.errors import InputError

    chosen = [bool(one) for one in (decide, same, different, undo, history)]
    if sum(chosen) > 1 or (dry_run and any(chosen)) or (pair and not undo):
        raise InputError(
            "--decide, --same, --different, --undo, --history and --dry-run do not go together",
            "give one of them; --pair goes with --undo",
        )
    project = find_project(context)
    with project.store() as store:
        documents = read_documents(store)
        before = merged(store).kept.keys()
        name = coder_name or project.person
        if same or different:
            person = store.coder(name, "person")
            said = say(store, documents, same or different or (), "same" if same else "different", person)
            added = [said]
        elif undo:
            added = [take_back(store, documents, store.coder(name, "person"), pair or ())]
        elif history:
            _tell_history(store, documents, as_json)
            return
        else:
            added = search_duplicates(store, documents, keep=not dry_run)
            if decide:
                groups = merged(store)
                _tell(remerged(store, documents.names, before, groups))
                _decide(store, documents, store.coder(name, "person"), groups)
        groups = merged(store, added if dry_run else ())
        found = record(store, documents, groups, added, dry_run=dry_run)
        changed = remerged(store, documents.names, before, groups)
    if as_json:
        emit({**found, **remerged_record(changed)})
        return
    from rich.console import Console

    from coder.report.duplicates import duplicates_view

    Console(highlight=False).print(duplicates_view(found))
    if not decide:  # there each was told at once
        _tell(changed, dry_run=dry_run)


def _tell(changed: Remerged, *, dry_run: bool = False) -> None:
    """Whose codes count no more, or again, to standard error."""
    for line in changed.lines(dry_run=dry_run):
        click.echo(printable_line(line), err=True)


def _decide(store: Store, documents: Documents, person: Coder, groups: Groups) -> None:
    """Ask for each doubtful pair: s same, d different, enter skips, q ends. What was said is kept at once.

    Whose codes count no more by it is told at once too, while it is known what to take back.
    """
    from rich.console import Console

    from coder.cli.matching import say, shown
    from coder.cli.remerging import remerged
    from coder.cli.selection import merged
    from coder.report.duplicates import pair_view

    console, coders = Console(highlight=False, stderr=True), {one.id: one.name for one in store.coders()}
    skipped: set[str] = set()
    while waiting := [match for match in groups.doubtful if match.id not in skipped]:
        match = waiting[0]
        console.print(pair_view(shown(documents, match, coders)))
        click.echo(f"{len(waiting)} wait. Are they one? [s]ame, [d]ifferent, enter: skip, [q]uit: ", err=True, nl=False)
        line = sys.stdin.readline()
        answer = line.strip().casefold()
        if not line or answer in ("q", "quit"):
            click.echo("", err=True)
            return
        if answer in ("s", "same", "d", "different"):
            say(
                store,
                documents,
                (match.document_id, match.other_id),
                "same" if answer[0] == "s" else "different",
                person,
            )
            before, groups = groups.kept.keys(), merged(store)
            _tell(remerged(store, documents.names, before, groups))
        elif answer in ("", "skip"):
            skipped.add(match.id)
        else:
            click.echo("s, d, enter or q", err=True)


def _tell_history(store: Store, documents: Documents, as_json: bool) -> None:
    coders = {coder.id: coder.name for coder in store.coders()}
    rows: list[dict[str, Any]] = [
        {
            "at": match.created_at.isoformat(),
            "documents": [documents.name(match.document_id), documents.name(match.other_id)],
            "verdict": match.verdict,
            "by": coders[match.coder_id] if match.coder_id else "program",
            "grounds": match.grounds,
            "evidence": match.evidence,
        }
        for match in store.matches()
    ]
    if as_json:
        emit(rows)
        return
    for row in rows:
        pair = " and ".join(row["documents"])
        said = f"{row['at'][:19]}  {row['by']}: {pair}: {row['verdict']} ({row['grounds'] or 'no grounds given'})"
        click.echo(printable_line(said))
