"""From a reading of a model's answer to the codings that are stored."""

from __future__ import annotations

from collections.abc import Iterable

from coder.dimensions import Draft
from coder.model import Call, Coding, Run, Status, Version
from coder.prompting import Prompt, Reading
from coder.run.plan import Task


def codings_of(run: Run, call: Call, task: Task, reading: Reading | None) -> tuple[Coding, ...]:
    """One coding a dimension; `reading` is None where the model refused."""
    if reading is None:
        refused = Draft(Status.REFUSED, reason=call.error)
        drafts = dict.fromkeys(task.prompt.asked, refused)
        return _codings(run, call, task.version, task.prompt, drafts)
    return _codings(run, call, task.version, task.prompt, dict(reading.drafts))


def failed_codings(run: Run, call: Call, version: Version, prompt: Prompt, reason: str) -> tuple[Coding, ...]:
    """The codings of a call that brought no answer: `failed` in every dimension, with the reason."""
    draft = Draft(Status.FAILED, reason=reason)
    return _codings(run, call, version, prompt, dict.fromkeys(prompt.asked, draft))


def _codings(run: Run, call: Call, version: Version, prompt: Prompt, drafts: dict[str, Draft]) -> tuple[Coding, ...]:
    return tuple(
        Coding(
            version_id=version.id,
            dimension_id=dimension.id,
            coder_id=run.coder_id,
            status=drafts[dimension.id].status,
            assignments=drafts[dimension.id].assignments,
            mentions=drafts[dimension.id].mentions,
            evidence=drafts[dimension.id].evidence,
            unsupported=drafts[dimension.id].unsupported,
            reason=drafts[dimension.id].reason,
            codebook_hash=run.codebook_hash,
            dimension_hash=prompt.dimension_hashes[dimension.id],
            run_id=run.id,
            call_id=call.id,
            replicate=call.replicate,
        )
        for dimension in prompt.dimensions
    )


def comparable(run: Run, codings: Iterable[Coding], replicate: int = 0) -> list[Coding]:
    """The newest coding of each cell for one replicate, without the versions that the prompt showed as examples."""
    shown = set(run.parameters.get("examples", ()))
    return [coding for coding in latest(codings, replicate) if coding.version_id not in shown]


def latest(codings: Iterable[Coding], replicate: int = 0) -> list[Coding]:
    """The newest coding of each cell for one replicate, so that an answer replaces an earlier failure."""
    newest = {(item.version_id, item.dimension_id): item for item in codings if item.replicate == replicate}
    return list(newest.values())
