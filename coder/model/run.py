"""Runs of a model coder and the calls they paid for."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from coder.model.base import Record, new_id, now

CallStatus = Literal["ok", "refused", "invalid", "failed"]


class Run(Record):
    """One pass of a model coder over documents. `parameters` holds all that shaped it, keys never."""

    id: str = Field(default_factory=new_id)
    coder_id: str
    codebook_hash: str
    prompt_hash: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    created_at: AwareDatetime = Field(default_factory=now)


class CodeProbability(Record):
    """How probable one code of an answer was, 0 to 1, at its place in the answer.

    `distribution` holds the probability of every code that was allowed there, where that is known: it sums to 1.
    """

    dimension: str
    code: str
    probability: float = Field(ge=0, le=1)
    distribution: dict[str, float] = Field(default_factory=dict)


class Call(Record):
    """One question put to an endpoint and what came back, kept raw.

    `key` is the hash of messages, parameters, requested model, response schema and replicate index. `attempt` counts
    the requests that the answer took. `prompt_tokens`, `cached_tokens` and `completion_tokens` are the endpoint's
    counts, summed over attempts; `milliseconds` is wall time; `cost_usd` is None where the price is not known.
    `probabilities` are those of the codes, in the order of the answer, as far as they were asked for and can be told.
    `part` of `parts` says which window of a long text was asked about, from 1; both are 0 for a whole text.
    """

    id: str = Field(default_factory=new_id)
    run_id: str
    version_id: str
    key: str
    replicate: int = 0
    dimensions: tuple[str, ...]
    status: CallStatus
    requested_model: str
    served_model: str = ""
    fingerprint: str = ""
    raw: str = ""
    error: str = ""
    attempts: int = 1
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    milliseconds: int = 0
    cost_usd: float | None = None
    probabilities: tuple[CodeProbability, ...] = ()
    part: int = 0
    parts: int = 0
    created_at: AwareDatetime = Field(default_factory=now)


class RunSummary(Record):
    """What a run came to, counted from its calls and codings.

    `long_texts` were asked about in `windows` calls; `carried` counts documents with answers carried over from others.
    """

    run_id: str
    documents: int
    coded: int
    failed: int
    calls: int
    retries: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_usd: float | None
    seconds: float
    long_texts: int = 0
    windows: int = 0
    carried: int = 0
