"""Calls that were handed to a provider's batch API together, and what became of them."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from coder.model.base import Record, new_id, now

BatchStep = Literal["uploaded", "submitting", "submitted", "ended", "collected", "dropped"]
"""`uploaded`: the file is there; `submitting`: the batch is about to be made; `submitted`: it has the endpoint's id;
`ended`: the endpoint will do no more on it; `collected`: its answers are in the store; `dropped`: it was never made."""


class Batch(Record):
    """Calls of one run that are asked together. Its id is the tag by which it is found again at the endpoint.

    `requests` and `bytes` measure its file; `tokens` and `usd` are what it is expected to take (None: no known price).
    """

    id: str = Field(default_factory=new_id)
    run_id: str
    host: str
    requests: int
    bytes: int
    tokens: int = 0
    usd: float | None = None
    created_at: AwareDatetime = Field(default_factory=now)


class BatchItem(Record):
    """One call in a batch: which version it asks about, the key it is paid under, and its name in the file."""

    batch_id: str
    custom_id: str
    version_id: str
    key: str


class BatchEvent(Record):
    """A step of a batch. `remote` holds the endpoint's ids (`file`, `batch`, `output`, `errors`), `note` its words."""

    id: str = Field(default_factory=new_id)
    batch_id: str
    step: BatchStep
    remote: dict[str, str] = Field(default_factory=dict)
    note: str = ""
    created_at: AwareDatetime = Field(default_factory=now)


class BatchState(Record):
    """A batch with its events, the oldest first."""

    batch: Batch
    events: tuple[BatchEvent, ...] = ()

    @property
    def step(self) -> str:
        """The last step that was taken; '' before the first."""
        return self.events[-1].step if self.events else ""

    @property
    def open(self) -> bool:
        """Whether its calls may still be answered, so that nobody else may ask them."""
        return self.step not in ("collected", "dropped")

    @property
    def note(self) -> str:
        """The last words on it."""
        return next((event.note for event in reversed(self.events) if event.note), "")

    def summary(self) -> dict[str, object]:
        """What is printed with --json."""
        return {
            "id": self.batch.id,
            "batch": self.remote("batch"),
            "files": {name: self.remote(name) for name in ("file", "output", "errors")},
            "host": self.batch.host,
            "calls": self.batch.requests,
            "step": self.step,
            "note": self.note,
            "created_at": self.batch.created_at.isoformat(),
        }

    def remote(self, name: str) -> str:
        """The endpoint's id of this name, '' where there is none yet."""
        return next((event.remote[name] for event in reversed(self.events) if name in event.remote), "")
