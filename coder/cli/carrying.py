"""What `intercoder code` asks after a change of the codebook, and what it carries over, for a project's texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from coder.model import Codebook, Run, RunSummary
from coder.prompting import Prompt
from coder.run.carry import Cell, Share, carried_codings, kept_before, share, standing
from coder.run.plan import Named, Parameters, Task, Write, each_task, write_here
from coder.run.session import CARRIED, sources

if TYPE_CHECKING:
    from coder.store import Store

Ask = tuple[str, ...]


@dataclass(frozen=True)
class Work:
    """What a pass asks of its texts: everything, but for the cells in `asks`, which are asked some dimensions alone.

    `fresh` are the cells whose answers are yet to be carried over, from the runs `origins`. `part` gives the prompts
    that ask some dimensions.
    """

    prompts: tuple[Prompt, ...]
    parameters: Parameters
    asks: Mapping[Cell, Ask]
    fresh: Mapping[Cell, Share]
    origins: tuple[Run, ...]
    part: Callable[[Ask], tuple[Prompt, ...]]

    def tasks(self, texts: Iterable[Named], write: Write = write_here) -> Iterator[Task]:
        """All that is asked of the texts, which are gone through several times and written out by `write`."""
        if not self.asks:
            return each_task(texts, self.prompts, self.parameters, write=write)
        whole = each_task(texts, self.prompts, self.parameters, lambda *cell: cell not in self.asks, write)
        return chain(whole, *(self._some(texts, ask, write) for ask in dict.fromkeys(self.asks.values()) if ask))

    def _some(self, texts: Iterable[Named], ask: Ask, write: Write) -> Iterator[Task]:
        return each_task(texts, self.part(ask), self.parameters, lambda *cell: self.asks.get(cell) == ask, write)

    def calls(self, texts: int) -> int:
        """How many calls the tasks of so many texts are."""
        whole = texts * self.parameters.samples - len(self.asks)
        return whole * len(self.prompts) + sum(len(self.part(ask)) if ask else 0 for ask in self.asks.values())

    def every_prompt(self) -> list[Prompt]:
        """The prompts of all tasks, those that ask everything first."""
        return [
            *self.prompts,
            *(prompt for ask in dict.fromkeys(self.asks.values()) if ask for prompt in self.part(ask)),
        ]

    def carry(self, store: Store, run: Run) -> None:
        """Store what is carried over into the run, all of it or nothing; done before anything is asked."""
        store.add_codings(
            coding
            for (version_id, replicate), shared in self.fresh.items()
            for coding in carried_codings(run, version_id, replicate, shared)
        )

    @property
    def carried(self) -> int:
        """How many texts keep answers in this pass."""
        return len({version for version, _ in self.fresh})

    def words(self) -> list[str]:
        """What is carried over, for people."""
        if not self.fresh:
            return []
        kept = {one.dimension.id: None for shared in self.fresh.values() for one in shared.kept}
        asked = {name: None for ask in self.asks.values() for name in ask}
        whose = "1 text keeps its" if self.carried == 1 else f"{self.carried} texts keep their"
        origins = ", ".join(run.id for run in self.origins)
        return [
            f"{whose} answers to {', '.join(kept)}, which did not change (from run {origins}); asked anew: "
            f"{', '.join(asked) or 'nothing'} (--fresh asks everything)"
        ]


def plan_work(
    store: Store,
    codebook: Codebook,
    run: Run | None,
    prompts: tuple[Prompt, ...],
    parameters: Parameters,
    part: Callable[[Ask], tuple[Prompt, ...]],
    texts: Iterable[Named],
    *,
    fresh: bool,
) -> Work:
    """Divide the texts. A run that was started without carrying anything over asks everything, as does a fresh one."""
    whole = Work(prompts, parameters, {}, {}, (), part)
    origins = [] if fresh else _origins(store, run, prompts, parameters)
    if not origins:
        return whole
    begun = _begun(store, run, codebook)
    cells = [(version.id, number) for _, version in texts for number in range(parameters.samples)]
    unseen = [cell for cell in cells if cell not in begun]
    stands = standing(codebook, ((one, store.codings(run_id=one.id)) for one in origins)) if unseen else {}
    shares = {cell: share(codebook, stands[cell]) for cell in unseen if cell in stands}
    new = {cell: one for cell, one in shares.items() if one.carries}
    if run is None and not new:
        return whole
    every = len(codebook.dimensions)
    before = {cell: begun[cell] for cell in cells if cell in begun and len(begun[cell]) < every}
    asks = before | {cell: one.ask for cell, one in new.items()}
    return Work(prompts, parameters, asks, new, tuple(origins), part)


def _origins(store: Store, run: Run | None, prompts: Sequence[Prompt], parameters: Parameters) -> list[Run]:
    if run is None:
        return sources(store, prompts, parameters)
    named = run.parameters.get(CARRIED, ())
    return [one for one in store.runs() if one.id in named]


def _begun(store: Store, run: Run | None, codebook: Codebook) -> dict[Cell, Ask]:
    """What was asked of the texts that the run has codings of: that stays, whatever stands elsewhere by now."""
    if run is None:
        return {}
    codings = store.codings(run_id=run.id)
    kept = kept_before(codings)
    cells = {(coding.version_id, coding.replicate) for coding in codings}
    names = [dimension.id for dimension in codebook.dimensions]
    return {cell: tuple(name for name in names if name not in kept.get(cell, ())) for cell in cells}


def summary_of(store: Store, run: Run) -> RunSummary:
    """What a run came to; where it carried answers over, a document is coded once all of its answers are there."""
    summary = store.summary(run.id)
    if not run.parameters.get(CARRIED):
        return summary
    asked, some = store.asked_versions(run.id), store.carried_versions(run.id)
    coded = len(_whole(store, run, asked, some))
    return summary.model_copy(update={"documents": len(asked.keys() | some), "coded": coded, "carried": len(some)})


def coded_versions(store: Store, run: Run) -> set[str]:
    """The ids of the versions that a run coded whole, with what it carried over."""
    asked = store.asked_versions(run.id)
    if not run.parameters.get(CARRIED):
        return {version for version, usable in asked.items() if usable}
    return _whole(store, run, asked, store.carried_versions(run.id))


def _whole(store: Store, run: Run, asked: Mapping[str, bool], some: Set[str]) -> set[str]:
    whole = store.coded_versions(run.id, len(run.parameters["dimensions"]))
    return {version for version in whole & (asked.keys() | some) if asked.get(version, True)}


def lineage(store: Store, run: Run) -> list[dict[str, Any]]:
    """By dimension and run of origin how many documents of a run were not asked by it; empty where all were."""
    if not run.parameters.get(CARRIED):
        return []
    return [
        {"dimension": dimension, "run": origin, "documents": documents}
        for dimension, origin, documents in store.lineage(run.id)
    ]


def lineage_words(run: Run, found: Sequence[Mapping[str, Any]]) -> list[str]:
    """The same in one line a run of origin; nothing where all was asked in one go."""
    lines = []
    for origin in dict.fromkeys(one["run"] for one in found):
        names = [f"{one['dimension']} ({one['documents']})" for one in found if one["run"] == origin]
        lines.append(f"carried over from run {origin}: {', '.join(names)}")
    head = f"mixed lineage: run {run.id} was not asked in one go; the confirmatory figure is a full run (code --fresh)"
    return [head, *lines] if lines else []
