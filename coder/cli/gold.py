"""intercoder gold: human codings to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from coder.cli import emit, printable
from coder.cli.project import find_project
from coder.errors import InputError
from coder.model import Codebook, Coding, Gold, GoldItem, Split

if TYPE_CHECKING:
    from coder.adjudicate.queueing import Cell
    from coder.gold import GoldImport
    from coder.store import Store


@click.group()
def command() -> None:
    """Human codings to compare with."""


@command.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--coder", help="Who coded, where the file has no column 'coder'.")
@click.option(
    "--name", default="gold", show_default=True, help="What the gold set is called; again makes a new version."
)
@click.option(
    "--kind",
    type=click.Choice(["person", "consensus", "constructed"]),
    default="person",
    show_default=True,
    help="consensus: people who settled; constructed: codes fixed before the texts were written.",
)
@click.option("--separator", default=";", show_default=True, help="Between several codes in one cell.")
@click.option("--sheet", help="XLSX: the sheet to read (default: the first; of our own export: codings).")
@click.option("--empty-is-absent", is_flag=True, help="Wide tables: an empty cell says that the text does not say.")
@click.option("--skip-unknown", is_flag=True, help="Leave out what cannot be read; each is listed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def import_(
    context: click.Context,
    path: Path,
    coder: str | None,
    name: str,
    kind: Literal["person", "consensus", "constructed"],
    separator: str,
    sheet: str | None,
    empty_is_absent: bool,
    skip_unknown: bool,
    as_json: bool,
) -> None:
    """Take codings in from a wide or long CSV or XLSX table, JSONL, REFI-QDA (.qdpx) or Label Studio (.json).

    Wide: one row a document, one column a dimension. Long: document, dimension, code, and coder where there are
    several. Codes are category ids or labels. Unknown codes are listed with their rows, and nothing is stored.
    """
    from coder.gold import read_codings

    project = find_project(context)
    with project.store() as store:
        found = read_codings(
            path,
            project.codebook(),
            {document.name: (document, version) for document, version in store.current_versions()},
            coder=coder or ("" if kind == "person" else kind) or None,
            kind=kind,
            separator=separator,
            empty_is_absent=empty_is_absent,
            sheet=sheet,
        )
        if found.problems and not skip_unknown:
            raise InputError(found.error().message, "mend the file, or leave these codings out with --skip-unknown")
        golds = store_gold(store, project.codebook(), found, name)
    counts = {gold.name: len(found.codings_by_coder[who]) for who, gold in golds.items()}
    if as_json:
        emit(
            {
                "gold": [{"name": gold.name, "version": gold.version, "coder": coder} for coder, gold in golds.items()],
                "codings": counts,
                "left_out": [str(problem) for problem in found.problems],
                "notes": list(found.notes),
            }
        )
        return
    for note in (*found.notes, *(f"left out: {problem}" for problem in found.problems)):
        click.echo(printable(note), err=True)
    for coder_name, gold in golds.items():
        click.echo(f"gold '{gold.name}' version {gold.version}: {counts[gold.name]} codings by {coder_name}", err=True)


@command.command()
@click.argument("documents", nargs=-1)
@click.option(
    "--pick",
    type=click.IntRange(1, 100),
    help="Instead of naming them: up to so many short documents with gold, their codes as varied as can be.",
)
@click.pass_context
def examples(context: click.Context, documents: tuple[str, ...], pick: int | None) -> None:
    """Let the gold answers of these documents be shown to the model; they leave every n for good.

    Choose them before you draw a random sample: documents picked by their codes are missing from one drawn before.
    """
    if bool(documents) == (pick is not None):
        raise InputError("name documents, or let some be picked", "intercoder gold examples --pick 12")
    project = find_project(context)
    with project.store() as store:
        known = {document.name: document for document in store.documents()}
        if pick is not None:
            documents = _picked(store, project.codebook(), pick)
        if missing := [name for name in documents if name not in known]:
            raise InputError(f"no document '{missing[0]}'", "name documents as 'intercoder export' lists them")
        placed = store.splits()
        for name in documents:
            split = placed.get(known[name].id)
            if split is not None and split.split != "examples":
                raise InputError(f"'{name}' is in the split '{split.split}' already", "a document stays where it is")
        store.add_splits(
            Split(document_id=known[name].id, split="examples", cluster=name, scheme="by hand") for name in documents
        )
    names = f" ({', '.join(documents)})" if pick is not None else ""
    click.echo(f"{len(documents)} documents may be shown as examples{names}", err=True)


def _picked(store: Store, codebook: Codebook, count: int) -> tuple[str, ...]:
    """The names of documents with whole gold, in no split yet, that would make good examples."""
    from coder.cli.project import all_gold
    from coder.run.examples import most_varied_documents

    gold = all_gold(store)
    if not gold:
        raise InputError("there is no gold to pick from", "take some in: intercoder gold import FILE --coder NAME")
    placed = store.splits()
    free = [(document, version) for document, version in store.current_versions() if document.id not in placed]
    picked = most_varied_documents(codebook, free, gold, count)
    if not picked:
        raise InputError(
            "gold has no document outside the splits whose every dimension is coded by this codebook",
            "code a few documents whole, and take them in",
        )
    return tuple(picked)


@command.command()
@click.option("--coder", "coders", multiple=True, help="Whose codings (again for several; default: everyone's).")
@click.option("--settled", is_flag=True, help="A new version of a gold set, with what was settled on the desk.")
@click.option(
    "--name",
    help="What the gold set is called; again makes a new version (default: desk; with --settled the newest set).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def make(context: click.Context, coders: tuple[str, ...], settled: bool, name: str | None, as_json: bool) -> None:
    """Make gold sets, one a coder, of what people coded from scratch ('adjudicate --task code').

    With --settled a new version of a set instead: its codes as they were, those settled on the desk in their place.
    'eval' goes on with the version before, so that no figure changes.
    """
    if settled and coders:
        raise InputError("--coder does not go with --settled", "what was settled stands, whoever settled it")
    project = find_project(context)
    with project.store() as store:
        codebook = project.codebook()
        made = [_made_of_settled(store, codebook, name)] if settled else _made_by_coder(store, codebook, coders, name)
    if as_json:
        emit({"gold": made})
        return
    for one in made:
        by = f"{one['changed']} of them as settled" if settled else f"by {one['coder']}"
        click.echo(f"gold '{one['name']}' version {one['version']}: {one['codings']} codings, {by}", err=True)


def _made_by_coder(store: Store, codebook: Codebook, coders: tuple[str, ...], name: str | None) -> list[dict[str, Any]]:
    from coder.cli.reference import coded_first

    codebook_hash = store.save_codebook(codebook)
    names = {coder.id: coder.name for coder in store.coders()}
    found: dict[str, list[str]] = {}
    for coding in coded_first(store):
        if coding.codebook_hash == codebook_hash and (not coders or names[coding.coder_id] in coders):
            found.setdefault(names[coding.coder_id], []).append(coding.id)
    if missing := [who for who in coders if who not in found]:
        raise InputError(f"'{missing[0]}' coded nothing from scratch with this codebook", "see: intercoder status")
    if not found:
        raise InputError("nobody coded anything from scratch yet", "code: intercoder adjudicate --task code")
    made = []
    for who, ids in found.items():
        called = (name or "desk") if len(found) == 1 else f"{name or 'desk'}:{who}"
        gold = Gold(
            name=called,
            version=_next_version(store, called),
            codebook_hash=codebook_hash,
            rule="coded blind on the desk",
        )
        store.add_gold(gold, [GoldItem(coding_id=coding_id) for coding_id in ids])
        made.append({"name": called, "version": gold.version, "coder": who, "codings": len(ids)})
    return made


def _made_of_settled(store: Store, codebook: Codebook, name: str | None) -> dict[str, Any]:
    """A version of the set as it was coded blind, with every settlement that stands and nobody contradicts."""
    from coder.cli.project import SETTLED_RULE, pick_gold
    from coder.cli.reference import other_codebook

    codebook_hash = store.save_codebook(codebook)
    base = pick_gold(store, name)
    if base is None:
        raise InputError(
            "no gold yet to make a new version of", "take some in: intercoder gold import FILE --coder NAME"
        )
    if base.codebook_hash != codebook_hash:
        raise other_codebook(f"gold {base.name}", base.codebook_hash, codebook)
    settled = _settled(store, codebook_hash)
    blind = {coding.id: coding for coding in store.codings(gold_id=base.id)}
    # What was settled as the gold had it keeps the gold's own coding, which has the evidence.
    kept = [item for item in store.gold_items(base.id) if _stands(blind[item.coding_id], settled)]
    same = {_cell(blind[item.coding_id]) for item in kept}
    changed = [GoldItem(coding_id=coding.id) for cell, coding in settled.items() if cell not in same]
    items = [*kept, *changed]
    newest = store.gold(base.name)
    if {item.coding_id for item in items} == {one.coding_id for one in store.gold_items(newest.id)}:
        raise InputError(
            f"nothing is settled otherwise than gold '{base.name}' version {newest.version} has it",
            "settle what is queued: intercoder adjudicate",
        )
    gold = Gold(name=base.name, version=newest.version + 1, codebook_hash=codebook_hash, rule=SETTLED_RULE)
    store.add_gold(gold, items)
    return {
        "name": gold.name,
        "version": gold.version,
        "from_version": base.version,
        "codings": len(items),
        "changed": len(changed),
    }


def _stands(coding: Coding, settled: Mapping[Cell, Coding]) -> bool:
    final = settled.get(_cell(coding))
    return final is None or (coding.status is final.status and set(coding.codes) == set(final.codes))


def _cell(coding: Coding) -> Cell:
    return coding.version_id, coding.dimension_id


def _settled(store: Store, codebook_hash: str) -> dict[Cell, Coding]:
    """What stands as settled with this codebook and is not contested, by cell."""
    from coder.adjudicate.log import conflicting, settlements
    from coder.cli.second import decided_codings

    shared = [item for item in store.queue_items() if item.coder_id is None]
    found = settlements(shared, store.decisions(), decided_codings(store))
    return {
        cell: given[-1]
        for cell, given in found.items()
        if not conflicting(given) and given[-1].codebook_hash == codebook_hash
    }


def _next_version(store: Store, name: str) -> int:
    return 1 + max((gold.version for gold in store.golds() if gold.name == name), default=0)


def store_gold(store: Store, codebook: Codebook, found: GoldImport, name: str) -> dict[str, Gold]:
    """Keep imported codings as gold, a set for each coder: `name`, or `name:coder` where there are several."""
    codebook_hash = store.save_codebook(codebook)
    coders = {who: store.coder(who, found.kinds[who]).id for who in found.codings_by_coder}
    credited = found.credited(coders)
    golds: dict[str, Gold] = {}
    for who, codings in credited.codings_by_coder.items():
        called = name if len(coders) == 1 else f"{name}:{who}"
        gold = Gold(name=called, version=_next_version(store, called), codebook_hash=codebook_hash)
        store.add_codings(codings)
        store.add_gold(gold, credited.gold_items(who))
        golds[who] = gold
    store.add_inclusions(credited.inclusions)
    return golds
