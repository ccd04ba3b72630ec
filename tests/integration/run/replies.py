"""Replies to a run's questions, and someone who hears what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from coder.model import Call, Run
from coder.prompting import build_prompts
from coder.run.answers import Answer, answer_of_failure, answer_of_reply, read
from coder.run.plan import Task, each_task
from coder.run.protocols import Reply
from coder.run.session import start_run
from coder.store import Store
from tests.integration.run.test_going_on import CODEBOOK, ONCE, add_texts, texts

GOOD = '{"tone": {"evidence": [1], "code": "warm"}, "parts": [{"evidence": [1, 2], "code": "x"}]}'
BAD = '{"tone": {"evidence": [900], "code": "warm"}, "parts": []}'
OWN = {"id", "created_at", "call_id", "run_id", "version_id", "coder_id", "key"}
"""What differs between records of two stores that say the same."""


@dataclass(frozen=True)
class Scene:
    """A store with texts, a run, and a task for each text."""

    store: Store
    run: Run
    tasks: list[Task]

    def answer(self, task: Task, made: Reply | None = None, **call: Any) -> Answer:
        """What is stored of a reply to a task, or of a failure."""
        if made is None:
            return answer_of_failure(self.run, task.asked, task.prompt, "HTTP 500", attempts=4, cost_usd=None)
        reading = read(made, task.asked, task.prompt, task.segments)
        return answer_of_reply(self.run, task.asked, task.prompt, made, reading, 0.5, **call)

    def kept(self) -> list[str]:
        """The names of the texts that have a call, as often as they have one."""
        names = {task.version.id: task.name for task in self.tasks}
        return sorted(names[call.version_id] for call in self.store.calls(self.run.id))

    def said(self) -> list[dict[str, Any]]:
        """Calls and codings in the order of texts, apart from ids and times: two stores that say the same are equal."""
        by_text = sorted(self.store.calls(self.run.id), key=lambda call: (call.version_id, call.part, call.status))
        codings = sorted(self.store.codings(run_id=self.run.id), key=lambda one: (one.version_id, one.id))
        return [record.model_dump(exclude=OWN) for record in (*by_text, *codings)]


def scene(store: Store, number: int) -> Scene:
    """So many texts, none of them asked about yet."""
    add_texts(store, number)
    prompts = build_prompts(CODEBOOK, "object")
    return Scene(store, start_run(store, prompts, ONCE), list(each_task(texts(store), prompts, ONCE)))


def reply(content: str = GOOD, **fields: Any) -> Reply:
    """A reply with tokens and all."""
    given = {"refusal": "", "finish_reason": "stop", "served_model": "m-1", "fingerprint": "f"}
    counts = {"prompt_tokens": 90, "cached_tokens": 10, "completion_tokens": 20, "milliseconds": 200, "attempts": 1}
    return Reply(**{"content": content} | given | counts | fields)


@dataclass
class Heard:
    """Remembers what it is told: names with status and error, and replies that were given back."""

    answers: list[tuple[str, str, str]] = field(default_factory=list)
    tokens: int = 0
    usd: float = 0.0
    back: list[tuple[Task, Reply]] = field(default_factory=list)

    def kept(self, task: Task, status: str, error: str, counts: Call | Reply, cost: float | None) -> None:
        self.answers.append((task.name, status, error))
        self.tokens += counts.prompt_tokens + counts.completion_tokens
        self.usd += cost or 0.0

    def unread(self, task: Task, reply: Reply) -> None:
        self.back.append((task, reply))
