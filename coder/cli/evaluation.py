"""Hold a run against gold, people against each other, a model against itself, two runs against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from coder.agreement import evaluate_dimension
from coder.agreement.beside import beside
from coder.agreement.comparison import Comparison, compare_coders
from coder.agreement.evaluate import REPLICATES
from coder.agreement.people import People, compare_people
from coder.agreement.several import SeveralAlpha, alpha_of
from coder.agreement.withheld import withheld
from coder.cli import alternative, auditing
from coder.cli.alternative import DimensionAlternative
from coder.cli.auditing import DimensionAudit
from coder.cli.project import pick_run
from coder.cli.reference import Reference, find_reference, other_codebook, people_of
from coder.cli.resampling import Resampling
from coder.cli.selection import left_out
from coder.errors import InputError
from coder.model import Codebook, Coding, Dimension, Gold, Run
from coder.model.agreement import DimensionAgreement
from coder.run.codings import comparable
from coder.run.repeats import answers_by_turn, repeats

if TYPE_CHECKING:
    from coder.store import Store

PeopleShown = Literal["no", "ceiling", "whole"]
"""Whether people are compared: not at all, for the value between them alone, or with every interval."""
CEILING_REPLICATES = 1_000
"""Enough where only values are shown, which no resampling changes."""


@dataclass(frozen=True)
class Evaluation:
    """A run held against a reference. `names` and `people` are empty where fewer than two people coded.

    `alphas` are Krippendorff's over all people, `stability` those over the model's own repeats, `comparison` the
    difference from the run `other`, `alternative` the alternative-annotator test, `audits` what codes are worth after
    adjudication; all but the first only where asked for. `not_shared` are the dimensions that the other run was asked
    by another version of the codebook. `drawn` is how intervals were had.
    """

    run: Run
    reference: Reference
    results: tuple[DimensionAgreement, ...]
    names: tuple[str, ...] = ()
    people: tuple[People, ...] = ()
    alphas: tuple[SeveralAlpha, ...] = ()
    stability: tuple[SeveralAlpha, ...] = ()
    other: Run | None = None
    comparison: tuple[Comparison, ...] = ()
    not_shared: tuple[str, ...] = ()
    alternative: tuple[DimensionAlternative, ...] = ()
    audits: tuple[DimensionAudit, ...] = ()
    drawn: Resampling = field(default_factory=Resampling)

    @property
    def gold(self) -> Gold:
        """The gold set, or one that stands for a rule."""
        return self.reference.gold

    @property
    def kind(self) -> str:
        """The kind of the gold's coders."""
        return self.reference.kind


def evaluate_run(
    store: Store,
    codebook: Codebook,
    run_id: str | None,
    gold_name: str | None,
    *,
    drawn: Resampling | None = None,
    min_kappa: float | None = None,
    min_coders: int | None = None,
    people: PeopleShown = "no",
) -> Evaluation:
    """Hold a run against gold; InputError where there is none, or where they were coded with other codebooks.

    Where two or more people coded, `people` asks for the comparison with each of them too.
    """
    drawn = drawn or Resampling()
    run, reference = pick_run(store, run_id), find_reference(store, codebook, gold_name, min_coders)
    if run.codebook_hash != codebook.hash():
        raise other_codebook(f"run {run.id}", run.codebook_hash, codebook)
    left = left_out(store, codebook)
    gold = left.codings(_unseen(reference.codings, run))
    results = tuple(
        _result(
            dimension,
            reference,
            _of(dimension, gold),
            left.codings(run_codings(store, run, dimension.id)),
            drawn,
            min_kappa,
        )
        for dimension in codebook.dimensions
    )
    found = Evaluation(run, reference, results, drawn=drawn)
    return found if people == "no" else _with_people(found, store, codebook, people)


def run_codings(store: Store, run: Run, dimension_id: str) -> list[Coding]:
    """A run's codings of one dimension that can be compared; one dimension at a time, so that memory holds it."""
    return comparable(run, store.codings(run_id=run.id, dimension_id=dimension_id))


