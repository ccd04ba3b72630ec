"""Which host receives the texts, and who agreed: asked once for a project and a host, before anything is sent."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import click

from coder.cli import printable
from coder.cli.project import Project
from coder.errors import InputError
from coder.model.base import now
from coder.providers import Destination, destination
from coder.settings import ModelSettings, RunSettings

RECORD = "send-to.json"
"""Beside intercoder.toml: who agreed when that texts go to which host."""
SETTING = "[run] send_to"


@dataclass(frozen=True, slots=True)
class Agreement:
    """That texts may go to a host, and how it is known."""

    host: str
    by: str


def destination_of(model: ModelSettings) -> Destination | None:
    """Where the texts of a project with these settings go; None where they stay on this machine."""
    return destination(model.provider, model.base_url or None)


def agreement(project: Project, run: RunSettings, host: str) -> Agreement | None:
    """Who agreed that texts go to this host: the settings, or a person who was asked; None for nobody."""
    if host in {name.lower() for name in run.send_to}:
        return Agreement(host, f"{SETTING} in the settings")
    said = _recorded(project.folder / RECORD).get(host)
    return Agreement(host, f"{said['by']}, {said['at'][:10]}") if said else None


def agree_to_send(project: Project, model: ModelSettings, run: RunSettings) -> None:
    """Return once it is agreed that texts go where these settings send them; nothing is asked of what stays here.

    InputError where the answer is no, or where nobody can be asked.
    """
    to = destination_of(model)
    if to is None or agreement(project, run, to.host) is not None:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(
            f"the texts would go to {to.host}, and nobody agreed to that yet; nothing was sent",
            f'to agree, set {SETTING} = ["{to.host}"] in intercoder.toml (or INTERCODER_RUN_SEND_TO={to.host}), '
            "or run the command once in a terminal; the model 'local' sends nothing",
        )
    click.echo(_question(to), err=True)
    if not click.confirm(f"Send them to {to.host}?", err=True):
        raise InputError(f"nothing was sent to {to.host}", "the model 'local' reads the texts on this machine")
    _remember(project, to.host)


def _question(to: Destination) -> str:
    open_road = "" if to.encrypted else "\nThe connection is not encrypted (http): who sits on the way can read them."
    return printable(
        f"The full texts of this project's documents, and what is shown beside them, will go to {to.host}.{open_road}"
    )


def _recorded(path: Path) -> dict[str, dict[str, str]]:
    """What was agreed to, by host; InputError for a file that was broken."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {host: {"by": str(said["by"]), "at": str(said["at"])} for host, said in content.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError, KeyError) as error:
        raise InputError(f"{path}: cannot be read ({error})", "mend or delete it; you will be asked again") from error


def _remember(project: Project, host: str) -> None:
    """Keep the answer; one that cannot be kept still holds for this command."""
    from coder.export.atomic import write_atomically

    path = project.folder / RECORD
    known = _recorded(path) | {host: {"by": project.person, "at": now().isoformat(timespec="seconds")}}
    text = json.dumps(known, ensure_ascii=False, indent=2) + "\n"

    def write(handle: BinaryIO) -> None:
        handle.write(text.encode())

    try:
        write_atomically(path, write)
    except InputError as error:
        click.echo(printable(f"your answer is not kept: {error.message}"), err=True)
