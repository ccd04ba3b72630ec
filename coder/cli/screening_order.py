"""Which texts are likeliest to be included, by what the model answered to each criterion: an order to read them in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from coder.adjudicate.resolve import newest
from coder.cli import emit, printable
from coder.cli.screening import ScreeningProject, screened
from coder.cli.selection import left_out
from coder.model import Call, Codebook, Coding, Status
from coder.screening.criteria import NO, YES
from coder.screening.reading import likeliness

if TYPE_CHECKING:
    from coder.store import Store


def tell_ranking(project: ScreeningProject, as_json: bool) -> None:
    """Print the documents in the order in which they are best read, as JSON or a line each."""
    found = ranking(project)
    if as_json:
        emit({"documents": found})
        return
    for place, one in enumerate(found, start=1):
        why = f" ({one['criterion']})" if one["criterion"] else ""
        click.echo(printable(f"{place}. {one['document']}: {one['state']}{why}"))


def ranking(project: ScreeningProject) -> list[dict[str, Any]]:
    """Of each document of which the model said anything its name, its verdict as it stands and its figure.

    Those with the highest figure first; it is 1 where a criterion has no answer.
    """
    codebook = project.codebook()
    with project.store() as store:
        found = screened(store, codebook).without(left_out(store, codebook).documents)
        figures = likeliest(store, codebook)
    verdicts = found.verdicts()
    known = [(figures[version.id], document) for document, version in found.documents if version.id in figures]
    return [
        {
            "document": document.name,
            "state": verdicts[document.id].state,
            "criterion": verdicts[document.id].criterion,
            "likeliness": figure,
        }
        for figure, document in sorted(known, key=lambda pair: -pair[0])
    ]


def likeliest(store: Store, codebook: Codebook) -> dict[str, float]:
    """By version id how likely a text is to be included, 0 to 1; of a store seen for screening, by its criteria.

    Texts that the model was not asked about are not there.
    """
    wording = {dimension.id: dimension.hash() for dimension in codebook.dimensions}
    given = newest(
        coding
        for name in wording
        for coding in store.codings(dimension_id=name)
        if coding.dimension_hash == wording[name] and coding.run_id is not None
    )
    calls = _calls(store, given.values())
    texts: dict[str, dict[str, Mapping[str, float]]] = {}
    for (version_id, name), coding in given.items():
        found = texts.setdefault(version_id, {})
        if (chances := _chances(coding, calls.get(coding.call_id or ""))) is not None:
            found[name] = chances
    return {version_id: likeliness(tuple(wording), chances) for version_id, chances in texts.items()}


def _calls(store: Store, codings: Iterable[Coding]) -> dict[str, Call]:
    runs = {coding.run_id: None for coding in codings if coding.call_id}
    return {call.id: call for run in runs if run for call in store.calls(run)}


def _chances(coding: Coding, call: Call | None) -> Mapping[str, float] | None:
    """The probabilities of an answer; of one without, what its code says alone. None where it is no answer."""
    for one in call.probabilities if call else ():
        if one.dimension == coding.dimension_id and one.distribution:
            return one.distribution
    if coding.status in (Status.ABSENT, Status.UNDECIDABLE):
        return {}
    if coding.status is not Status.CODED:
        return None
    sure = 1.0 if coding.confidence is None else coding.confidence
    return {coding.codes[0]: sure, (NO if coding.codes[0] == YES else YES): 1 - sure}
