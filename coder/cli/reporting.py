"""What a report is written from, gathered from a project's store one dimension at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version as installed
from typing import TYPE_CHECKING

from coder.adjudicate import resolve
from coder.agreement.calibration import calibrate
from coder.cli.analysis import share_dimensions
from coder.cli.auditing import audits
from coder.cli.carrying import lineage, lineage_words, summary_of
from coder.cli.crossing import cross_by, cross_with
from coder.cli.deskwork import desk_facts
from coder.cli.evaluation import Evaluation, evaluate_run
from coder.cli.flowing import reviewed
from coder.cli.memos import gathered
from coder.cli.population import Intervals, Population, find_population
from coder.cli.project import pick_run
from coder.cli.reference import Reference, find_reference, other_codebook
from coder.cli.resampling import resampling
from coder.cli.reviewing import review_facts
from coder.cli.second import decided_codings
from coder.cli.selection import left_out
from coder.dimensions.quantity import amount
from coder.errors import InputError
from coder.inference.analysis import DimensionCross
from coder.inference.counted import UNCODED, coded_documents
from coder.model import Codebook, Coding, Dimension, Document, QuantityDimension, Run, Version, now
from coder.report.html.facts import (
    Case,
    CoderFacts,
    DimensionFacts,
    Facts,
    GoldFacts,
    Quote,
    Reported,
    RunFacts,
)
from coder.run.codings import comparable, latest

if TYPE_CHECKING:
    from coder.adjudicate.resolve import ResolvedCell
    from coder.cli.project import Project
    from coder.store import Store

QUOTES = 100
"""Pieces of evidence kept for a category, for a report to choose from."""
QUOTE_LENGTH = 300
Found = dict[str, tuple[Coding | None, str]]
"""By version the coding that counts and where it comes from."""


@dataclass(frozen=True)
class Asked:
    """What the user asked a report for."""

    run: str | None = None
    gold: str | None = None
    codes: Reported | None = None
    cluster: str | None = None
    crosses: tuple[tuple[str, str], ...] = ()
    """Pairs of a dimension and what its figure is split by: a dimension or a variable."""


@dataclass(frozen=True, eq=False)
class _Source:
    """The parts of a store that every dimension is read from."""

    store: Store
    codebook: Codebook
    pairs: tuple[tuple[Document, Version], ...]
    run: Run | None
    reference: Reference | None
    reported: Reported

    @property
    def versions(self) -> tuple[str, ...]:
        return tuple(version.id for _, version in self.pairs)


def gather(store: Store, project: Project, asked: Asked, seed: int) -> Facts:
    """All that a report says. InputError where nothing is coded, or what was asked for is not there."""
    codebook = project.codebook()
    notes: list[str] = []
    run, reference = _run(store, codebook, asked, notes), _reference(store, codebook, asked, notes)
    reported = asked.codes or ("resolved" if run else "gold")
    if run is None and reference is None:
        raise InputError(
            "nothing is coded yet", "code the documents (intercoder code), or take codings in (gold import)"
        )
    if reported == "resolved" and run is None:
        raise InputError("--codes resolved: no run with this codebook", "code the documents first: intercoder code")
    if reported == "gold" and reference is None:
        raise InputError("--codes gold: there is no gold", "take codings in: intercoder gold import FILE --coder NAME")
    left = left_out(store, codebook)
    everything = left.pairs(store.current_versions())
    shown = {document for document, split in store.splits().items() if split.split == "examples"}
    # Gold alone was shown to nobody, so that every document of it counts.
    kept = tuple(pair for pair in everything if reported == "gold" or pair[0].id not in shown)
    source = _Source(store, codebook, kept, run, reference, reported)
    found = _evaluation(source, asked, seed)
    population = None
    if run is not None:
        population = find_population(store, codebook, run_id=run.id, gold_name=asked.gold, pairs=everything)
    dimensions = _dimensions(source, found, population, seed)
    names = list(dict.fromkeys(key for document, _ in kept for key in document.variables))
    return Facts(
        codebook=codebook,
        reported=reported,
        documents=tuple(document.name for document, _ in kept),
        variables={name: tuple(document.variables.get(name, "") for document, _ in kept) for name in names},
        languages=Counter(version.language or "unknown" for _, version in kept),
        imported=len(everything),
        examples=len(everything) - len(kept),
        dimensions=dimensions,
        coders=_coders(store),
        run=_run_facts(store, run) if run else None,
        gold=_gold_facts(reference, asked.gold) if reference else None,
        desk=desk_facts(store, run, reference, left),
        reviews=review_facts(store),
        cases=tuple(
            Case(**{**row, "categories": tuple(row["categories"])})
            for row in gathered(store, codebook, run.id if run else None)
        ),
        crosses=_crosses(source, population, asked.crosses),
        review=reviewed(store, codebook),
        sample=_sample(population),
        mixed_lineage=tuple(lineage_words(run, lineage(store, run))) if run else (),
        notes=tuple(notes),
        seed=seed,
        cluster=asked.cluster,
        program=f"Intercoder {installed('intercoder')}",
        stated=now().strftime("%Y-%m-%d %H:%M UTC"),
    )


def _run(store: Store, codebook: Codebook, asked: Asked, notes: list[str]) -> Run | None:
    if asked.run is not None:
        run = pick_run(store, asked.run)
        if run.codebook_hash != codebook.hash():
            raise other_codebook(f"run {run.id}", run.codebook_hash, codebook)
        return run
    if not store.runs():
        return None
    if not any(run.codebook_hash == codebook.hash() for run in store.runs()):
        notes.append("No run was made with the codebook as it is now; earlier runs are not part of this report.")
        return None
    return pick_run(store, None, codebook.hash())


def _reference(store: Store, codebook: Codebook, asked: Asked, notes: list[str]) -> Reference | None:
    try:
        return find_reference(store, codebook, asked.gold)
    except InputError as error:
        if asked.gold is not None:
            raise
        if store.golds():
            notes.append(f"Gold is not part of this report: {error.message}.")
        return None


def _evaluation(source: _Source, asked: Asked, seed: int) -> Evaluation | None:
    if source.run is None or source.reference is None:
        return None
    drawn = resampling(source.store, seed, asked.cluster)
    return evaluate_run(source.store, source.codebook, source.run.id, asked.gold, drawn=drawn, people="ceiling")


def _dimensions(
    source: _Source, found: Evaluation | None, population: Population | None, seed: int
) -> tuple[DimensionFacts, ...]:
    audited = {}
    if found is not None and source.store.decisions():
        audited = {one.dimension: one for one in audits(source.store, source.codebook, found.run, found.reference)}
    agreements = {one.dimension: one for one in found.results} if found else {}
    ceilings = {one.dimension: one.ceiling for one in found.people} if found else {}
    resolver = _Resolver(source)
    made = []
    for dimension in source.codebook.dimensions:
        # In a function of its own, so that one dimension's codings are let go before the next one's are read.
        facts = _dimension(source, dimension, resolver, population, seed)
        one = audited.get(dimension.id)
        made.append(
            replace(
                facts,
                agreement=agreements.get(dimension.id),
                ceiling=ceilings.get(dimension.id),
                audit=one.audit if one else None,
                audit_reason=one.reason if one else None,
            )
        )
    return tuple(made)


def _dimension(
    source: _Source, dimension: Dimension, resolver: _Resolver, population: Population | None, seed: int
) -> DimensionFacts:
    """What the codings of one dimension say."""
    codings = _of_run(source, dimension.id)
    cells = resolver.cells(dimension, codings)
    model = comparable(source.run, codings) if source.run else []
    shares = calibrated = None
    if population is not None:
        (shares,) = share_dimensions(replace(population, model=tuple(model)), [dimension], Intervals())
    if source.run is not None and source.reference is not None and dimension.id not in source.reference.blocked:
        calibrated = calibrate(dimension, _seen(_gold(source, dimension.id), source), model, seed=seed)
    return DimensionFacts(
        dimension,
        coded_documents(dimension, source.versions, cells),
        _quotes(source, dimension, cells),
        calibration=calibrated,
        shares=shares,
        amounts=_amounts(source, dimension, cells),
    )


def _of_run(source: _Source, dimension_id: str) -> list[Coding]:
    """The run's codings of one dimension, the newest of each cell."""
    return latest(source.store.codings(run_id=source.run.id, dimension_id=dimension_id)) if source.run else []


