"""Find the run to go on with, or start one, and see what is left of it to ask. Finding leaves no trace."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from coder.model import Codebook, Coder, CoderKind, Run
from coder.prompting import Prompt, prompts_hash
from coder.run.plan import Parameters, Task

PAGE = 200
"""Tasks whose answers are looked for at a time."""
PRICES = "prices"
"""The parameter of a run that shapes no answer: what it cost when it began, and where that was read."""


class RunStore(Protocol):
    """What a run needs of the store."""

    def coder(self, name: str, kind: CoderKind) -> Coder:
        """The coder of this name and kind, made if there is none."""

    def coders(self) -> list[Coder]:
        """All coders."""

    def save_codebook(self, codebook: Codebook) -> str:
        """Keep the codebook under its hash."""

    def runs(self) -> list[Run]:
        """All runs, oldest first."""

    def add_run(self, run: Run) -> None:
        """Keep a new run."""

    def answered(self, run_id: str, keys: Collection[str]) -> set[tuple[str, str]]:
        """Version and key of the run's calls under these keys that brought an answer, a refusal or something else."""

    def held(self, run_id: str, keys: Collection[str]) -> set[tuple[str, str]]:
        """Version and key of the calls under these keys that an open batch of the run holds."""


def find_run(store: RunStore, prompts: Sequence[Prompt], parameters: Parameters) -> Run | None:
    """The newest run with the same coder, codebook, prompt and parameters, if there is one."""
    names = {coder.id: coder.name for coder in store.coders() if coder.kind == "model"}
    wanted = (parameters.coder_name, prompts[0].codebook.hash(), prompts_hash(prompts), parameters.record(prompts))
    for run in reversed(store.runs()):
        asked = {name: value for name, value in run.parameters.items() if name != PRICES}
        if (names.get(run.coder_id), run.codebook_hash, run.prompt_hash, asked) == wanted:
            return run
    return None


def start_run(
    store: RunStore, prompts: Sequence[Prompt], parameters: Parameters, prices: Mapping[str, Any] | None = None
) -> Run:
    """A new run, stored with its coder and codebook, and the prices of the day it was started where they are given."""
    run = Run(
        coder_id=store.coder(parameters.coder_name, "model").id,
        codebook_hash=store.save_codebook(prompts[0].codebook),
        prompt_hash=prompts_hash(prompts),
        parameters=parameters.record(prompts) | ({PRICES: dict(prices)} if prices else {}),
    )
    store.add_run(run)
    return run


def left_to_ask(store: RunStore, run: Run | None, tasks: Iterable[Task]) -> Iterator[Task]:
    """Every task of a run that has no answer yet and waits in no batch; a failed call is asked again.

    The store is asked about some hundred tasks at a time, so that a run of any length goes on in the same memory.
    """
    if run is None:
        yield from tasks
        return
    waiting = iter(tasks)
    while page := list(islice(waiting, PAGE)):
        keys = {task.key for task in page}
        answered = store.answered(run.id, keys) | store.held(run.id, keys)
        yield from (task for task in page if (task.version.id, task.key) not in answered)
