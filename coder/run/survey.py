"""What a pass will take, seen before anything is asked: calls, tokens, cost, and the texts that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from coder.model import Version
from coder.prompting import Prompt
from coder.run.plan import Prices, Task, answer_size

HELD = 20_000
"""Texts whose lengths are remembered for the next prompt that asks of them; a run of more counts them again."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run is expected to take; tokens are the provider's count or its estimate."""

    calls: int
    prompt_tokens: int
    cacheable_tokens: int
    completion_tokens: int
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class TooLong:
    """A text that does not fit the context; it is not sent and not cut."""

    name: str
    version: Version
    prompt: Prompt
    tokens: int
    room: int

    @property
    def key(self) -> str:
        """The key that its failed call is stored under, once."""
        return f"too-long:{self.version.id}:{self.prompt.hash}"

    @property
    def reason(self) -> str:
        """Why, with the figures."""
        return (
            f"the text needs {self.tokens:,} tokens and the model has room for {self.room:,}: "
            "split the text, or use a model with a longer context ([model] context)"
        )


@dataclass(frozen=True, slots=True)
class Survey:
    """What was seen: the calls that will be made, and `over` calls that will not, their texts being too long.

    `texts` are these, by version id and prompt hash.
    """

    estimate: Estimate
    over: int
    texts: dict[tuple[str, str], TooLong]

    @property
    def too_long(self) -> tuple[TooLong, ...]:
        """The texts that will not be sent, in order."""
        return tuple(self.texts.values())

    def fitting(self, tasks: Iterable[Task]) -> Iterable[Task]:
        """The tasks without those that do not fit, as they are asked for."""
        return (task for task in tasks if (task.version.id, task.prompt.hash) not in self.texts)


def survey(tasks: Iterable[Task], count: Callable[[str], int], context: int | None, prices: Prices) -> Survey:
    """Go through the tasks once, holding none of them; `count` says how many tokens a text takes.

    A task fits that leaves twice the expected answer free in the `context` (None: it is not known, all fit). Every
    prefix but the first of its kind is taken as cached.
    """
    counts, over = _Counts(count), dict[tuple[str, str], TooLong]()
    calls = unfit = prompt = cacheable = completion = 0
    seen: set[str] = set()
    for task in tasks:
        prefix, text, answer = counts.prefix(task.prompt), counts.text(task), answer_size(task.prompt)
        room = None if context is None else max(0, context - prefix - 2 * answer)
        if room is not None and text > room:
            unfit += 1
            place = task.version.id, task.prompt.hash
            over[place] = TooLong(task.name, task.version, task.prompt, text, room)
            continue
        calls += 1
        prompt += prefix + text
        cacheable += prefix if task.prompt.hash in seen else 0
        completion += answer
        seen.add(task.prompt.hash)
    cost = prices.cost(prompt, cacheable, completion)
    return Survey(Estimate(calls, prompt, cacheable, completion, cost), unfit, over)


class _Counts:
    """Tokens of prefixes and texts, each counted once while it is in use."""

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self._prefixes: dict[str, int] = {}
        self._texts: dict[str, int] = {}

    def prefix(self, prompt: Prompt) -> int:
        if prompt.hash not in self._prefixes:
            self._prefixes[prompt.hash] = self._count(prompt.prefix)
        return self._prefixes[prompt.hash]

    def text(self, task: Task) -> int:
        """The version's own words, without what the prompt puts around them: one figure for all prompts."""
        known = self._texts.get(task.version.id)
        if known is None:
            own = task.question.messages[-1]["content"]
            known = self._count(own.removeprefix(task.prompt.before).removesuffix(task.prompt.after))
            if len(self._texts) >= HELD:
                self._texts.clear()
            self._texts[task.version.id] = known
        return known
