"""A drawn sample for the terminal: what was drawn of what, with which probabilities, and the documents."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from coder.inference.sampling import Sample
from coder.report.figures import figures_table
from coder.report.plain import plain


def sample_view(name: str, documents: Sequence[str], sample: Sample, strata: Sequence[str]) -> RenderableType:
    """One sentence, a table of the strata where there are several, and the names of the documents, a line each.

    `documents` names those drawn, `strata` each document's of the population.
    """
    units = len(set(sample.unit[sample.drawn].tolist()))
    whole = f", {units} clusters drawn whole" if sample.has_clusters else ""
    equal = f", each with probability {sample.probability[0]:.3g}" if sample.has_equal_probabilities else ""
    first = plain(f"Sample '{name}': {sample.n:,} of {sample.population:,} documents{whole}{equal}.", "bold")
    parts: list[RenderableType] = [first, Text()]
    if len(set(strata)) > 1:
        parts += [_strata(sample, strata), Text()]
    return Group(*parts, *(plain(document, limit=200) for document in documents))


def _strata(sample: Sample, strata: Sequence[str]) -> RenderableType:
    table = figures_table("label", "documents", "drawn", "probability")
    table.columns[0].header = "model's code"
    for stratum in sorted(set(strata)):
        inside = [place for place, name in enumerate(strata) if name == stratum]
        drawn, chance = int(sample.drawn[inside].sum()), float(sample.probability[inside[0]])
        table.add_row(plain(stratum, limit=60), f"{len(inside):,}", f"{drawn:,}", f"{chance:.3f}")
    return table
