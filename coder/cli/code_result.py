"""What `intercoder code` did, as it is told and as `--json` gives it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from coder.model import BatchState
from coder.run.execute import Progress
from coder.run.prices import Quote

if TYPE_CHECKING:
    from coder.run.long_texts import Joined
    from coder.run.recode import Recoded
    from coder.run.survey import Estimate


@dataclass(slots=True)
class CodeResult:
    """What `intercoder code` did; `failures` maps a document's name to its reason.

    `left` counts the documents without a usable answer, which is looked up only where some may be; `waiting` the calls
    in `batches` that are not fetched yet. `done` is the word for what became of the documents: coded, screened.
    """

    run_id: str
    documents: int
    answered_before: int
    progress: Progress
    estimate: Estimate
    host: str
    continued: bool
    quote: Quote
    failures: dict[str, str] = field(default_factory=dict)
    stopped: str = ""
    left: int = 0
    recoded: Recoded | None = None
    carried: int = 0
    long_texts: int = 0
    windows: int = 0
    joined: Joined | None = None
    batches: list[dict[str, Any]] = field(default_factory=list)
    waiting: int = 0
    done: str = "coded"

    def wait_for(self, batches: Iterable[BatchState]) -> list[BatchState]:
        """Those of the batches that are under way; their calls are not answered, and not asked.

        They may hold more than this pass would ask: windows of another cut, versions of before.
        """
        under_way = [state for state in batches if state.open]
        self.waiting = sum(state.batch.requests for state in under_way)
        self.answered_before = max(0, self.answered_before - self.waiting)
        return under_way

    def record(self) -> dict[str, Any]:
        """The keys of `code --json`."""
        progress = self.progress
        return {
            "run": self.run_id,
            "continued": self.continued,
            "host": self.host,
            "documents": self.documents,
            "answered_before": self.answered_before,
            "carried": self.carried,
            "long_texts": self.long_texts,
            "windows": self.windows,
            "asked": progress.done,
            "coded": progress.coded,
            "refused": progress.refused,
            "invalid": progress.invalid,
            "failed": progress.failed,
            "prompt_tokens": progress.prompt_tokens,
            "cached_tokens": progress.cached_tokens,
            "completion_tokens": progress.completion_tokens,
            "cost_usd": progress.cost_usd,
            "expected": {
                "calls": self.estimate.calls,
                "prompt_tokens": self.estimate.prompt_tokens,
                "cacheable_tokens": self.estimate.cacheable_tokens,
                "completion_tokens": self.estimate.completion_tokens,
                "cost_usd": self.estimate.cost_usd,
            },
            "failures": self.failures,
            "stopped": self.stopped,
            "left": self.left,
            "prices": self.quote.record(),
            "batches": self.batches,
            "waiting": self.waiting,
            "recoded": asdict(self.recoded) if self.recoded else None,
        }
