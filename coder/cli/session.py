"""What a second coder did, and how far it agrees with the model, with gold and with itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from coder.adjudicate.summary import SelfAgreement, blind_answers, codebook_memos, self_agreement, work_done
from coder.agreement import evaluate_dimension, proportion
from coder.cli import printable
from coder.cli.auditing import undisputed_agreement
from coder.cli.second import decided_codings
from coder.model import Codebook, Coder, Run
from coder.run.codings import comparable

if TYPE_CHECKING:
    from coder.store import Store


def summary_of(store: Store, codebook: Codebook, run: Run | None, coder: Coder) -> dict[str, Any]:
    """The keys of `adjudicate --summary --json`.

    Agreement with the model, and with gold where there is some, is estimated from this coder's blind answers to the
    random audit alone: what was queued for a reason was selected.
    """
    items, decisions, codings = store.queue_items(), store.decisions(), decided_codings(store)
    queued = [item for item in items if run is not None and item.run_id == run.id and item.coder_id is None]
    answers = blind_answers(queued, decisions, codings, coder.id)
    model = comparable(run, store.codings(run_id=run.id)) if run else []
    gold_ids = {item.gold_id for item in queued if item.gold_id}
    with_gold = {
        (coding.version_id, coding.dimension_id) for gold_id in gold_ids for coding in store.codings(gold_id=gold_id)
    }
    documents = store.version_names()
    by_id = {item.id: item for item in items}
    work = work_done(items, decisions, codings, coder.id)
    return {
        "coder": coder.name,
        "run": run.id if run else None,
        "answered": work.answered,
        "settled": dict(work.settled),
        "settled_as_answered": work.kept,
        "skipped": work.skipped,
        "flagged": work.flagged,
        "seconds": round(work.seconds, 1),
        "agreement": [
            undisputed_agreement(dimension, queued, model, answers, with_gold) for dimension in codebook.dimensions
        ]
        if run
        else [],
        "with_oneself": [_with_oneself(codebook, one) for one in self_agreement(items, decisions, codings, coder.id)],
        "codebook_memos": [
            {
                "dimension": by_id[act.item_id].dimension_id,
                "document": documents.get(by_id[act.item_id].version_id, by_id[act.item_id].version_id),
                "memo": act.memo,
            }
            for act in codebook_memos(decisions)
            if act.coder_id == coder.id
        ],
    }


def _with_oneself(codebook: Codebook, found: SelfAgreement) -> dict[str, Any]:
    """Percent agreement with its exact interval, and the dimension's coefficient or why there is none."""
    share = proportion(found.same, found.n)
    return {
        "dimension": found.dimension,
        "n": found.n,
        "same": found.same,
        "percent_agreement": {"value": share.share, "low": share.low, "high": share.high},
        **_coefficient(codebook, found),
    }


def _coefficient(codebook: Codebook, found: SelfAgreement) -> dict[str, Any]:
    dimension = next((one for one in codebook.dimensions if one.id == found.dimension), None)
    if dimension is None or found.first[0].dimension_hash != dimension.hash():
        reason = "the dimension was worded otherwise when these answers were given"
        return {"coefficient": None, "value": None, "low": None, "high": None, "reason": reason}
    result = evaluate_dimension(dimension, found.first, found.again)
    return {name: getattr(result, name) for name in ("coefficient", "value", "low", "high", "reason")}


def say(found: dict[str, Any]) -> None:
    """Print a summary for people, to standard error."""
    settled = sum(found["settled"].values())
    # A first coder settles nothing.
    final = f", {settled} settled ({found['settled_as_answered']} of them as answered)" if settled else ""
    lines = [
        f"{found['coder']}: {found['answered']} answered{final}, {found['skipped']} skipped, "
        f"{found['flagged']} flagged; {found['seconds'] / 60:.0f} minutes"
    ]
    for whose in ("model", "gold"):
        lines += _agreement_lines(whose, found["agreement"])
    for one in found["with_oneself"]:
        lines.append(_repeat_line(one))
    for memo in found["codebook_memos"]:
        lines.append(f"for the codebook, {memo['dimension']} in {memo['document']}: {memo['memo']}")
    for line in lines:
        click.echo(printable(line).replace("\n", " "), err=True)


def _repeat_line(one: dict[str, Any]) -> str:
    share = one["percent_agreement"]
    said = (
        f"{one['dimension']}: the same answer again in {one['same']} of {one['n']} silent repeats, "
        f"{share['value']:.0%} [{share['low']:.0%}, {share['high']:.0%}]"
    )
    if one["value"] is None:
        return f"{said}; no coefficient: {one['reason']}"
    limits = f"no interval: {one['reason']}" if one["low"] is None else f"[{one['low']:.2f}, {one['high']:.2f}]"
    return f"{said}; {one['coefficient']} {round(one['value'], 2) + 0.0:.2f} {limits}"  # no -0.00


def _agreement_lines(whose: str, dimensions: list[dict[str, Any]]) -> list[str]:
    """A line a dimension that has an estimate, and one for those that share a reason for having none."""
    lines: list[str] = []
    without: dict[str, list[str]] = {}
    for one in dimensions:
        found = one[whose]
        if found["value"] is None:
            without.setdefault(found["reason"].partition(";")[0], []).append(one["dimension"])
            continue
        limits = "" if found["low"] is None else f" [{found['low']:.2f}, {found['high']:.2f}]"
        audited = f"{found['audited']} audited of {found['n']}"
        lines.append(
            f"{one['dimension']}: with the {whose}, where nobody disputed: {found['value']:.2f}{limits}, {audited}"
        )
    return [*lines, *(f"{', '.join(names)}: with the {whose}: {reason}" for reason, names in without.items())]
