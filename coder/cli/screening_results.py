"""intercoder screen --results: how far people agree, what was found, what was missed, and what was saved."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

import click

from coder.agreement import evaluate_dimension
from coder.cli import emit, printable
from coder.cli.project import pick_run
from coder.cli.reference import people_of
from coder.cli.screening import Screened, ScreeningProject, screened
from coder.cli.screening_queue import audited
from coder.cli.selection import left_out
from coder.model import Assignment, Category, Codebook, Coding, NominalDimension, Run, Status
from coder.run.codings import comparable
from coder.screening import Held, Verdict, held, verdict
from coder.screening.audit import SIDES, Side
from coder.screening.missed import Audited, Count, count, judged, recall

WHOLE = NominalDimension(
    kind="nominal",
    id="included",
    label="Kept or excluded",
    question="Is the document kept, by all criteria?",
    categories=(Category(id="keep", label="Keep"), Category(id="exclude", label="Exclude")),
)
"""What the answers to the criteria come to, as a code that two coders can agree on; unclear is kept."""
SELECTED = "not estimable: people saw only what was queued for a reason or drawn; adjudicate --screening --task code"


def results(project: ScreeningProject) -> dict[str, Any]:
    """The keys of `screen --results --json`."""
    codebook = project.codebook()
    with project.store() as store:
        run = pick_run(store, None, codebook.hash())
        found = screened(store, codebook).without(left_out(store, codebook).documents)
        rows = audited(store.inclusions(), found.documents)
        coded = people_of(store, codebook)
        model = comparable(run, store.codings(run_id=run.id))
        people = {coded.coders[coder].name: list(codings) for coder, codings in coded.codings.items()}
    by_model, by_people = found.verdicts(found.model), found.verdicts(found.people)
    said = {document.id: tuple(found.people.get(version.id, {})) for document, version in found.documents}
    documents = [
        Audited(
            row.stratum,  # type: ignore[arg-type]  # only sides are strata of these samples
            row.probability,
            row.drawn,
            judged(by_people[document], said[document]),
        )
        for document, row in rows.items()
        if by_model[document].state == row.stratum
    ]
    states = Counter(one.state for one in by_model.values())
    sizes: dict[Side, int] = {side: states[side] for side in SIDES}
    unclear = [document for document, one in by_model.items() if one.state == "unclear"]
    settled = [judged(by_people[document], said[document]) for document in unclear]
    counts = {side: count(side, documents, sizes[side]) for side in SIDES}
    for_people = {item.version_id for item in found.items if item.coder_id is None}
    final = Counter(one.state for one in found.verdicts().values())
    screened_ = sum(states.values()) - states["unscreened"]
    return {
        "run": run.id,
        "criteria": list(found.criteria),
        "model": {state: states[state] for state in ("included", "excluded", "unclear", "unscreened")},
        "now": {state: final[state] for state in ("included", "excluded", "unclear", "unscreened")},
        "reasons": _reasons(found),
        "missed": _counted(counts["excluded"], sizes["excluded"]),
        "wrongly_included": _counted(counts["included"], sizes["included"]),
        "precision": _precision(counts["included"]),
        "recall": asdict(recall(documents, sizes, settled.count("included"), settled.count(None))),
        "work_saved": {
            "screened": screened_,
            "for_people": len(for_people),
            "seen_by_people": sum(bool(one) for one in said.values()),
            "share": 1 - len(for_people) / screened_ if screened_ else None,
        },
        "agreement": _agreement(codebook, run, model, people, found),
    }


def _reasons(found: Screened) -> dict[str, int]:
    reasons = Counter(one.criterion for one in found.verdicts().values() if one.state == "excluded")
    return {name: reasons[name] for name in found.criteria if reasons[name]}


def _counted(found: Count, of: int) -> dict[str, Any]:
    return asdict(found) | found.shares | {"of": of}


def _precision(found: Count) -> dict[str, Any]:
    """Of what the model included, the share that people would."""
    if found.value is None or found.low is None or found.high is None:
        return {"value": None, "low": None, "high": None, "reason": found.reason}
    value, low, high = (1 - end / found.population for end in (found.value, found.high, found.low))
    return {"value": value, "low": low, "high": high, "reason": None}


def _agreement(
    codebook: Codebook, run: Run, model: list[Coding], people: dict[str, list[Coding]], found: Screened
) -> list[dict[str, Any]]:
    """By person who screened from scratch: kappa on each criterion and on what they come to."""
    if not people:
        return [{"person": None, "dimension": WHOLE.id, "value": None, "reason": SELECTED}]
    rows = []
    for person, codings in sorted(people.items()):
        for dimension in codebook.dimensions:
            rows.append(_row(person, dimension, codings, model))
        rows.append(_row(person, WHOLE, _whole(found.criteria, codings), _whole(found.criteria, model)))
    return rows


def _row(person: str, dimension: Any, reference: list[Coding], model: list[Coding]) -> dict[str, Any]:
    result = evaluate_dimension(dimension, reference, model)
    names = ("coefficient", "value", "low", "high", "n", "reason")
    return {"person": person, "dimension": dimension.id} | {name: getattr(result, name) for name in names}


def _whole(criteria: tuple[str, ...], codings: list[Coding]) -> list[Coding]:
    """A coding of each text that says whether it is kept, by one coder's answers to all criteria."""
    by_version: dict[str, dict[str, Coding]] = {}
    for coding in codings:
        by_version.setdefault(coding.version_id, {})[coding.dimension_id] = coding
    made = []
    for version_id, given in by_version.items():
        told: dict[str, Held] = {name: held(one, "model") for name, one in given.items()}
        one: Verdict = verdict("", criteria, told)
        if len(given) < len(criteria) and one.state != "excluded":
            continue
        code = "exclude" if one.state == "excluded" else "keep"
        sample = next(iter(given.values()))
        made.append(
            Coding(
                version_id=version_id,
                dimension_id=WHOLE.id,
                coder_id=sample.coder_id,
                status=Status.CODED,
                assignments=(Assignment(category=code),),
                codebook_hash=sample.codebook_hash,
                dimension_hash=WHOLE.hash(),
            )
        )
    return made