def _unseen(codings: Iterable[Coding], *runs: Run) -> list[Coding]:
    """The codings of versions that no prompt of these runs showed as an example."""
    shown = {version for run in runs for version in run.parameters.get("examples", ())}
    return [coding for coding in codings if coding.version_id not in shown]


def compared(found: Evaluation, store: Store, codebook: Codebook, other: Run) -> Evaluation:
    """The evaluation with the paired difference of its run and another against the same gold.

    A run of another version of the codebook is compared on the dimensions that both have word for word. InputError
    where there is none, where the other is the same run, or where no figure can be had on this gold.
    """
    run, blocked = found.run, found.reference.blocked
    if other.id == run.id:
        raise InputError(f"--compare: {run.id} twice", "name two runs; intercoder runs lists them")
    shared = codebook if other.codebook_hash == codebook.hash() else _shared(store, codebook, other)
    if blocked:
        raise InputError(f"--compare: {next(iter(blocked.values()))}", "name other gold: --gold NAME, or NAME@VERSION")
    left = left_out(store, codebook)
    gold = left.codings(_unseen(found.reference.codings, run, other))
    first, second = (_unseen(comparable(one, store.codings(run_id=one.id)), run, other) for one in (run, other))
    differences = compare_coders(shared, gold, first, second, found.drawn.bootstrap, found.drawn.clusters)
    others = tuple(one.id for one in codebook.dimensions if one not in shared.dimensions)
    return replace(found, other=other, comparison=differences, not_shared=others)


def _shared(store: Store, codebook: Codebook, other: Run) -> Codebook:
    """The codebook with those of its dimensions that the other run was asked word for word."""
    hashes = {dimension.id: dimension.hash() for dimension in store.codebook(other.codebook_hash).dimensions}
    same = tuple(one for one in codebook.dimensions if hashes.get(one.id) == one.hash())
    if not same:
        raise other_codebook(f"run {other.id}", other.codebook_hash, codebook)
    return codebook.model_copy(update={"dimensions": same})


def _of(dimension: Dimension, codings: Iterable[Coding]) -> list[Coding]:
    return [coding for coding in codings if coding.dimension_id == dimension.id]


def _result(
    dimension: Dimension,
    reference: Reference,
    gold: Sequence[Coding],
    model: Sequence[Coding],
    drawn: Resampling,
    min_kappa: float | None,
) -> DimensionAgreement:
    reason = reference.blocked.get(dimension.id)
    if reason is not None:
        return withheld(dimension, gold, model, reason, min_kappa=min_kappa)
    result = evaluate_dimension(dimension, gold, model, seed=drawn.seed, min_kappa=min_kappa, clusters=drawn.clusters)
    coded = {coding.version_id for coding in model}
    cells = (cell for cell in reference.left_out if cell.dimension_id == dimension.id and cell.version_id in coded)
    return result.model_copy(update={"excluded": _named(result.excluded, Counter(cell.cause for cell in cells))})


def _named(excluded: Mapping[str, int], causes: Mapping[str, int]) -> dict[str, int]:
    """Why a rule left items without gold, in place of the bare fact that they have none."""
    named = {cause: count for cause, count in causes.items() if count}
    return {**excluded, "no_reference": excluded["no_reference"] - sum(named.values()), **named}


def _with_people(found: Evaluation, store: Store, codebook: Codebook, people: PeopleShown) -> Evaluation:
    coded = people_of(store, codebook).by_name(found.run.parameters.get("examples", ()))
    if len(coded) < 2:
        return found
    drawn, whole = found.drawn, people == "whole"
    replicates = REPLICATES if whole else CEILING_REPLICATES
    alphas, compared = [], []
    for dimension in codebook.dimensions:
        model = run_codings(store, found.run, dimension.id)
        versions = {coding.version_id for coding in model}
        on_these = {name: _on(codings, versions) for name, codings in coded.items()}
        if whole:
            alphas.append(alpha_of(dimension, on_these, drawn.bootstrap, drawn.clusters))
        held = compare_people(
            dimension, model, on_these, seed=drawn.seed, replicates=replicates, clusters=drawn.clusters
        )
        compared.append(_with_ceiling(held, found.reference, dimension, model, on_these))
    return replace(found, names=tuple(coded), people=tuple(compared), alphas=tuple(alphas))


