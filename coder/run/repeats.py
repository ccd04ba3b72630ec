"""Repeated answers of one model coder: runs that ask the same in the same way, and the replicates within them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from coder.model import Coding, Run
from coder.run.codings import comparable

_REPEATED = ("seed", "samples", "prices", "style")
"""What may differ between repeats: how often was asked, the seed that makes an answer a new one, what it cost, and the
hash of the way of asking, which runs of before lack and the prompt's hash holds too."""


def repeats(run: Run, runs: Iterable[Run]) -> tuple[Run, ...]:
    """The runs with the same coder, codebook, prompt and parameters but the seed, this one among them."""
    return tuple(one for one in runs if _configuration(one) == _configuration(run))


def answers_by_turn(codings: Mapping[str, Sequence[Coding]], runs: Iterable[Run]) -> dict[str, list[Coding]]:
    """The codings of each turn, a replicate of a run, without the versions shown as examples.

    `codings` are those of each run by its id; a turn is named by run and replicate.
    """
    turns: dict[str, list[Coding]] = {}
    for run in runs:
        for replicate in sorted({coding.replicate for coding in codings[run.id]}):
            turns[f"{run.id} replicate {replicate}"] = comparable(run, codings[run.id], replicate)
    return turns


def _configuration(run: Run) -> tuple[str, str, str, dict[str, Any]]:
    parameters = {name: value for name, value in run.parameters.items() if name not in _REPEATED}
    return run.coder_id, run.codebook_hash, run.prompt_hash, parameters
