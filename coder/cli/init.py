"""intercoder init: start a project in a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from coder.codebook import load_codebook
from coder.errors import InputError
from coder.paths import data_dir
from coder.settings import FILE_NAME

FIGURES = "report.yaml"
"""Which figures a report has: travels with a codebook."""
TEMPLATE = """\
# Settings of this Intercoder project; docs/settings.md lists all of them.
# Keys never belong here: set INTERCODER_API_KEY (or OPENAI_API_KEY) in the environment.

codebook = "codebook.yaml"

[model]
provider = "local"          # local: the embedded model; openai: any OpenAI-compatible endpoint
# name = "gpt-5-mini"       # the model's name there
# base_url = "http://127.0.0.1:11434/v1"
temperature = 0.0

[store]
url = "intercoder.db"       # or postgresql://user@host/name

[coder]
# name = "ada"              # who codes by hand at this machine; default: your login name

[run]
# concurrency = 16          # most calls in flight; left out, the endpoint's limit is found by trying
# budget_usd = 5.0          # what a run may cost
"""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--codebook",
    "codebook_path",
    type=click.Path(path_type=Path),
    help="Your codebook (default: the one of the AI training study).",
)
def command(folder: Path, codebook_path: Path | None) -> None:
    """Start a project in DIR: settings, codebook and an empty store."""
    start_project(folder, codebook_path or shipped_codebook())
    click.echo(f"project started in {folder}: {FILE_NAME}, codebook.yaml, intercoder.db", err=True)
    click.echo(f"next: cd {folder} && intercoder import PATH", err=True)


def shipped_codebook() -> Path:
    """The codebook that travels with the program."""
    return data_dir("gold") / "radiology-ai-training" / "codebook.yaml"


def start_project(folder: Path, codebook: Path) -> None:
    """Write a project's files, its figures too where the codebook has some; InputError where one is there already."""
    from coder.store import Store

    load_codebook(codebook)
    for name in (FILE_NAME, "codebook.yaml", "intercoder.db"):
        if (folder / name).exists():
            raise InputError(f"{folder / name} is there already", "choose another folder, or work on with this project")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE_NAME).write_text(TEMPLATE, encoding="utf-8")
        shutil.copyfile(codebook, folder / "codebook.yaml")
        figures = codebook.with_name(FIGURES)
        if figures.is_file() and not (folder / FIGURES).exists():
            shutil.copyfile(figures, folder / FIGURES)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}", "choose a folder you may write to, with space left") from error
    Store.create(str(folder / "intercoder.db")).close()
