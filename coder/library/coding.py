"""Code texts with a model from a program or a notebook, by the same road as `intercoder code`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import pandas as pd

from coder.cli.coding import code_project
from coder.cli.project import Project
from coder.cli.sending import destination_of
from coder.documents import ReadDocument, plan_import
from coder.errors import InputError
from coder.library.codebook import as_codebook
from coder.library.frames import Documents, Held, codings_frame, read_frame
from coder.model import Codebook
from coder.run.codings import latest
from coder.settings import Settings
from coder.store import Store

if TYPE_CHECKING:
    from coder.cli.code_result import CodeResult

Provider = Literal["local", "openai", "recorded"]


@dataclass(frozen=True)
class _InMemory(Project):
    """A project whose codebook is a value, not a file."""

    book: Codebook

    def codebook(self) -> Codebook:
        return self.book


def code(
    codebook: Codebook | str | Path,
    documents: Documents,
    *,
    provider: Provider = "local",
    model: str = "",
    base_url: str = "",
    answers: str | Path | None = None,
    store: str | Path | None = None,
    text: str = "text",
    name: str = "document",
    context: Sequence[str] = ("title",),
    fresh: bool = False,
    retry: bool = False,
    progress: bool = False,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Ask a model every question of the codebook for every document; one row a coding comes back.

    `documents` is a frame with a column `text` (and, if it has one, `document` for their names), a series or mapping
    of texts by name, or a list of texts. `provider`, `model` and `base_url` say who is asked, as in `[model]` of
    intercoder.toml; a key comes from INTERCODER_API_KEY, and who names an endpoint here agrees that it receives the
    texts. `answers` is a file of recorded answers, with the provider 'recorded'. `settings` holds everything else there
    is to set.

    `store` names the SQLite file where every answer is kept as it arrives: calling again with the same file asks only
    for what is missing, and nothing that was paid is lost; with `retry` also for what was refused or could not be read,
    with `fresh` for everything. Without one all is kept for this call alone.

    The frame has the columns document, dimension, coder, coder_kind, status, codes (joined by `;`), evidence (verbatim
    quotes, joined by ` | `), confidence, reason and replicate; `evaluate` takes it as it is. `attrs["run"]` holds the
    run's id, tokens, cost and failures. A warning says which documents have no answer. Works where an event loop runs,
    as in a notebook. Raises CoderError: InputError for what was given, ProviderError where the model cannot be used.
    """
    book = as_codebook(codebook)
    read = read_frame(documents, text, name)
    asked = _settings(settings or Settings(), provider, model, base_url, answers)
    quiet = not progress
    if store is not None:
        return _coded(book, read, asked, Path(store).expanduser(), context, fresh=fresh, retry=retry, quiet=quiet)
    with TemporaryDirectory(prefix="intercoder-") as folder:
        file = Path(folder) / "intercoder.db"
        return _coded(book, read, asked, file, context, fresh=fresh, retry=retry, quiet=quiet)


def _settings(given: Settings, provider: Provider, model: str, base_url: str, answers: str | Path | None) -> Settings:
    if answers is not None and provider != "recorded":
        raise InputError(f"answers: the provider is '{provider}'", "give provider='recorded' with them")
    said = {"provider": provider, "name": model, "base_url": base_url, "path": _absolute(answers)}
    asked = given.model.model_copy(update={key: value for key, value in said.items() if value})
    to = destination_of(asked)
    run = given.run.model_copy(update={"send_to": (*given.run.send_to, to.host)}) if to else given.run
    return given.model_copy(update={"model": asked, "run": run})


def _absolute(path: str | Path | None) -> str:
    return "" if path is None else os.path.abspath(Path(path).expanduser())  # noqa: PTH100 - links are kept


def _coded(
    book: Codebook,
    read: Sequence[ReadDocument],
    settings: Settings,
    file: Path,
    context: Sequence[str],
    *,
    fresh: bool,
    retry: bool,
    quiet: bool,
) -> pd.DataFrame:
    stored = settings.store.model_copy(update={"url": str(file.absolute())})
    project = _InMemory(file.parent.absolute(), settings.model_copy(update={"store": stored}), book)
    with Store.open(project.store_url) if file.exists() else Store.create(project.store_url) as store:
        _take_in(store, read, file, context)
    result = code_project(project, project.settings, fresh=fresh, retry=retry, quiet=quiet)
    with Store.open(project.store_url) as store:
        frame = _frame(store, result.run_id)
    frame.attrs["run"] = result.record()
    _warn(result)
    return frame


def _take_in(store: Store, read: Sequence[ReadDocument], file: Path, context: Sequence[str]) -> None:
    """Store the texts that are new or changed; InputError where the store holds others, which would be asked too."""
    existing = store.current_versions()
    others = {document.name for document, _ in existing} - {one.name for one in read}
    if others:
        raise InputError(
            f"{file}: holds {len(others)} documents that are not among those given, such as {min(others)!r}",
            "give all of its documents, or name another store",
        )
    plan = plan_import(read, existing, context=context, keep_duplicates=True)
    store.add_documents(plan.new)
    for version in plan.versions:
        store.add_version(version)


def _frame(store: Store, run_id: str) -> pd.DataFrame:
    """The run's newest codings in the order of documents, then of the codebook."""
    coders = {coder.id: coder for coder in store.coders()}
    codings = store.codings(run_id=run_id)
    replicates = sorted({coding.replicate for coding in codings})
    newest = [coding for number in replicates for coding in latest(codings, number)]
    place = {name: number for number, name in enumerate(dict.fromkeys(one.dimension_id for one in codings))}
    by_version: dict[str, list[Held]] = {}
    documents = {version.id: (document, version) for document, version in store.current_versions()}
    for coding in sorted(newest, key=lambda one: (place[one.dimension_id], one.replicate)):
        if coding.version_id in documents:
            document, version = documents[coding.version_id]
            coder = coders[coding.coder_id]
            held = Held(coding, document.name, coder.name, coder.kind, version)
            by_version.setdefault(version.id, []).append(held)
    return codings_frame(one for version_id in documents for one in by_version.get(version_id, ()))


def _warn(result: CodeResult) -> None:
    if not result.failures and not result.stopped:
        return
    reasons = "; ".join(f"{name}: {reason}" for name, reason in list(result.failures.items())[:5])
    said = "; ".join(filter(None, (result.stopped, reasons)))
    warnings.warn(
        f"{result.left} of {result.documents} documents are not coded whole: {said}. With a store, calling again asks "
        "only for these.",
        stacklevel=4,
    )
