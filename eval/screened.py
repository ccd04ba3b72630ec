"""What screening texts by their criteria comes to, from nothing but the recorded answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from math import prod
from pathlib import Path

import numpy as np

from coder.agreement.proportions import proportion
from coder.agreement.tables import FloatArray
from coder.errors import InputError
from coder.model import CodeProbability, Coding
from coder.run.prior import Prior
from coder.screening import Held, Verdict, held, verdict
from coder.screening.criteria import YES
from coder.screening.reading import likeliness
from eval.answers import AnswerLine, Header, read_answers
from eval.datasets import Item
from eval.ledger import check_free, write_json
from eval.ours import Ours
from eval.ranking import design_weights, resampled
from eval.ranking import figures as ranking
from eval.resample import percentile_interval
from eval.score import Figures, check_fits
from eval.screening import ScreeningSet

WAYS: dict[str, Prior] = {"as_said": "keep", "leaning_out": "correct", "confirmed": "confirm"}
"""The codes as the model gave them; with what it leans to over these texts taken out (docs/decisions/0005); and, as the
program screens, only those that its answers to other texts bear out (docs/decisions/0011)."""


def score(screening: ScreeningSet, header: Header, lines: Sequence[AnswerLine], limit: int | None = None) -> Figures:
    """Every figure over the texts that were asked, in their order up to the first that was not.

    InputError where the answers belong to other texts or another form of the coder, or the first text has none.
    """
    coder = Ours(header.coder)
    check_fits(screening.data, header, coder)
    asked = _by_item(lines, len(coder.parts(screening.data)))
    items = _answered(screening.ordered(header.seed)[:limit], asked)
    if not items:
        raise InputError("no text is answered yet", "let the run go on for a while")
    lines = [line for item in items for line in asked[item.name]]
    included = [screening.included[item.name] for item in items]
    readers = {way: Ours(header.coder, replace(coder.variant, prior=prior)) for way, prior in WAYS.items()}
    return {
        "items": len(items),
        "included": sum(included),
        "of": [len(screening.data.items), sum(screening.included.values())],
        "criteria": list(screening.criteria),
        "statuses": dict(Counter(line.status for line in lines)),
        "cost": _cost(lines, len(items)),
        **{way: _way(screening, items, included, lines, reader) for way, reader in readers.items()},
    }


def _by_item(lines: Sequence[AnswerLine], parts: int) -> dict[str, list[AnswerLine]]:
    """The answers to each text whose calls were all made."""
    found: dict[str, list[AnswerLine]] = {}
    for line in lines:
        found.setdefault(line.item, []).append(line)
    return {item: given for item, given in found.items() if len(given) == parts}


def _answered(items: Sequence[Item], asked: Collection[str]) -> list[Item]:
    """Those before the first that was not asked: what is left out must not depend on what was answered."""
    found: list[Item] = []
    for item in items:
        if item.name not in asked:
            break
        found.append(item)
    return found


def _way(
    screening: ScreeningSet, items: Sequence[Item], included: Sequence[bool], lines: Sequence[AnswerLine], reader: Ours
) -> Figures:
    """The decisions and the ranking in one way of reading the answers."""
    verdicts = _verdicts(screening, items, reader.read(screening.data, items, lines))
    chances = reader.probabilities(screening.data, lines)
    scores = _scores(screening.criteria, [chances.get(item.name, {}) for item in items], reader.variant.prior)
    kept = sum(screening.included.values())
    of = kept, len(screening.included) - kept
    sides = len(set(included)) == 2
    return {
        "decision": _decision(verdicts, included, of),
        "reasons": _reasons(screening, items, verdicts),
        "answers": {
            name: dict(Counter(dict(one.answers)[name] or "none" for one in verdicts)) for name in screening.criteria
        },
        "ranking": ranking(scores, included, of) if sides else None,
    }


def _verdicts(screening: ScreeningSet, items: Sequence[Item], codings: Sequence[Coding]) -> list[Verdict]:
    found: dict[str, dict[str, Held]] = {}
    for coding in codings:
        found.setdefault(coding.version_id, {})[coding.dimension_id] = held(coding, "model")
    return [verdict(item.name, screening.criteria, found.get(item.version.id, {})) for item in items]


def _scores(criteria: Sequence[str], texts: Sequence[Mapping[str, CodeProbability]], prior: Prior) -> list[float]:
    """What the texts are ranked by: the program's own figure where they are read as the program reads them."""
    if prior != "confirm":
        return [_score(criteria, chances) for chances in texts]
    return [
        likeliness(criteria, {name: one.distribution for name, one in chances.items() if one.distribution})
        for chances in texts
    ]


