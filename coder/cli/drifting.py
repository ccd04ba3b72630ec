"""Whether one batch of a project's documents is like the others, and whether people coded a sample of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from coder.cli.analysis import Analysis
from coder.cli.population import Population
from coder.cli.selecting import selector
from coder.errors import InputError
from coder.inference.analysis import BatchDrift
from coder.inference.answers import by_version, views
from coder.inference.sampling import BoolArray, documents_to_code
from coder.inference.transport import Drift, confidence_drift, holm, margin_drift, require_audit
from coder.model import Dimension


def find_drift(
    population: Population,
    dimensions: Sequence[Dimension],
    variable: str | None,
    new_since: str | None,
    cluster: str | None = None,
) -> Analysis:
    """Each batch against all other documents; p values are adjusted for all tests together (Holm).

    Batches are the values of `variable` (of two, the second alone), or what was imported since a day. Where a variable
    names the documents' `cluster`, tests on codes permute whole clusters.
    """
    batches = [_by_day(population, new_since)] if new_since is not None else _by_value(population, variable or "")
    return Analysis(population, batches=compare_batches(population, dimensions, batches, cluster))


def compare_batches(
    population: Population,
    dimensions: Sequence[Dimension],
    batches: Sequence[tuple[str, str, BoolArray]],
    cluster: str | None = None,
) -> tuple[BatchDrift, ...]:
    """The tests of batches, each a name, the option of `sample` that draws from it, and which documents are in it."""
    sources = None if cluster is None else _sources(population, cluster)
    tests = [_tests(population, dimensions, inside, sources) for _, _, inside in batches]
    adjusted = iter(holm([drift for drifts in tests for drift in drifts]))
    return tuple(
        _batch(population, name, option, inside, tuple(next(adjusted) for _ in drifts))
        for (name, option, inside), drifts in zip(batches, tests, strict=True)
    )


def _by_day(population: Population, new_since: str) -> tuple[str, str, BoolArray]:
    chosen = selector(new_since=new_since)
    inside = np.array([chosen(document) for document, _ in population.pairs])
    if not inside.any() or inside.all():
        which = "all" if inside.all() else "none"
        raise InputError(f"--new-since {new_since}: {which} of the documents were imported since", "name another day")
    return f"documents imported since {new_since}", f"--new-since {new_since}", inside


def _by_value(population: Population, variable: str) -> list[tuple[str, str, BoolArray]]:
    values = np.array([document.variables.get(variable, "") for document, _ in population.pairs])
    names = sorted({str(value) for value in values})
    if len(names) < 2:
        known = sorted({name for document, _ in population.pairs for name in document.variables})
        raise InputError(
            f"--drift {variable}: the documents do not differ in it", f"there are: {', '.join(known) or 'no variables'}"
        )
    shown = names[1:] if len(names) == 2 else names
    return [(f"{variable} = {name or '(none)'}", f"--where '{variable}={name}'", values == name) for name in shown]


def _sources(population: Population, variable: str) -> NDArray[np.str_]:
    values = [document.variables.get(variable, "") for document, _ in population.pairs]
    if not any(values):
        raise InputError(f"no document has the variable '{variable}'", "name a column that was imported")
    named = zip(values, population.pairs, strict=True)
    return np.array([value or f"document {document.id}" for value, (document, _) in named], dtype=str)


def _tests(
    population: Population, dimensions: Sequence[Dimension], inside: BoolArray, sources: NDArray[np.str_] | None
) -> list[Drift]:
    return [drift for dimension in dimensions for drift in _of_dimension(population, dimension, inside, sources)]


def _of_dimension(
    population: Population, dimension: Dimension, inside: BoolArray, sources: NDArray[np.str_] | None
) -> Iterator[Drift]:
    versions = [version.id for _, version in population.pairs]
    model = by_version(population.model, dimension.id)
    for view in views(dimension, versions, {}, model):
        old, new = ((view.predicted >= 0) & side for side in (~inside, inside))
        clusters = None if sources is None else (sources[old].tolist(), sources[new].tolist())
        codes = view.predicted[old], view.predicted[new]
        yield margin_drift(f"{view.name}: codes", *codes, categories=view.categories, clusters=clusters)
    given = [model[version].confidence if version in model else None for version in versions]
    confidence = np.array([np.nan if value is None else value for value in given], dtype=np.float64)
    if not np.isnan(confidence).all():
        yield confidence_drift(f"{dimension.id}: confidence", confidence[~inside], confidence[inside])


def _batch(population: Population, name: str, option: str, inside: BoolArray, drifts: tuple[Drift, ...]) -> BatchDrift:
    audited = _audited(population)
    size, drawn = int(inside.sum()), int((inside & audited).sum())
    found = BatchDrift(name, size, len(inside), drawn, drifts)
    try:
        require_audit(name, inside, audited, drifts)
    except InputError as error:
        command = f"intercoder sample {option} --n {documents_to_code(size)} --name NAME"
        return replace(found, refusal=error.message, remedy=f"draw some of them and code those by hand: {command}")
    return found


def _audited(population: Population) -> BoolArray:
    """The documents that were drawn into any sample and have a hand code."""
    drawn = {row.document_id for row in population.inclusions if row.drawn}
    coded = {coding.version_id for coding in population.reference.codings} if population.reference else set()
    return np.array([document.id in drawn and version.id in coded for document, version in population.pairs])
