"""From a reading of a model's answer to the codings that are stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from coder.dimensions import Draft
from coder.model import Call, CodeProbability, Coding, Run, Status, now
from coder.prompting import Prompt, Reading
from coder.prompting.labels import probabilities_of_labels


def codings_of(
    run: Run,
    call: Call,
    prompt: Prompt,
    reading: Reading | None,
    probabilities: Sequence[CodeProbability] = (),
) -> tuple[Coding, ...]:
    """One coding a dimension, with the codes' probabilities; `reading` is None where the model refused."""
    if reading is None:
        refused = Draft(Status.REFUSED, reason=call.error)
        return drafted_codings(run, call, prompt, dict.fromkeys(prompt.asked, refused))
    return drafted_codings(run, call, prompt, with_confidence(reading.drafts, probabilities))


def with_confidence(drafts: Mapping[str, Draft], probabilities: Sequence[CodeProbability]) -> dict[str, Draft]:
    """The drafts, by dimension, with a confidence on each code; of two probabilities of a code the first counts."""
    if not probabilities:
        return dict(drafts)
    known = probabilities_of_labels(reversed(probabilities))
    chances = {(one.dimension, one.code): one.probability for one in known}
    return {name: _measured(name, draft, chances) for name, draft in drafts.items()}


def _measured(dimension: str, draft: Draft, chances: Mapping[tuple[str, str], float]) -> Draft:
    """The draft with a confidence on each code whose probability is known; amounts and dates have none."""
    assignments = tuple(
        one.model_copy(update={"confidence": chances[dimension, one.category], "confidence_source": "logprob"})
        if (dimension, one.category) in chances
        else one
        for one in draft.assignments
    )
    return replace(draft, assignments=assignments)


def answer_of(coding: Coding) -> tuple[object, ...]:
    """What a coding says, apart from who said it when: two with the same say the same."""
    return coding.status, coding.assignments, coding.mentions, coding.evidence, coding.reason


def failed_codings(run: Run, call: Call, prompt: Prompt, reason: str) -> tuple[Coding, ...]:
    """The codings of a call that brought no answer: `failed` in every dimension, with the reason."""
    draft = Draft(Status.FAILED, reason=reason)
    return drafted_codings(run, call, prompt, dict.fromkeys(prompt.asked, draft))


def drafted_codings(run: Run, call: Call, prompt: Prompt, drafts: Mapping[str, Draft]) -> tuple[Coding, ...]:
    """One coding a dimension from its draft, all of one call and of the same moment."""
    moment = now()
    return tuple(
        Coding(
            version_id=call.version_id,
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
            created_at=moment,
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
