"""intercoder status: where the project stands, and what to do next."""

from __future__ import annotations

import click

from coder.cli import emit, printable
from coder.cli.carrying import coded_versions, lineage, lineage_words
from coder.cli.limiting import host_of, priced, quote_of
from coder.cli.project import find_project
from coder.cli.second import queued_cells
from coder.cli.selection import left_out


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Documents, codebook, runs, gold and queue of the project, and the next command."""
    project = find_project(context)
    codebook = project.codebook()
    with project.store() as store:
        left = left_out(store, codebook)
        kept = set(store.document_ids()) - left.documents.keys()
        runs = store.runs()
        newest = runs[-1] if runs else None
        texts = [version for document, version in store.newest_versions().items() if document in kept]
        coded = len(coded_versions(store, newest).intersection(texts)) if newest else 0
        cost = store.summary(newest.id).cost_usd if newest else 0.0
        origins = lineage(store, newest) if newest else []
        golds = store.golds()
        asked = next((run.id for run in reversed(runs) if run.codebook_hash == codebook.hash()), None)
        items = queued_cells(store, codebook, asked, left)
    waiting = sum(not state.done for state in items)
    facts = {
        "documents": len(kept),
        "merged": left.count("merged"),
        "excluded": left.count("excluded"),
        "codebook": f"{codebook.name} {codebook.version}",
        "codebook_hash": codebook.hash(),
        "runs": len(runs),
        "coded": coded,
        "not_coded": len(kept) - coded,
        "cost_usd": cost,
        "prices": priced(quote_of(project, project.settings, host_of(project.settings))),
        "lineage": origins,
        "gold": [f"{gold.name} {gold.version}" for gold in golds],
        "queued": len(items),
        "waiting": waiting,
        "next": _next(len(kept), coded, bool(golds), len(items), waiting),
    }
    if as_json:
        emit(facts)
        return
    facts["lineage"] = lineage_words(newest, origins) if newest else []
    for name, value in facts.items():
        if name in ("lineage", "merged", "excluded") and not value:
            continue
        shown = ", ".join(value) or "none" if isinstance(value, list) else "unknown" if value is None else value
        click.echo(f"{name.replace('_', ' '):>14}  {_one_line(str(shown))}")


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())


def _next(documents: int, coded: int, gold: bool, queued: int, waiting: int) -> str:
    steps = (
        (not documents, "intercoder import PATH"),
        (coded < documents, "intercoder code"),
        (not gold, "intercoder gold import FILE --coder NAME"),
        (not queued, "intercoder eval, then intercoder queue"),
        (waiting > 0, "intercoder adjudicate"),
    )
    return next((step for holds, step in steps if holds), "intercoder export codes.xlsx")
