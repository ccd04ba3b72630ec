"""Conformance of the alternative-annotator test: winning rate and average advantage of each model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    people = {name: _answers(answers) for name, answers in data["humans"].items()}
    for name, answers in data["llms"].items():
        result = alternative_test(
            _answers(answers),
            people,
            scoring=scoring,
            epsilon=data.get("epsilon", EXPERTS),
            q=data.get("q_fdr", 0.05),
            min_people=data.get("min_humans_per_instance", 2),
            min_items=data.get("min_instances_per_human", 30),
        )
        got |= {f"{name}_wr": result.winning_rate, f"{name}_ap": result.advantage}
    return {key: got[key] for key in case["expected"] if key in got}


def _answers(answers: Mapping[str, Any]) -> dict[str, Answer]:
    """Answers by item as the test takes them: lists are sets of labels, items without an answer are left out."""
    return {
        item: frozenset(answer) if isinstance(answer, list) else answer
        for item, answer in answers.items()
        if answer is not None
    }


KINDS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {"alt_test": alt_test}
