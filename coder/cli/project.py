"""Open a project: its settings, codebook and store."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coder.codebook import load_codebook
from coder.errors import InputError
from coder.model import Codebook, Coding, Gold, Run
from coder.settings import FILE_NAME, Settings, load_settings

if TYPE_CHECKING:
    from coder.store import Store


SETTLED_RULE = "settled on the desk"
"""The rule of a gold set's version that holds what was settled; figures take the newest version without it."""


@dataclass(frozen=True)
class Project:
    """A folder with intercoder.toml, and what it names."""

    folder: Path
    settings: Settings

    @property
    def codebook_path(self) -> Path:
        """The codebook's file."""
        return self.folder / self.settings.codebook

    def codebook(self) -> Codebook:
        """The codebook as it is on disk now."""
        return load_codebook(self.codebook_path)

    @property
    def store_url(self) -> str:
        """The store's URL, a SQLite path taken from the project's folder."""
        url = self.settings.store.url
        return url if "://" in url else str(self.folder / url)

    def store(self) -> Store:
        """The open store; StoreError where there is none."""
        from coder.store import Store

        return Store.open(self.store_url)

    @property
    def done(self) -> str:
        """What becomes of a document that the model answers for, as a sentence has it."""
        return "coded"

    @property
    def person(self) -> str:
        """The name of the coder at this machine."""
        return self.settings.coder.name or getpass.getuser()


def find_project(context: click.Context) -> Project:
    """The project that --project names; InputError where there is none."""
    folder = Path(context.obj["project"])
    if not (folder / FILE_NAME).is_file():
        raise InputError(
            f"{folder.resolve()}: no {FILE_NAME} here", "go to a project's folder, or start one: intercoder init DIR"
        )
    return Project(folder, load_settings(folder))


def pick_run(store: Store, run_id: str | None, coded_with: str | None = None) -> Run:
    """The run with this id (or its beginning), else the newest."""
    runs = [run for run in store.runs() if coded_with is None or run.codebook_hash == coded_with]
    if not runs:
        what = "no run with this codebook yet" if coded_with and store.runs() else "no run yet"
        raise InputError(what, "code the documents first: intercoder code")
    if run_id is None:
        return runs[-1]
    found = [run for run in runs if run.id.startswith(run_id.upper()) or run.id.endswith(run_id.upper())]
    if len(found) != 1:
        known = ", ".join(run.id for run in runs[-5:])
        raise InputError(f"--run {run_id}: {'no' if not found else 'more than one'} such run", f"known runs: {known}")
    return found[0]


def all_gold(store: Store) -> list[Coding]:
    """The codings of every gold set, the set taken in last at the end: examples may stand in an older one."""
    return [
        coding for gold in sorted(store.golds(), key=lambda gold: gold.id) for coding in store.codings(gold_id=gold.id)
    ]


def pick_gold(store: Store, name: str | None) -> Gold | None:
    """The newest version of the named gold set; without a name the newest set; None where there is none.

    A version of what was settled is passed over, unless the set has no other: nothing that was reported changes by it.
    """
    golds = store.golds()
    if name is not None and name not in {gold.name for gold in golds}:
        known = ", ".join(dict.fromkeys(gold.name for gold in golds)) or "none"
        raise InputError(f"--gold {name}: no such gold set", f"known: {known}; take one in with intercoder gold import")
    if name is None:
        return max(coded_blind(golds) or golds, key=lambda gold: gold.id, default=None)
    named = [gold for gold in golds if gold.name == name]
    return max(coded_blind(named) or named, key=lambda gold: gold.version)


def coded_blind(golds: Iterable[Gold]) -> list[Gold]:
    """Gold sets without the versions that hold what was settled."""
    return [gold for gold in golds if gold.rule != SETTLED_RULE]


def gold_kind(store: Store, codings: list[Coding]) -> str:
    """The kinds of the coders of these codings, joined: person, constructed, ..."""
    kinds = {coder.id: coder.kind for coder in store.coders()}
    return ", ".join(sorted({kinds[coding.coder_id] for coding in codings}))