def _with_ceiling(
    held: People,
    reference: Reference,
    dimension: Dimension,
    model: Sequence[Coding],
    people: Mapping[str, Sequence[Coding]],
) -> People:
    """The ceiling on the items that the headline rests on, those that gold and model coded, or why there is none."""
    if reference.no_ceiling is not None:
        return replace(held, ceiling=None, no_ceiling=reference.no_ceiling)
    coded = {coding.version_id for coding in _of(dimension, model)}
    gold = coded & {coding.version_id for coding in _of(dimension, reference.codings)}
    if gold == coded or dimension.id in reference.blocked:
        return held
    on_gold = {name: _on(codings, gold) for name, codings in people.items()}
    found = compare_people(dimension, _on(model, gold), on_gold, replicates=CEILING_REPLICATES)
    return replace(held, ceiling=found.ceiling)


def _on(codings: Iterable[Coding], versions: set[str]) -> list[Coding]:
    return [coding for coding in codings if coding.version_id in versions]


def model_stability(store: Store, codebook: Codebook, run: Run, drawn: Resampling) -> tuple[SeveralAlpha, ...]:
    """Krippendorff's alpha over the turns of a model asked the same again; InputError where it was asked once."""
    runs = repeats(run, store.runs())
    turns = answers_by_turn({one.id: store.codings(run_id=one.id) for one in runs}, runs)
    if len(turns) < 2:
        raise InputError(
            f"--stability: run {run.id} was asked once, and no other run asked the same in the same way",
            "ask again: intercoder code --fresh, or set [model] samples = 3 in intercoder.toml",
        )
    return tuple(alpha_of(dimension, turns, drawn.bootstrap, drawn.clusters) for dimension in codebook.dimensions)


def against_people(store: Store, codebook: Codebook, run: Run, epsilon: float) -> tuple[DimensionAlternative, ...]:
    """The alternative-annotator test of a run against the people who coded; says why where fewer than two did."""
    people = people_of(store, codebook).by_name(run.parameters.get("examples", ()))
    model = comparable(run, store.codings(run_id=run.id))
    return alternative.alternative_tests(codebook.dimensions, model, people, epsilon)


def record(found: Evaluation) -> dict[str, object]:
    """The keys of `eval --json`."""
    return {
        "run": found.run.id,
        "examples_left_out": len(found.run.parameters.get("examples", ())),
        "gold": found.reference.record(),
        "intervals": found.drawn.record(),
        "dimensions": [result.model_dump(mode="json") | asdict(beside(result)) for result in found.results],
        "people": [_people(people) for people in found.people],
        "people_alpha": [asdict(alpha) for alpha in found.alphas],
        "stability": [asdict(alpha) for alpha in found.stability],
        "compared_with": found.other.id if found.other else None,
        "comparison": [asdict(one) for one in found.comparison],
        "not_shared": list(found.not_shared),
        "alternative": [alternative.record(one) for one in found.alternative],
        "audit": [auditing.record(one) for one in found.audits],
    }


def _people(people: People) -> dict[str, Any]:
    pairs = [
        {
            "kind": kind,
            "coders": [pair.first, pair.second],
            **pair.agreement.model_dump(
                mode="json", include={"coefficient", "value", "low", "high", "n", "reason", "clusters"}
            ),
        }
        for kind, pairs in (("model", people.model), ("people", people.pairs))
        for pair in pairs
    ]
    return {
        "dimension": people.dimension,
        "ceiling": people.ceiling,
        "no_ceiling": people.no_ceiling,
        "pairs": pairs,
        "not_pooled": people.few,
    }
