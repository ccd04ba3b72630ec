"""intercoder purge: take texts and raw answers out of the store, and leave codes and hashes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from coder.cli import emit
from coder.cli.project import find_project
from coder.errors import InputError

if TYPE_CHECKING:
    from coder.store.purge import Purged


@click.command()
@click.option("--memos", is_flag=True, help="People's memos too, which may quote a text.")
@click.option("--addresses", is_flag=True, help="Only passwords and keys in addresses, which older versions stored.")
@click.option("--dry-run", is_flag=True, help="Only count what would be taken out.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(context: click.Context, memos: bool, addresses: bool, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Take the documents' texts, their context fields and the model's raw answers out of the store, for good.

    Codes, where their evidence stood, hashes, decisions and people's memos stay: eval, agreement, analyze and export
    go on working. What needs a text (code, adjudicate, sample --csv) then says that it was purged. Files that were
    imported or exported, backups, and the codebook's own examples are not touched.
    """
    if memos and addresses:
        raise InputError("--memos and --addresses do not go together", "run them one after the other")
    project = find_project(context)
    with project.store() as store:
        asked = store.purgeable(memos=memos, addresses_only=addresses) if dry_run or not yes else None
        if asked and not (dry_run or asked.nothing):
            _ask(asked)
        found = asked if asked and dry_run else store.purge(memos=memos, addresses_only=addresses, asked=asked)
    if as_json:
        emit({**found.counts, "purged": not dry_run})
        return
    if found.nothing:
        click.echo("nothing is left to take out", err=True)
        return
    click.echo(f"{'would take out' if dry_run else 'taken out'}: {_words(found)}", err=True)


def _ask(found: Purged) -> None:
    """Return where a person says yes; InputError where nobody can be asked, or the answer is no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError("nobody can be asked whether to purge; nothing was changed", "say so with --yes")
    click.echo(f"This takes out, and nothing brings back: {_words(found)}.", err=True)
    if not click.confirm("Purge?", err=True):
        raise InputError("nothing was purged", "")


def _words(found: Purged) -> str:
    parts = {
        f"{found.texts:,} texts ({found.characters:,} characters)": found.texts,
        f"{found.context_fields:,} context fields": found.context_fields,
        f"{found.raw_answers:,} raw answers": found.raw_answers,
        f"{found.reasons:,} reasons in a model's or an endpoint's words": found.reasons,
        f"{found.memos:,} memos": found.memos,
        f"{found.pages:,} pages as they were retrieved": found.pages,
        f"{found.results:,} results of searches": found.results,
        f"passwords or keys in {found.addresses:,} addresses": found.addresses,
    }
    return ", ".join(words for words, number in parts.items() if number)
