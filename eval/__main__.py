"""`python -m eval`: run coders on data sets that people coded, and replay the figures from recorded answers."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import get_args

import click

from coder.cli import printable, show_error
from coder.errors import CoderError
from eval import asreview, screened, screening, screening_table, speed, steering, steering_table
from eval.answers import AnswerLine
from eval.coders import CODERS, get_coder
from eval.conformance.runner import report
from eval.datasets import SHIPPED, DataSet, Half, load
from eval.endurance import SCENES, record
from eval.hostile import answers_file, ask, load_hostile
from eval.ledger import read_json
from eval.pictures import draw
from eval.runs import HOME, Wanted, answers_path, keep, keep_comparison, replay, run
from eval.score import Figures
from eval.table import update

SCREENERS = ("screen", "screen-undrilled", "screen-together", "screen-together-cited")
FILE = click.Path(path_type=Path, dir_okay=False)
HALF = click.Choice(get_args(Half))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=HOME,
    help="Where README.md, results/ and answers/ are (default: the folder eval of the checkout).",
)
@click.pass_context
def group(context: click.Context, home: Path) -> None:
    """Does a coder agree with people, and at what cost?

    DATASET is a folder with a dataset.yaml, or `gold` for the shipped one.
    """
    context.obj = home


@group.command("run")
@click.argument("dataset")
@click.option("--coder", "name", required=True, help="Which coder; see `python -m eval list`.")
@click.option("--half", type=HALF, default="dev", show_default=True, help="The test half is for reporting only.")
@click.option("--limit", type=click.IntRange(1), help="The first so many items of the half, in the seeded order.")
@click.option("--seed", type=int, default=2021, show_default=True, help="Of the halves and the order.")
@click.option("--examples", type=click.IntRange(0), help="Worked examples to show (default: the coder's own number).")
@click.option("--model", default="", help="An embedded model, a GGUF file, or the endpoint's name for its model.")
@click.option("--base-url", default="", help="An OpenAI-compatible endpoint instead of the embedded model.")
@click.option("--answers", type=FILE, help="The file of recorded answers; an earlier run in it goes on.")
@click.pass_obj
def run_(
    home: Path,
    dataset: str,
    name: str,
    half: Half,
    limit: int | None,
    seed: int,
    examples: int | None,
    model: str,
    base_url: str,
    answers: Path | None,
) -> None:
    """Ask what is not recorded yet, then score it and renew the table."""
    data, coder = _load(dataset), get_coder(name)
    path = answers_path(data, half, name, answers, home)
    click.echo(f"answers: {path}", err=True)
    asyncio.run(run(data, coder, Wanted(half, limit, seed, examples, model, base_url), path, _tell))
    _show(keep(replay(data, path), path, home))


@group.command("score")
@click.argument("dataset")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.pass_obj
def score_(home: Path, dataset: str, files: tuple[Path, ...]) -> None:
    """Compute every figure again from recorded answers; asks no model."""
    data = _load(dataset)
    for path in files:
        _show(keep(replay(data, path), path, home))


@group.command("compare")
@click.argument("dataset")
@click.argument("first", type=FILE)
@click.argument("second", type=FILE)
@click.pass_obj
def compare_(home: Path, dataset: str, first: Path, second: Path) -> None:
    """How much higher the FIRST file's mean is than the SECOND's, on the same items."""
    data = _load(dataset)
    path = keep_comparison(replay(data, first), replay(data, second), (first, second), home)
    figures = read_json(path)["figures"]
    click.echo(f"{path}: {figures['items']} items, difference {_interval(figures['mean'])}")


@group.command("hostile")
@click.option("--coder", "name", default="shown", show_default=True, help="Which coder; see `python -m eval list`.")
@click.option("--limit", type=click.IntRange(1), help="The first so many texts; the first ones are of all kinds.")
@click.option("--model", default="", help="An embedded model, a GGUF file, or the endpoint's name for its model.")
@click.option("--base-url", default="", help="An OpenAI-compatible endpoint instead of the embedded model.")
@click.option("--answers", type=FILE, help="The file of recorded answers; an earlier run in it goes on.")
@click.option("--replay", "recorded", is_flag=True, help="Ask no model: compute the figures again.")
@click.pass_obj
def hostile_(
    home: Path, name: str, limit: int | None, model: str, base_url: str, answers: Path | None, recorded: bool
) -> None:
    """Code texts that try to steer the model, and their twins; say what the attacks changed."""
    hostile, coder = load_hostile(), get_coder(name)
    path = answers_file(name, model, answers, home)
    click.echo(f"answers: {path}", err=True)
    if not recorded:
        asyncio.run(ask(hostile, coder, Wanted(limit=limit, model=model, base_url=base_url), path, _tell))
    record = steering.replay(hostile, path)
    kept = steering.keep(record, path, home)
    steering_table.update(home / "README.md", kept.parent)
    click.echo(printable(f"{kept}: {steering_table.summary(record)}"))


@group.command("screening")
@click.argument("dataset")
@click.option("--coder", "name", default="screen", show_default=True, type=click.Choice(SCREENERS))
@click.option("--limit", type=click.IntRange(1), help="The first so many texts; a random sample of either side.")
@click.option("--seed", type=int, default=2021, show_default=True, help="Of the order.")
@click.option("--model", default="", help="An embedded model, a GGUF file, or the endpoint's name for its model.")
@click.option("--base-url", default="", help="An OpenAI-compatible endpoint instead of the embedded model.")
@click.option("--answers", type=FILE, help="The file of recorded answers; an earlier run in it goes on.")
@click.option("--replay", "recorded", is_flag=True, help="Ask no model: compute the figures again.")
@click.pass_obj
def screening_(
    home: Path,
    dataset: str,
    name: str,
    limit: int | None,
    seed: int,
    model: str,
    base_url: str,
    answers: Path | None,
    recorded: bool,
) -> None:
    """Ask each criterion of a screening set; recall, work saved, and the ranking by probability.

    DATASET is a folder whose codebook has criteria alone, or `gold` for the shipped texts that fail one each.
    """
    screening_set = screening.load_screening(dataset)
    for note in screening_set.data.notes:
        click.echo(printable(note), err=True)
    path = screening.answers_file(screening_set, name, answers, home)
    click.echo(f"answers: {path}", err=True)
    if not recorded:
        wanted = Wanted(limit=limit, seed=seed, model=model, base_url=base_url)
        asyncio.run(screening.ask(screening_set, get_coder(name), wanted, path, _tell))
    record = screened.replay(screening_set, path, limit)
    kept = screened.keep(record, path, home)
    screening_table.update(home / "README.md", kept.parent)
    for line in screening_table.summary(record):
        click.echo(printable(f"{kept.name}: {line}"))


@group.command("asreview")
@click.argument("dataset")
@click.option("--runs", type=click.IntRange(1), default=10, show_default=True, help="One a seed, from 1 on.")
@click.pass_obj
def asreview_(home: Path, dataset: str, runs: int) -> None:
    """ASReview's simulation on a screening set, on the same measures (INTERCODER_EVAL_ASREVIEW names the program)."""
    path = asreview.simulate(screening.load_screening(dataset), range(1, runs + 1), home)
    screening_table.update(home / "README.md", path.parent)
    click.echo(f"{path.name}: work saved at 95 % recall {read_json(path)['figures']['wss_95']}")


