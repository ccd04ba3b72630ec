"""What a pass will take, seen before anything is asked: calls, tokens, cost, and the texts that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from coder.model import Version
from coder.prompting import Prompt
from coder.run.long_texts import own_words, width, windows_of
from coder.run.plan import Named, Parameters, Prices, Task, answer_size, each_task

Unanswered = Callable[[Sequence[Task]], Iterable[Task]]
"""Those of some tasks that have no answer yet."""

LEARNED = 200
"""Texts that are prepared to see how much longer they become."""
MOST_LONGER = 6
"""No text becomes longer than so many times by its numbers: the worst is a character and a line break again and again,
each pair of which becomes "[99999] x" and a line break."""
FRAME = 20
"""Tokens around a text, and around each field that is shown beside it, at the most."""
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
    tally = _Tally(count, context, unanswered)
    for task in tasks:
        tally.add(task)
    return tally.survey(prices)


def skim(
    named: Iterable[Named],
    prompts: Sequence[Prompt],
    parameters: Parameters,
    count: Callable[[str], int],
    context: int | None,
    prices: Prices,
    unanswered: Unanswered | None = None,
) -> Survey:
    """The survey of a run that has no answer yet, where `count` estimates by length: a tenth of the work.

    A text that is sure to fit is measured and not prepared. How much longer a text becomes by the numbers of its
    sentences is learned from the first of them. The estimate rests on that; what does not fit is found all the same.
    """
    tally, own, sent = _Tally(count, context, unanswered), 0, 0
    for position, (name, version) in enumerate(named):
        words = count(version.text) + sum(count(name) + count(value) + FRAME for name, value in version.context.items())
        if position >= LEARNED and tally.surely_fits(MOST_LONGER * words + FRAME, prompts):
            tally.add_text(prompts, parameters.samples, round(words * sent / own) if own else words)
            continue
        for task in each_task([(name, version)], prompts, parameters):
            tally.add(task)
        own, sent = own + words, sent + tally.length_of(version)
    return tally.survey(prices)


class _Tally:
    """Calls and tokens, summed up."""

    def __init__(self, count: Callable[[str], int], context: int | None, unanswered: Unanswered | None) -> None:
        self._count, self._context, self._unanswered = count, context, unanswered
        self._counts = _Counts(count)
        self._calls = self._unfit = self._prompt = self._cacheable = self._completion = 0
        self._long_tasks = self._windows = self._windows_left = 0
        self._seen: set[str] = set()
        self._over: dict[tuple[str, str], TooLong] = {}
        self._widths: dict[tuple[str, str], int] = {}

    def add(self, task: Task) -> None:
        """Count a task or its windows, or note that it does not fit."""
        tokens, room = self._counts.text(task), self._room(task.prompt)
        if room is None or tokens <= room:
            self._add_call(task.prompt, tokens)
        elif not self._cut(task, room):
            self._unfit += 1
            place = task.version.id, task.prompt.hash
            self._over[place] = TooLong(task.name, task.version, task.prompt, tokens, room)

    def add_text(self, prompts: Sequence[Prompt], samples: int, tokens: int) -> None:
        """Count the calls for a text of so many tokens that fits."""
        for prompt in prompts:
            for _ in range(samples):
                self._add_call(prompt, tokens)

    def surely_fits(self, tokens: int, prompts: Sequence[Prompt]) -> bool:
        """Whether so many tokens fit beside each of the prompts."""
        return all(tokens <= room for prompt in prompts if (room := self._room(prompt)) is not None)

    def length_of(self, version: Version) -> int:
        """The tokens of a version of which a task was added."""
        return self._counts.known(version.id)

    def survey(self, prices: Prices) -> Survey:
        """What was counted."""
        cost = prices.cost(self._prompt, self._cacheable, self._completion)
        expected = Estimate(self._calls, self._prompt, self._cacheable, self._completion, cost)
        long = self._long_tasks, self._windows, self._windows_left
        return Survey(expected, self._unfit, self._over, self._widths, *long)

    def _cut(self, task: Task, room: int) -> bool:
        """Take a text in windows; False where that is not wanted or there is no room for any."""
        place = task.version.id, task.prompt.hash
        if self._unanswered is None or place in self._over:
            return False
        chars = self._widths.get(place) or width(task, room, self._count)
        if not chars:
            return False
        self._widths[place] = chars
        parts = windows_of(task, chars)
        left = tuple(self._unanswered(parts))
        self._long_tasks += 1
        self._windows += len(parts)
        self._windows_left += len(left)
        for part in left:
            self._add_call(part.prompt, self._count(own_words(part)))
        return True

    def _add_call(self, prompt: Prompt, tokens: int) -> None:
        prefix = self._counts.prefix(prompt)
        self._calls += 1
        self._prompt += prefix + tokens
        self._cacheable += prefix if prompt.hash in self._seen else 0
        self._completion += answer_size(prompt)
        self._seen.add(prompt.hash)

    def _room(self, prompt: Prompt) -> int | None:
        if self._context is None:
            return None
        return max(0, self._context - self._counts.prefix(prompt) - 2 * answer_size(prompt))


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

    def known(self, version_id: str) -> int:
        """The length that was counted last for a version."""
        return self._texts[version_id]

    def text(self, task: Task) -> int:
        """The version's own words, without what the prompt puts around them: one figure for all prompts."""
        known = self._texts.get(task.version.id)
        if known is None:
            known = self._count(own_words(task))
            if len(self._texts) >= HELD:
                self._texts.clear()
            self._texts[task.version.id] = known
        return known
