"""Which model codes and how it is asked, from the settings: provider, prompts, parameters, prices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from coder.cli.limiting import MOST
from coder.cli.project import Project, all_gold
from coder.cli.sending import agree_to_send
from coder.cli.telling import starting
from coder.dimensions import First
from coder.errors import InputError
from coder.model import Codebook
from coder.prompting import Example, Labels, Place, Prompt, build_prompts, prompts_hash
from coder.providers import make_provider
from coder.run.examples import choose_examples
from coder.run.plan import Parameters, cheapest
from coder.run.prior import Prior
from coder.run.protocols import Provider
from coder.screening import is_screening
from coder.screening.drill import drill
from coder.settings import ModelSettings, Settings

if TYPE_CHECKING:
    from coder.store import Store


MOST_EXAMPLES = 12
"""Worked examples that the embedded model is shown by default, as far as gold has them and there is room."""


Build = Callable[[Place], tuple[Prompt, ...]]


def build_question(
    store: Store, project: Project, model: ModelSettings, provider: Provider, shown: Codebook | None = None
) -> tuple[tuple[Prompt, ...], Parameters]:
    """The prompts and parameters that the settings ask for; `shown` is asked in place of the project's codebook."""
    book = project.codebook()
    examples = _examples(store, book, _example_count(model))
    build = _builder(shown or book, model, provider, examples)
    alike = examples or model.calls != "each"  # where all is asked at once, there is but one way to order it
    place: Place | Literal["auto"] = "last" if model.text == "auto" and alike else model.text
    prompts = _placed(store, build) if place == "auto" else build(place)
    return prompts, _parameters(model, prompts, examples)


def build_part(
    store: Store, model: ModelSettings, provider: Provider, whole: Sequence[Prompt], ask: Sequence[str]
) -> tuple[Prompt, ...]:
    """The prompts that ask some dimensions alone, in the way that the prompts of the whole codebook do."""
    book = whole[0].codebook
    wanted = tuple(dimension for dimension in book.dimensions if dimension.id in ask)
    part = book.model_copy(update={"dimensions": wanted})
    return _builder(part, model, provider, _examples(store, book, _example_count(model)))(whole[0].place)


def _example_count(model: ModelSettings) -> int:
    return (MOST_EXAMPLES if model.provider == "local" else 0) if model.examples == "auto" else model.examples


def _builder(book: Codebook, model: ModelSettings, provider: Provider, examples: tuple[Example, ...]) -> Build:
    """The prompts of a codebook as the settings word them, by the place of the text."""
    local = model.provider == "local"
    manual = ("brief" if local else "full") if model.manual == "auto" else model.manual
    calls = "together" if model.calls == "auto" else model.calls
    best = "object" if calls == "each" else provider.form
    form = best if model.answer == "auto" else model.answer
    labels: Labels = ("yes_no" if local else "list") if model.labels == "auto" else model.labels
    cite = ("after" if local else "before") if model.cite == "auto" else model.cite
    first: First = "code" if cite == "after" else "evidence"
    asked_alone = calls == "each" and local and is_screening(book)
    shown_around = not local if model.surroundings == "auto" else model.surroundings == "show"

    def build(text: Place) -> tuple[Prompt, ...]:
        how = form, manual, labels, text, first
        lead = drill(book.unit, *how, surroundings=shown_around) if asked_alone else ()
        return build_prompts(
            book, form, manual, examples, calls, labels, text, first, surroundings=shown_around, lead=lead
        )

    return build


def _parameters(model: ModelSettings, prompts: Sequence[Prompt], examples: Sequence[Example]) -> Parameters:
    local = model.provider == "local"
    prior: Prior = ("correct" if local else "keep") if model.prior == "auto" else model.prior
    return Parameters(
        provider=model.provider,
        model=model_name(model),
        form=prompts[0].form,
        temperature=model.temperature,
        max_tokens=model.max_tokens,
        seed=model.seed,
        samples=model.samples,
        examples=tuple(example.version.id for example in examples),
        bounded=local,
        confidence=model.confidence == "on" or prior != "keep",
        prior=prior,
    )


def _placed(store: Store, build: Callable[[Place], tuple[Prompt, ...]]) -> tuple[Prompt, ...]:
    """The prompts of the newest run that asked so, lest more documents turn the order round; else the cheapest."""
    build = cache(build)
    places: tuple[Place, ...] = ("last", "first")
    known = {prompts_hash(prompts): prompts for prompts in map(build, places)}
    for run in reversed(store.runs()):
        if run.prompt_hash in known:
            return known[run.prompt_hash]
    return cheapest(build, store.mean_length())


@asynccontextmanager
async def started_provider(
    project: Project, settings: Settings, *, quiet: bool, download: bool = False, sends: bool = True
) -> AsyncIterator[Provider]:
    """The settings' provider, started and closed again; `download` lets it fetch the embedded weights.

    Every command that sends texts comes through here, and passes only once it is agreed which host receives them; one
    that only counts what it would send says so with `sends` false.
    """
    if sends:
        agree_to_send(project, settings.model, settings.run)
    name = settings.model.provider
    with starting(f"starting the model ({name})", quiet) as joined:
        options = _provider_options(settings, project) | {"progress": joined, "may_download": download}
        provider = make_provider(name, **options)
        try:
            await provider.start()
        except BaseException:
            await provider.close()
            raise
    try:
        yield provider
    finally:
        await provider.close()


def _provider_options(settings: Settings, project: Project) -> dict[str, Any]:
    """What a provider is made from; paths are taken from the project's folder."""
    model, run = settings.model, settings.run
    return {
        "model": model.name,
        "base_url": model.base_url or None,
        "timeout_s": run.timeout_s,
        "concurrency": run.concurrency or MOST,
        "path": project.folder / model.path if model.path else None,
        "context": model.context or None,
        "threads": model.threads or None,
    }


def model_name(model: ModelSettings) -> str:
    """What the model is asked for as: the file's name or the embedded weights' for `local`, else [model] name."""
    if model.provider == "local":
        from coder.providers.local.catalogue import DEFAULT

        return Path(model.path).stem if model.path else model.name or DEFAULT
    if not model.name and model.provider == "openai":
        raise InputError("no model is named", "set [model] name in intercoder.toml, or give --model")
    return model.name or "recorded"


def _examples(store: Store, codebook: Codebook, count: int) -> tuple[Example, ...]:
    """Up to so many worked examples, as far as there is gold for them."""
    if not count:
        return ()
    splits = store.splits()
    shown = {document for document, split in splits.items() if split.split == "examples"}
    documents = [pair for page in store.pages() for pair in page if pair[0].id in shown]
    return choose_examples(codebook, documents, splits, all_gold(store), count)
