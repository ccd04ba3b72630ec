"""What a pass will take, seen before anything is asked: calls, tokens, cost, and the texts that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from coder.model import Version
from coder.prompting import Prompt
from coder.run.long_texts import own_words, width, windows_of
from coder.run.plan import Prices, Task, answer_size

Unanswered = Callable[[Sequence[Task]], Iterable[Task]]
"""Those of some tasks that have no answer yet."""

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

    `texts` are these, by version id and prompt hash. `widths` are the texts coded in windows, by the same, with the
    characters a window may have: `long_tasks` questions in `windows` calls, of which `windows_left` are yet to be made.
    """

    estimate: Estimate
    over: int
    texts: dict[tuple[str, str], TooLong]
    widths: dict[tuple[str, str], int]
    long_tasks: int = 0
    windows: int = 0
    windows_left: int = 0

    @property
    def too_long(self) -> tuple[TooLong, ...]:
        """The texts that will not be sent, in order."""
        return tuple(self.texts.values())

    @property
    def long_texts(self) -> int:
        """How many texts are coded in windows."""
        return len({version for version, _ in self.widths})

    def settled(self, asked: int) -> int:
        """How many of the calls are answered already, `asked` being those there would be without windows."""
        left = self.estimate.calls - self.windows_left
        return asked - left - self.over - self.long_tasks + self.windows - self.windows_left

    def fitting(self, tasks: Iterable[Task], unanswered: Unanswered | None = None) -> Iterator[Task]:
        """The tasks as they are asked for: without those that do not fit, long texts as their windows."""
        for task in tasks:
            place = task.version.id, task.prompt.hash
            if place in self.widths:
                parts = windows_of(task, self.widths[place])
                yield from unanswered(parts) if unanswered else parts
            elif place not in self.texts:
                yield task

    def long(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, ...]]:
        """The windows of each of the tasks that are asked in windows."""
        for task in tasks:
            if chars := self.widths.get((task.version.id, task.prompt.hash)):
                yield windows_of(task, chars)


def survey(
    tasks: Iterable[Task],
    count: Callable[[str], int],
    context: int | None,
    prices: Prices,
    unanswered: Unanswered | None = None,
) -> Survey:
    """Go through the tasks once, holding none of them; `count` says how many tokens a text takes.

    A task fits that leaves twice the expected answer free in the `context` (None: it is not known, all fit). One that
    does not is cut into windows where `unanswered` says which of some tasks have no answer yet; without it, and where
    there is no room for any window, it is too long. Every prefix but the first of its kind is taken as cached.
    """
    seen = _Seen(_Counts(count))
    for task in tasks:
        prefix, text = seen.counts.prefix(task.prompt), seen.counts.text(task)
        room = None if context is None else max(0, context - prefix - 2 * answer_size(task.prompt))
        if room is None or text <= room:
            seen.add(task, text)
        elif not (unanswered and seen.cut(task, room, count, unanswered)):
            seen.refuse(task, text, room)
    cost = prices.cost(seen.prompt, seen.cacheable, seen.completion)
    estimate = Estimate(seen.calls, seen.prompt, seen.cacheable, seen.completion, cost)
    return Survey(estimate, seen.unfit, seen.over, seen.widths, seen.long_tasks, seen.windows, seen.windows_left)


@dataclass(slots=True)
class _Seen:
    """What was seen so far."""

    counts: _Counts
    calls: int = 0
    prompt: int = 0
    cacheable: int = 0
    completion: int = 0
    unfit: int = 0
    long_tasks: int = 0
    windows: int = 0
    windows_left: int = 0
    over: dict[tuple[str, str], TooLong] = field(default_factory=dict)
    widths: dict[tuple[str, str], int] = field(default_factory=dict)
    prefixes: set[str] = field(default_factory=set)

    def add(self, task: Task, text: int) -> None:
        prefix = self.counts.prefix(task.prompt)
        self.calls += 1
        self.prompt += prefix + text
        self.cacheable += prefix if task.prompt.hash in self.prefixes else 0
        self.completion += answer_size(task.prompt)
        self.prefixes.add(task.prompt.hash)

    def refuse(self, task: Task, text: int, room: int) -> None:
        self.unfit += 1
        self.over[task.version.id, task.prompt.hash] = TooLong(task.name, task.version, task.prompt, text, room)

    def cut(self, task: Task, room: int, count: Callable[[str], int], unanswered: Unanswered) -> bool:
        """Take a text in windows; False where there is no room for any."""
        place = task.version.id, task.prompt.hash
        chars = self.widths.get(place) or (width(task, room, count) if place not in self.over else 0)
        if not chars:
            return False
        self.widths[place] = chars
        parts = windows_of(task, chars)
        left = tuple(unanswered(parts))
        self.long_tasks += 1
        self.windows += len(parts)
        self.windows_left += len(left)
        for part in left:
            self.add(part, count(own_words(part)))
        return True


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
            known = self._count(own_words(task))
            if len(self._texts) >= HELD:
                self._texts.clear()
            self._texts[task.version.id] = known
        return known
