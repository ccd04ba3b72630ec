"""Which runs are repeats of one, and the turns in them."""

from __future__ import annotations

from typing import Any

from coder.model import Coding, Run, Status
from coder.run.repeats import answers_by_turn, repeats


def run(**changed: Any) -> Run:
    parameters = {"model": "m", "temperature": 0.0, "seed": 1, "samples": 1} | changed.pop("parameters", {})
    return Run(**({"coder_id": "c", "codebook_hash": "h", "prompt_hash": "p"} | changed), parameters=parameters)


def coding(version: str, replicate: int = 0) -> Coding:
    return Coding(
        version_id=version, dimension_id="d", coder_id="c", status=Status.ABSENT, codebook_hash="h",
        dimension_hash="w", replicate=replicate,
    )  # fmt: skip


def test_another_seed_is_a_repeat_and_another_question_is_not() -> None:
    first = run()
    again = run(parameters={"seed": 2, "samples": 3})
    others = [run(prompt_hash="q"), run(coder_id="d"), run(codebook_hash="g"), run(parameters={"temperature": 1.0})]
    assert repeats(first, [first, again, *others]) == (first, again)


def test_each_replicate_of_each_run_is_a_turn_without_its_examples() -> None:
    first, second = run(parameters={"examples": ["v0"]}), run()
    codings = {first.id: [coding("v0"), coding("v1"), coding("v1", replicate=1)], second.id: [coding("v0")]}
    turns = answers_by_turn(codings, [first, second])
    assert [[one.version_id for one in given] for given in turns.values()] == [["v1"], ["v1"], ["v0"]]
