"""Find the run to go on with, or start one, and see what is left of it to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from coder.model import Call, Codebook, Coder, CoderKind, Run
from coder.prompting import Prompt
from coder.run.plan import Parameters, Task


class RunStore(Protocol):
    """What a run needs of the store."""

    def coder(self, name: str, kind: CoderKind) -> Coder:
        """The coder of this name and kind, made if there is none."""

    def save_codebook(self, codebook: Codebook) -> str:
        """Keep the codebook under its hash."""

    def runs(self) -> list[Run]:
        """All runs, oldest first."""

    def add_run(self, run: Run) -> None:
        """Keep a new run."""

    def answered_keys(self, run_id: str) -> set[str]:
        """The keys of the run's calls that brought an answer, a refusal or an unreadable answer."""


@dataclass(frozen=True, slots=True)
class Session:
    """A run, whether it is a continuation, and the tasks that are still to be asked."""

    run: Run
    continued: bool
    pending: tuple[Task, ...]
    answered: int


def find_run(store: RunStore, prompt: Prompt, parameters: Parameters, *, fresh: bool) -> tuple[Run, bool]:
    """The newest run with the same coder, codebook, prompt and parameters, and True; else a new one and False.

    The new run is not stored yet: `--dry-run` must leave no trace.
    """
    coder = store.coder(f"{parameters.provider}:{parameters.model}", "model")
    run = Run(
        coder_id=coder.id,
        codebook_hash=prompt.codebook.hash(),
        prompt_hash=prompt.hash,
        parameters=parameters.record(prompt),
    )
    for earlier in reversed([] if fresh else store.runs()):
        if _same(earlier, run):
            return earlier, True
    return run, False


def open_session(store: RunStore, run: Run, continued: bool, tasks: Sequence[Task]) -> Session:
    """What is left of a run: every task whose key has no answer yet. A failed call is asked again."""
    answered = store.answered_keys(run.id) if continued else set()
    pending = tuple(task for task in tasks if task.key not in answered)
    return Session(run, continued, pending, len(tasks) - len(pending))


def _same(one: Run, other: Run) -> bool:
    fields = ("coder_id", "codebook_hash", "prompt_hash", "parameters")
    return all(getattr(one, name) == getattr(other, name) for name in fields)


def spent(calls: Sequence[Call]) -> float | None:
    """What the calls cost together in USD; None where one has no known price."""
    costs = [call.cost_usd for call in calls]
    return None if any(cost is None for cost in costs) else float(sum(cost or 0.0 for cost in costs))
