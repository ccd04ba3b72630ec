"""Find the run to go on with, or start one, and see what is left of it to ask. Finding leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from coder.model import Codebook, Coder, CoderKind, Run
from coder.prompting import Prompt, prompts_hash
from coder.run.plan import Parameters, Task
from coder.run.windows import OVERLAP, RULE

CARRIED = "carried_from"
"""Names, among a run's parameters, the runs that answers were carried over from after a change of the codebook."""
WINDOWS = "windows_rule"
"""Names, among a run's parameters, how its long texts are cut and joined."""
PRICES = "prices"
"""The parameter of a run that shapes no answer: what it cost when it began, and where that was read."""
FREE = frozenset({CARRIED, WINDOWS, PRICES, "dimensions", "examples"})
"""Parameters that may differ between a run and one whose answers stand in it."""
PAGE = 200
"""Tasks whose answers are looked for at a time."""


class AnswerStore(Protocol):
    """What it takes to see what is answered."""

    def answered(self, run_id: str, keys: Collection[str], *, usable: bool = False) -> set[tuple[str, str]]:
        """Version and key of the run's calls under these keys that brought an answer; with `usable` one to code by."""


class RunStore(AnswerStore, Protocol):
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

    def held(self, run_id: str, keys: Collection[str]) -> set[tuple[str, str]]:
        """Version and key of the calls under these keys that an open batch of the run holds."""


def find_run(store: RunStore, prompts: Sequence[Prompt], parameters: Parameters) -> Run | None:
    """The newest run with the same coder, codebook, prompt and parameters, if there is one."""
    names = {coder.id: coder.name for coder in store.coders() if coder.kind == "model"}
    record = parameters.record(prompts)
    wanted = (parameters.coder_name, prompts[0].codebook.hash(), prompts_hash(prompts), record)
    for run in reversed(store.runs()):
        asked = {"style": record["style"]} | without_lineage(run)  # runs of before did not say; their prompts do
        if (names.get(run.coder_id), run.codebook_hash, run.prompt_hash, asked) == wanted:
            return run
    return None


def without_lineage(run: Run) -> dict[str, Any]:
    """The parameters that tell a run from others: not what it cost, where answers came from, nor how texts were cut."""
    return {name: value for name, value in run.parameters.items() if name not in (CARRIED, WINDOWS, PRICES)}


def sources(store: RunStore, prompts: Sequence[Prompt], parameters: Parameters) -> list[Run]:
    """The runs of the same coder that asked in the same way by another codebook, whose answers can stand in this one.

    Worked examples may have fallen away with the codebook that their answers were given by; where some are shown that
    were not shown then, the model is to learn from them, and nothing stands.
    """
    names = {coder.id: coder.name for coder in store.coders() if coder.kind == "model"}
    now, record, shown = prompts[0].codebook.hash(), parameters.record(prompts), set(parameters.examples)

    def alike(run: Run) -> bool:
        asked = (record.keys() | run.parameters.keys()) - FREE
        same = all(run.parameters.get(name) == record.get(name) for name in asked)
        return same and shown <= set(run.parameters.get("examples", ()))

    return [
        run
        for run in store.runs()
        if run.codebook_hash != now and names.get(run.coder_id) == parameters.coder_name and alike(run)
    ]


def start_run(
    store: RunStore,
    prompts: Sequence[Prompt],
    parameters: Parameters,
    carried_from: Sequence[Run] = (),
    *,
    windows: bool = False,
    prices: Mapping[str, Any] | None = None,
) -> Run:
    """A new run, stored with its coder and codebook.

    Its parameters name the runs whose answers are carried over, the rule for long texts where there are some, and the
    prices of the day it was started where they are given.
    """
    lineage: dict[str, Any] = {CARRIED: [run.id for run in carried_from]} if carried_from else {}
    if windows:
        lineage[WINDOWS] = {"rule": RULE, "overlap": OVERLAP}
    if prices:
        lineage[PRICES] = dict(prices)
    run = Run(
        coder_id=store.coder(parameters.coder_name, "model").id,
        codebook_hash=store.save_codebook(prompts[0].codebook),
        prompt_hash=prompts_hash(prompts),
        parameters=parameters.record(prompts) | lineage,
    )
    store.add_run(run)
    return run


def left_to_ask(store: RunStore, run: Run | None, tasks: Iterable[Task], *, retry: bool = False) -> Iterator[Task]:
    """Every task of a run that has no answer yet and waits in no batch; a failed call is asked again.

    With `retry` also those that were refused, or whose answers could not be read.
    """
    if run is None:
        return iter(tasks)
    return _without(tasks, lambda keys: store.answered(run.id, keys, usable=retry) | store.held(run.id, keys))


def unanswered(store: AnswerStore, run: Run | None, tasks: Iterable[Task]) -> Iterator[Task]:
    """Every task of a run that has no answer yet, also one that waits in a batch."""
    return iter(tasks) if run is None else _without(tasks, lambda keys: store.answered(run.id, keys))


def _without(tasks: Iterable[Task], settled: Callable[[Collection[str]], set[tuple[str, str]]]) -> Iterator[Task]:
    """The tasks without those that are `settled`, by version and key.

    The store is asked about some hundred tasks at a time, so that a run of any length goes on in the same memory.
    """
    waiting = iter(tasks)
    while page := list(islice(waiting, PAGE)):
        found = settled({task.key for task in page})
        yield from (task for task in page if (task.version.id, task.key) not in found)
