"""Find the run to go on with, or start one, and see what is left of it to ask. Finding leaves no trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from coder.model import Call, Codebook, Coder, CoderKind, Run
from coder.prompting import Prompt, prompts_hash
from coder.run.plan import Parameters, Task


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

    def answered_keys(self, run_id: str) -> set[str]:
        """The keys of the run's calls that brought an answer, a refusal or an unreadable answer."""


def find_run(store: RunStore, prompts: Sequence[Prompt], parameters: Parameters) -> Run | None:
    """The newest run with the same coder, codebook, prompt and parameters, if there is one."""
    names = {coder.id: coder.name for coder in store.coders() if coder.kind == "model"}
    wanted = (parameters.coder_name, prompts[0].codebook.hash(), prompts_hash(prompts), parameters.record(prompts))
    for run in reversed(store.runs()):
        if (names.get(run.coder_id), run.codebook_hash, run.prompt_hash, run.parameters) == wanted:
            return run
    return None


def start_run(store: RunStore, prompts: Sequence[Prompt], parameters: Parameters) -> Run:
    """A new run, stored with its coder and codebook."""
    run = Run(
        coder_id=store.coder(parameters.coder_name, "model").id,
        codebook_hash=store.save_codebook(prompts[0].codebook),
        prompt_hash=prompts_hash(prompts),
        parameters=parameters.record(prompts),
    )
    store.add_run(run)
    return run


def left_to_ask(store: RunStore, run: Run | None, tasks: Sequence[Task]) -> tuple[Task, ...]:
    """Every task of a run whose key has no answer yet; a failed call is asked again."""
    answered = set() if run is None else store.answered_keys(run.id)
    return tuple(task for task in tasks if task.key not in answered)


def spent(calls: Sequence[Call]) -> float | None:
    """What the calls cost together in USD; None where one has no known price."""
    costs = [call.cost_usd for call in calls]
    return None if any(cost is None for cost in costs) else float(sum(cost or 0.0 for cost in costs))
