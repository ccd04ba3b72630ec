"""intercoder report: one HTML file that opens anywhere, from what the project's store holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from coder.cli import emit, printable
from coder.cli.init import FIGURES
from coder.cli.project import Project, find_project
from coder.errors import InputError

if TYPE_CHECKING:
    from coder.model import Codebook
    from coder.report.html.blocks import Report
    from coder.report.html.facts import Facts, Reported
    from coder.report.html.plan import Plan
    from coder.store import Store

FILE = click.Path(path_type=Path, dir_okay=False)
CODES = "Which codes frequencies speak of (default: resolved ones where there is a run, else gold's)."
REVIEW = "Instead: a copy for experts, who judge each pattern in it."
REVIEW_IN = "Instead: take an expert's answers in as memos, under the name --coder gives."


@dataclass(frozen=True)
class _Wanted:
    """Files to write beside the report."""

    assets: Path | None
    audit: Path | None
    texts: bool


@click.command()
@click.argument("path", type=FILE, default=Path("report.html"), metavar="[FILE]")
@click.option("--run", "run_id", help="The run to report (default: the newest with this codebook).")
@click.option("--gold", "gold_name", help="The reference (default: the newest set); see 'eval --gold'.")
@click.option("--codes", type=click.Choice(["resolved", "gold"]), help=CODES)
@click.option("--figures", type=FILE, metavar="YAML", help=f"Which figures (default: {FIGURES} beside the codebook).")
@click.option("--compare", type=FILE, metavar="YAML", help="Beside published figures, with intervals.")
@click.option("--cluster", metavar="VARIABLE", help="Agreement: resample documents of one source together.")
@click.option(
    "--assets",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Also each figure as SVG and PNG, each table as CSV.",
)
@click.option("--audit", type=FILE, metavar="ZIP", help="Also all it rests on, with hashes; see 'verify'.")
@click.option("--texts", is_flag=True, help="With --audit: the documents' texts too, and the abstracts found.")
@click.option("--review", type=FILE, metavar="HTML", help=REVIEW)
@click.option("--review-in", type=FILE, metavar="JSON", help=REVIEW_IN)
@click.option("--coder", help="With --review-in: who answered (default: the name in the file).")
@click.option("--seed", type=int, default=20210215, show_default=True, help="Of the bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="Print every table as JSON to standard output too.")
@click.pass_context
def command(
    context: click.Context,
    path: Path,
    run_id: str | None,
    gold_name: str | None,
    codes: Reported | None,
    figures: Path | None,
    compare: Path | None,
    cluster: str | None,
    assets: Path | None,
    audit: Path | None,
    texts: bool,
    review: Path | None,
    review_in: Path | None,
    coder: str | None,
    seed: int,
    as_json: bool,
) -> None:
    """Write the report to FILE (default: report.html): one HTML file that needs no network.

    What was coded, by whom, with which codebook; agreement, frequencies, figures, methods, checklists, limits.
    """
    if coder and review_in is None:
        raise InputError("--coder goes with --review-in", "the report names all coders by itself")
    if texts and audit is None:
        raise InputError("--texts goes with --audit", "name the bundle: --audit FILE.zip")
    _check_endings(path, review, audit)
    if review is not None and (audit or assets or compare):
        raise InputError("--review writes a copy for experts and nothing else", "write the report in a call of its own")
    project = find_project(context)
    codebook = project.codebook()
    if review_in is not None:
        _take_in(project, codebook, review_in, coder)
        return
    from coder.cli.reporting import Asked, gather
    from coder.report.html.build import build
    from coder.report.html.published import load_published

    plan = _plan(project, codebook, figures)
    published = load_published(compare) if compare else None
    crosses = tuple((one.dimension, one.by) for one in plan.figures if one.by) if plan else ()
    with project.store() as store:
        facts = gather(store, project, Asked(run_id, gold_name, codes, cluster, crosses), seed)
        if review is not None:
            _write_review(review, facts, plan)
            return
        report = build(facts, plan, published)
        _write(path, report, store, project, facts, _Wanted(assets, audit, texts))
    if as_json:
        emit(_record(path, report))


def _write(path: Path, report: Report, store: Store, project: Project, facts: Facts, wanted: _Wanted) -> None:
    from coder.export.atomic import write_atomically
    from coder.report.html.page import page

    text = page(report).encode()
    write_atomically(path, partial(_put, text))
    _say(f"{path}: {len(report.tables)} tables, {len(report.pictures)} figures, {len(text) / 1e6:.1f} MB")
    if wanted.assets is not None:
        from coder.cli.assets import write_assets

        _say(f"{wanted.assets}: {write_assets(wanted.assets, report)} files")
    if wanted.audit is not None:
        from coder.cli.bundling import write_bundle

        about = {
            "program": facts.program,
            "written": facts.stated,
            "codebook": facts.codebook.hash(),
            "run": facts.run.run.id if facts.run else None,
            "gold": facts.gold.name if facts.gold else None,
        }
        digest: list[str] = []

        def bundle(handle: BinaryIO) -> None:
            digest.append(write_bundle(handle, store, project, report, text, about, texts=wanted.texts))

        write_atomically(wanted.audit, bundle)
        _say(f"{wanted.audit}: the audit bundle; SHA-256 of its manifest: {digest[-1]}")


def _record(path: Path, report: Report) -> dict[str, Any]:
    """The keys of `report --json`."""
    return {
        "file": str(path),
        "title": report.title,
        "figures": [{"id": one.id, "title": one.title, "alt": one.alt} for one in report.pictures],
        "tables": [
            {
                "id": one.id,
                "title": one.title,
                "headings": one.headings,
                "rows": one.values,
                "notes": list(one.notes),
                "from": one.trace,
            }
            for one in report.tables
        ],
    }


def _check_endings(path: Path, review: Path | None, audit: Path | None) -> None:
    """A slip must not write a page over a codebook."""
    for name, given, endings in (
        ("FILE", path, (".html", ".htm")),
        ("--review", review, (".html", ".htm")),
        ("--audit", audit, (".zip",)),
    ):
        if given is not None and given.suffix.lower() not in endings:
            raise InputError(f"{name} {given}: the name must end in {endings[0]}", "choose such a name")


def _put(content: bytes, handle: BinaryIO) -> None:
    handle.write(content)


def _say(line: str) -> None:
    click.echo(printable(line), err=True)


def _write_review(path: Path, facts: Facts, plan: Plan | None) -> None:
    from coder.cli.reviewing import report_name
    from coder.export.atomic import write_atomically
    from coder.report.html.blocks import Pattern
    from coder.report.html.build import build
    from coder.report.html.page import page

    report = build(facts, plan, review=True)
    name = report_name(facts.codebook, facts.run.run.id if facts.run else "", facts.gold.name if facts.gold else "")
    count = sum(isinstance(block, Pattern) for section in report.sections for block in section.blocks)
    write_atomically(path, partial(_put, page(report, review=name).encode()))
    _say(f"{path}: a review copy with {count} patterns; experts open it in any browser and send back the file it saves")


def _take_in(project: Project, codebook: Codebook, path: Path, expert: str | None) -> None:
    from coder.cli.reviewing import take_in_review

    with project.store() as store:
        name, new, known, note = take_in_review(store, codebook, path, expert)
    again = f", {known} known already" if known else ""
    _say(f"{name}: {new} answers taken in as memos{again}" + (f"; {note}" if note else ""))


def _plan(project: Project, codebook: Codebook, named: Path | None) -> Plan | None:
    """The figures asked for, else those that lie beside the codebook, else one a dimension."""
    from coder.report.html.plan import default_plan, load_plan

    beside = project.codebook_path.with_name(FIGURES)
    if named is not None and not named.is_file():
        raise InputError(f"--figures {named}: no such file", "docs/report.md shows what it holds")
    found = named or (beside if beside.is_file() else None)
    return load_plan(found, codebook) if found else default_plan(codebook)
