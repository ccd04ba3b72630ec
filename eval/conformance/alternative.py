"""Conformance of the alternative-annotator test: winning rate and average advantage of each model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from coder.inference.alternative import EXPERTS, Answer, Scoring, alternative_test

SCORINGS: dict[str, Scoring] = {
    "accuracy": "accuracy",
    "neg_rmse": "neg_rmse",
    "rmse": "neg_rmse",
    "masi": "masi",
    "1-masi": "masi",
    "one_minus_masi": "masi",
    "masi_similarity": "masi",
}


def alt_test(case: Mapping[str, Any]) -> dict[str, Any]:
    """`NAME_wr` and `NAME_ap` (winning rate, advantage) for each model the case expects something of.

    KeyError where the case names a scoring that is not known here.
    """
    data: Mapping[str, Any] = case["data"]
    got: dict[str, Any] = {}
    scoring = SCORINGS[str(data.get("scoring", "accuracy")).lower()]
    people = {name: _answers(answers, scoring) for name, answers in data["humans"].items()}
    models = data["llms"] if "llms" in data else {"llm": data["llm"]}
    for name, answers in models.items():
        result = alternative_test(
            _answers(answers, scoring),
            people,
            scoring=scoring,
            epsilon=data.get("epsilon", EXPERTS),
            q=data.get("q_fdr", 0.05),
            min_people=data.get("min_humans_per_instance", 2),
            min_items=data.get("min_instances_per_human", 30),
        )
        got |= {f"{name}_wr": result.winning_rate, f"{name}_ap": result.advantage}
        if len(models) == 1:
            got |= dict.fromkeys(("wr", "winning_rate"), result.winning_rate)
            got |= dict.fromkeys(("ap", "advantage", "advantage_probability"), result.advantage)
    return got


def _answers(answers: Mapping[str, Any] | list[Any], scoring: Scoring) -> dict[str, Answer]:
    """Answers by item as the test takes them; items without an answer are left out."""
    pairs = answers.items() if isinstance(answers, Mapping) else _pairs(answers, scoring)
    return {str(item): _answer(answer, scoring) for item, answer in pairs if answer is not None}


def _pairs(answers: list[Any], scoring: Scoring) -> Iterable[tuple[Any, Any]]:
    """Pairs of item and answer as they are; a list of answers alone is numbered.

    Where answers are sets of labels, pairs are told from sets of two by their second part, a list or nothing.
    """
    sets = scoring == "masi"
    paired = all(
        isinstance(part, list) and len(part) == 2 and (not sets or part[1] is None or isinstance(part[1], list))
        for part in answers
    )
    return [(item, answer) for item, answer in answers] if paired else enumerate(answers)


def _answer(answer: Any, scoring: Scoring) -> Answer:
    """Lists are sets of labels; where amounts are compared, digits are their number."""
    if isinstance(answer, list):
        return frozenset(answer)
    if scoring == "neg_rmse":
        return float(answer)
    return answer  # type: ignore[no-any-return]


KINDS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {"alt_test": alt_test}