def tell_results(project: ScreeningProject, as_json: bool) -> None:
    """Print them, as JSON or in sentences."""
    found = results(project)
    if as_json:
        emit(found)
        return
    for line in words(found):
        click.echo(printable(line))


def words(found: dict[str, Any]) -> list[str]:
    """The results in sentences, each with what it rests on."""
    model, now, saved = found["model"], found["now"], found["work_saved"]
    why = f" ({', '.join(f'{name} {many}' for name, many in found['reasons'].items())})" if found["reasons"] else ""
    lines = [
        f"run {found['run']}: the model included {model['included']}, excluded {model['excluded']}, left "
        f"{model['unclear']} unclear" + (f"; {model['unscreened']} not screened yet" if model["unscreened"] else ""),
        f"with what people settled: {now['included']} included, {now['excluded']} excluded"
        f"{why}, {now['unclear']} unclear",
        _missed(found["missed"]),
        f"recall: {_range(found['recall'], '; unclear documents count as kept, and the limits are conservative')}",
        f"precision of what the model included: {_range(found['precision'])}",
    ]
    if saved["share"] is not None:
        lines.append(
            f"work: {saved['for_people']} of {saved['screened']} documents are for people, who saw "
            f"{saved['seen_by_people']}; the model saved {saved['share']:.0%}"
        )
    return [*lines, *(_agreed(one) for one in found["agreement"])]


def _missed(one: dict[str, Any]) -> str:
    if one["value"] is None:
        return f"missed: {one['reason']}"
    drawn = f"{one['judged']} of the {one['population']} excluded documents were drawn at random and screened by people"
    outside = one["of"] - one["population"]
    rest = f"; {outside} more were excluded since and not drawn from" if outside > 0 else ""
    return (
        f"missed: {drawn}, who would have kept {one['found']}; so among all {one['population']} about "
        f"{one['value']:.0f} were wrongly excluded ({one['share']:.1%}), between {one['low']:.0f} and "
        f"{one['high']:.0f} with {one['level']:.0%} confidence{rest}"
    )


def _range(one: dict[str, Any], note: str = "") -> str:
    if one["value"] is None:
        return str(one["reason"])
    return f"{one['value']:.2f} [{one['low']:.2f}, {one['high']:.2f}]{note}"


def _agreed(one: dict[str, Any]) -> str:
    if one["person"] is None:
        return f"agreement: {one['reason']}"
    head = f"agreement with {one['person']} on {one['dimension']}, n = {one['n']}"
    if one["value"] is None:
        return f"{head}: {one['reason']}"
    limits = f"no interval: {one['reason']}" if one["low"] is None else f"[{one['low']:.2f}, {one['high']:.2f}]"
    return f"{head}: {one['coefficient']} {one['value']:.2f} {limits}"