@group.command("table")
@click.pass_obj
def table_(home: Path) -> None:
    """Make the tables in README.md again from the result files, and the picture of calibration."""
    update(home / "README.md", home / "results")
    draw(home / "results")
    steering_table.update(home / "README.md", home / "results")
    screening_table.update(home / "README.md", home / "results")


@group.command("conformance")
@click.argument("cases", type=click.Path(path_type=Path))
@click.pass_context
def conformance_(context: click.Context, cases: Path) -> None:
    """Published values against the library's, for a JSON file of CASES; 1 where one differs, 2 without cases."""
    context.exit(report(cases))


@group.command("speed")
@click.option(
    "--at", "loads", multiple=True, help="DOCUMENTS/CONCURRENCY, may be repeated (default: 1000/50 10000/200)."
)
@click.option(
    "--client", "clients", multiple=True, type=click.Choice(speed.ALL), help="Only these (default: all installed)."
)
@click.pass_obj
def speed_(home: Path, loads: tuple[str, ...], clients: tuple[str, ...]) -> None:
    """Time over ideal, CPU and memory of a run, beside other clients; results/bench-speed.json keeps them."""
    rows = []
    for row in speed.measure(
        clients or speed.installed(), [_load_of(one) for one in loads or ("1000/50", "10000/200")]
    ):
        rows.append(row)
        click.echo(f"{row.client}, {row.documents} / {row.concurrency}: {row.ratio}", err=True)
        speed.record(home / "results" / "bench-speed.json", [row])
    click.echo(speed.table(rows))


def _load_of(words: str) -> speed.Load:
    documents, _, concurrency = words.partition("/")
    if not (documents.isdigit() and concurrency.isdigit() and int(documents) and int(concurrency)):
        raise click.BadParameter(f"'{words}' is not DOCUMENTS/CONCURRENCY, such as 1000/50")
    return speed.Load(int(documents), int(concurrency))


@group.command("endurance")
@click.argument("scenes", nargs=-1, type=click.Choice(list(SCENES)))
@click.option(
    "--seconds", type=click.FloatRange(10), default=60.0, show_default=True, help="How long the outage scene is."
)
@click.pass_context
def endurance_(context: click.Context, scenes: tuple[str, ...], seconds: float) -> None:
    """What a run survives: faults, kill -9, an endpoint that goes away; all SCENES (minutes), or those named."""
    broken: list[str] = []
    for name in scenes or SCENES:
        path, found = record(name, context.obj, seconds)
        click.echo(f"{path}: {'; '.join(found) or 'all holds'}")
        broken += found
    context.exit(1 if broken else 0)


@group.command("list")
def list_() -> None:
    """The coders there are."""
    for name in CODERS:
        click.echo(f"{name}  {dict(get_coder(name).shape)}")


def _load(dataset: str) -> DataSet:
    data = load(SHIPPED if dataset == "gold" else Path(dataset))
    for note in data.notes:
        click.echo(printable(note), err=True)
    return data


def _tell(line: AnswerLine) -> None:
    words = f"{line.item} {line.part} {line.status} {line.milliseconds / 1000:.1f} s {line.error}"
    click.echo(printable(words).rstrip(), err=True)


def _show(path: Path) -> None:
    figures = read_json(path)["figures"]
    click.echo(f"{path}: {figures['items']} items, mean {_interval(figures['mean'])}")


def _interval(figures: Figures) -> str:
    if figures["value"] is None or figures["low"] is None:
        return f"{figures['value']} ({figures['reason']})"
    return f"{figures['value']:.3f} [{figures['low']:.3f}, {figures['high']:.3f}]"


def main() -> None:
    """Errors that the user can mend are one line and a remedy, as the program's."""
    try:
        code = group.main(prog_name="python -m eval", standalone_mode=False)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.ClickException as error:
        error.show(file=sys.stderr)
        code = 1
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; what was answered is recorded: run the same again to go on", err=True)
        code = 130
    except CoderError as error:
        show_error(error)
        code = error.exit_code
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
