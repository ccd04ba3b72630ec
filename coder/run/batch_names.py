"""What a call is called in a batch's file: by its name an answer finds its call again, days later and in any order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from coder.model import BatchItem
from coder.run.long_texts import windows_of
from coder.run.plan import Task

LONGEST = 64
"""Characters of a name that the API takes."""
_PROMPT = 8
"""Characters of a prompt's hash in a name."""
_WINDOW = re.compile(rf"[^-]+-(?P<prompt>[0-9a-f]{{{_PROMPT}}})-r\d+-w\d+c(?P<chars>\d+)-")


def custom_id(task: Task) -> str:
    """A call's name: its version and the beginning of its key, which holds prompt and replicate.

    That of a window says prompt, replicate, the window's number and the characters it may have too: by these the text
    is cut again as it was, whatever context the settings know by then.
    """
    if not task.parts:
        return f"{task.version.id}-{task.key[:32]}"
    place = f"{_prompt(task)}-r{task.replicate}-w{task.part}c{task.chars}"
    return f"{task.version.id}-{place}-{task.key}"[:LONGEST]


def _prompt(task: Task) -> str:
    return task.prompt.hash[:_PROMPT]


class Names:
    """The names of a batch's calls, and how the long texts among them were cut."""

    def __init__(self, items: Iterable[BatchItem]) -> None:
        self._names: set[str] = set()
        self._widths: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        for item in items:
            self._names.add(item.custom_id)
            if window := _WINDOW.match(item.custom_id):
                self._widths[item.version_id, window["prompt"]].add(int(window["chars"]))

    def calls(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """Those of the tasks that the batch holds, and those of their windows."""
        for task in tasks:
            widths = self._widths.get((task.version.id, _prompt(task)), ())
            windows = (window for chars in sorted(widths) for window in windows_of(task, chars))
            yield from (one for one in (task, *windows) if custom_id(one) in self._names)