def _score(criteria: Sequence[str], chances: Mapping[str, CodeProbability]) -> float:
    """The probability that every criterion is met, each given the answers before it; 1 where it cannot be told.

    A text of which nothing is known is read first: it must not be lost.
    """
    known = [chances[name].distribution.get(YES) for name in criteria if name in chances]
    return prod(one for one in known if one is not None) if len(known) == len(criteria) and None not in known else 1.0


def _decision(verdicts: Sequence[Verdict], included: Sequence[bool], of: tuple[int, int]) -> Figures:
    """What is kept (included or unclear) and what is excluded, against what people kept.

    Precision and the share excluded are those of the whole set, each side weighed back to its size in it.
    """
    kept = np.array([one.state != "excluded" for one in verdicts], dtype=np.float64)
    right = np.array(included, dtype=np.float64)
    pairs = Counter(zip(kept.astype(bool).tolist(), included, strict=True))
    found, lost, false, saved = (pairs[one] for one in ((True, True), (False, True), (True, False), (False, False)))
    whole = design_weights(included, of)
    drawn = resampled(included) * whole

    def estimate(over: FloatArray, among: FloatArray) -> Figures:
        with np.errstate(invalid="ignore", divide="ignore"):
            value, values = (weights @ over / (weights @ among) for weights in (whole, drawn))
        interval = percentile_interval(np.asarray(values), len(included))
        known = float(value) if np.isfinite(value) else None
        return {"value": known, "low": interval.low, "high": interval.high, "reason": interval.reason}

    return {
        "states": dict(Counter(one.state for one in verdicts)),
        "kept_included": found,
        "kept_excluded": false,
        "excluded_included": lost,
        "excluded_excluded": saved,
        "recall": _share(found, found + lost),
        "specificity": _share(saved, saved + false),
        "precision": estimate(kept * right, kept),
        "excluded": estimate(1 - kept, np.ones_like(kept)),
    }


def _reasons(screening: ScreeningSet, items: Sequence[Item], verdicts: Sequence[Verdict]) -> Figures:
    """By which criterion texts were excluded, and how often rightly, where the one that a text fails is known."""
    reasons = [(screening.reasons.get(item.name), one) for item, one in zip(items, verdicts, strict=True)]
    known = [(reason, one) for reason, one in reasons if reason]
    return {
        "given": dict(Counter(one.criterion for one in verdicts if one.state == "excluded")),
        "known": len(known),
        "named_first": sum(one.state == "excluded" and one.criterion == reason for reason, one in known),
        "answered_no": sum(dict(one.answers)[reason] == "no" for reason, one in known),
        "not_answered_yes": sum(dict(one.answers)[reason] != "yes" for reason, one in known),
    }


def _share(count: int, n: int) -> Figures:
    """A share with its exact interval (Clopper & Pearson)."""
    found = asdict(proportion(count, n))
    return {name: found[name] for name in ("count", "n", "share", "low", "high", "reason")}


def _cost(lines: Sequence[AnswerLine], texts: int) -> Figures:
    """What a text took."""
    return {
        name: sum(getattr(line, name) for line in lines) / texts
        for name in ("prompt_tokens", "cached_tokens", "completion_tokens")
    } | {"seconds": sum(line.milliseconds for line in lines) / texts / 1000}


def replay(screening: ScreeningSet, path: Path, limit: int | None = None) -> Figures:
    """The record of a file of answers: the header, and every figure computed again."""
    header, lines = read_answers(path)
    return {
        "kind": "screening",
        "reference": screening.data.kind,
        "header": header.model_dump(mode="json"),
        "figures": score(screening, header, lines, limit),
    }


def keep(record: Figures, answers: Path, home: Path) -> Path:
    """Write the result file, named as the file of answers; returns its path."""
    path = home / "results" / f"{answers.stem}.json"
    check_free(path, Header.model_validate(record["header"]))
    write_json(path, record)
    return path
