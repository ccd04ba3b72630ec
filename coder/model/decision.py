"""The queue of the second coder, and what was decided: an append-only log."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from coder.model.base import Record, new_id, now

QueueReason = Literal[
    "disagreement", "between_coders", "unsupported", "refused", "invalid", "failed", "tie", "low_confidence",
    "not_accepted", "changed", "flagged", "conflict", "audit", "first_coding", "repeat", "unclear", "overruled",
]  # fmt: skip
Action = Literal["answer", "reveal", "settle", "skip", "flag", "memo", "undo", "redo"]
Visible = Literal["blind", "revealed", "open"]
ReviewVerdict = Literal["agree", "disagree", "unsure", ""]


class QueueItem(Record):
    """One cell (version and dimension) that waits for a person.

    `reason` is hidden until the blind answer is saved; `not_accepted` means that the thresholds of `route` do not let
    the model's code stand, `unclear` that it could not tell whether a criterion is met, `overruled` that a person said
    so without waiting for the queue. `probability` is the chance with which the item came into the queue: 1 for
    selected items, the sampling rate for an audit of agreements. With `coder_id` it is that person's alone, who answers
    it without ever seeing another code: a first coding, or a silent repeat.
    """

    id: str = Field(default_factory=new_id)
    version_id: str
    dimension_id: str
    run_id: str | None = None
    gold_id: str | None = None
    coder_id: str | None = None
    reason: QueueReason
    detail: str = ""
    probability: float = Field(default=1.0, gt=0, le=1)
    created_at: AwareDatetime = Field(default_factory=now)


class Decision(Record):
    """One act of a second coder.

    `answer` saves the blind coding, `settle` the final one; `reveal` says that the other codes were shown. Undo and
    redo are acts too: `target_id` names the one they take back or bring back. A `settle` with a `target_id` was made
    in one go with the one it names, and is undone with it.
    """

    id: str = Field(default_factory=new_id)
    item_id: str
    coder_id: str
    action: Action
    coding_id: str | None = None
    target_id: str | None = None
    visible: Visible = "blind"
    seconds: float = Field(default=0.0, ge=0)
    memo: str = ""
    created_at: AwareDatetime = Field(default_factory=now)


class Review(Record):
    """What an expert said of one pattern of a report: a memo on a finding, not a coding of a document.

    `report` says of which codebook, run and reference the review copy was made, `pattern` which finding it was (the
    same in every report of the codebook), `sentence` how it was worded then. An empty verdict is a comment alone.
    """

    id: str = Field(default_factory=new_id)
    coder_id: str
    report: str
    pattern: str
    sentence: str
    verdict: ReviewVerdict = ""
    comment: str = ""
    created_at: AwareDatetime = Field(default_factory=now)