def _gold(source: _Source, dimension_id: str) -> list[Coding]:
    codings = source.reference.codings if source.reference else ()
    return [coding for coding in codings if coding.dimension_id == dimension_id]


def _seen(gold: Iterable[Coding], source: _Source) -> list[Coding]:
    """Gold without what the run was shown."""
    shown = set(source.run.parameters.get("examples", ())) if source.run else set()
    return [coding for coding in gold if coding.version_id not in shown]


class _Resolver:
    """The coding that counts in each cell: the resolved one, or gold's."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        store = source.store
        self._kinds = {coder.id: coder.kind for coder in store.coders()}
        self._names = {coder.id: coder.name for coder in store.coders()}
        if source.reported == "resolved" and source.run is not None:
            run_id = source.run.id
            self._items = [item for item in store.queue_items() if item.run_id in (None, run_id)]
            self._decisions = store.decisions()
            self._decided = decided_codings(store)
            self._consensus = [coder.id for coder in store.coders() if coder.kind == "consensus"]

    def cells(self, dimension: Dimension, codings: Sequence[Coding]) -> Found:
        """By version the coding that counts and its source."""
        if self._source.reported == "gold":
            return {
                coding.version_id: (coding, self._kinds.get(coding.coder_id, "gold"))
                for coding in _gold(self._source, dimension.id)
            }
        items = [item for item in self._items if item.dimension_id == dimension.id]
        asked = {item.id for item in items}
        others = [
            coding
            for coder in self._consensus
            for coding in self._source.store.codings(coder_id=coder, dimension_id=dimension.id)
        ]
        found: Mapping[tuple[str, str], ResolvedCell] = resolve(
            codings,
            others,
            items,
            [decision for decision in self._decisions if decision.item_id in asked],
            self._decided,
            kinds=self._kinds,
        )
        return {version: (cell.coding, cell.source) for (version, _), cell in found.items()}


def _quotes(source: _Source, dimension: Dimension, cells: Found) -> dict[str, tuple[Quote, ...]]:
    """Pieces of evidence by category, of the first documents that have some."""
    quotes: dict[str, list[Quote]] = {}
    for place, (_, version) in enumerate(source.pairs):
        coding, _ = cells.get(version.id, (None, UNCODED))
        for assignment in coding.assignments if coding else ():
            spans = assignment.evidence or (coding.evidence if coding else ())
            taken = quotes.setdefault(assignment.category, [])
            if spans and len(taken) < QUOTES:
                text = version.text[spans[0].start : spans[0].end]
                taken.append((place, text if len(text) <= QUOTE_LENGTH else f"{text[: QUOTE_LENGTH - 1]}…"))
    return {category: tuple(found) for category, found in quotes.items() if found}


def _amounts(source: _Source, dimension: Dimension, cells: Found) -> dict[int, float]:
    if not isinstance(dimension, QuantityDimension):
        return {}
    places = {version.id: place for place, (_, version) in enumerate(source.pairs)}
    found = {}
    for version_id, (coding, _) in cells.items():
        value = amount(dimension, coding.mentions) if coding is not None and version_id in places else None
        if value is not None:
            found[places[version_id]] = value
    return found


def _coders(store: Store) -> tuple[CoderFacts, ...]:
    counts = store.codings_by_coder()
    return tuple(CoderFacts(one.name, one.kind, counts.get(one.id, 0)) for one in store.coders())


def _run_facts(store: Store, run: Run) -> RunFacts:
    served = store.served(run.id)
    names = {coder.id: coder.name for coder in store.coders()}
    statuses: Counter[str] = Counter()
    for one in served:
        statuses[one.status] += one.calls
    return RunFacts(
        run,
        names[run.coder_id],
        summary_of(store, run),
        statuses,
        tuple(sorted({one.model for one in served if one.model})),
        tuple(sorted({one.fingerprint for one in served if one.fingerprint})),
        first=min((one.first for one in served), default=run.created_at).strftime("%Y-%m-%d"),
        last=max((one.last for one in served), default=run.created_at).strftime("%Y-%m-%d"),
    )


def _gold_facts(reference: Reference, asked: str | None) -> GoldFacts:
    return GoldFacts(
        reference.words,
        asked or reference.gold.name,
        reference.kind,
        str(reference.rule) if reference.rule else reference.gold.rule,
        reference.coders,
        len(reference.codings),
        len({coding.version_id for coding in reference.codings}),
    )


def _crosses(
    source: _Source, population: Population | None, wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[DimensionCross, ...]]:
    """The corrected cross-tables where a run and a sample of hand codes carry them."""
    if population is None or source.reported != "resolved":
        return {}
    known = {dimension.id: dimension for dimension in source.codebook.dimensions}
    variables = {name for document, _ in source.pairs for name in document.variables}
    return {
        (row, column): _crossed(source, population, known[row], column)
        for row, column in dict.fromkeys(wanted)
        # The report says what is not there, where its figure would stand.
        if row in known and (column in known or column in variables)
    }


def _crossed(source: _Source, population: Population, row: Dimension, column: str) -> tuple[DimensionCross, ...]:
    known = {dimension.id: dimension for dimension in source.codebook.dimensions}
    ids = [row.id, *([column] if column in known else [])]
    model = tuple(coding for name in ids for coding in comparable(population.run, _of_run(source, name)))
    here = replace(population, model=model)
    if column in known:
        return cross_with(here, [row], known[column], Intervals())
    return cross_by(here, [row], column, Intervals())


def _sample(population: Population | None) -> str:
    return (population.sample_name or "") if population else ""
