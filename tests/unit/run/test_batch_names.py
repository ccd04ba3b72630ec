"""A call's name in a batch's file: one a call, taken by the API, and enough to cut a long text as it was cut."""

from __future__ import annotations

import re

from coder.codebook import parse_codebook
from coder.model import BatchItem, Version
from coder.prompting import build_prompts
from coder.run.batch_names import LONGEST, Names, custom_id
from coder.run.long_texts import windows_of
from coder.run.plan import Parameters, Task, make_tasks

BOOK = parse_codebook(
    "name: small\nversion: 1\ndimensions:\n"
    "  - {id: mode, kind: nominal, question: How?, absent: {}, categories: [{id: online}, {id: offline}]}\n"
    "  - {id: tone, kind: nominal, question: Which?, absent: {}, categories: [{id: warm}, {id: cold}]}\n",
    "book.yaml",
)
PARAMETERS = Parameters("openai", "mock", "object", 0.0, 200, 1, 3)
LONG = "\n".join(f"Line {number} of the report says nothing of interest to us." for number in range(1, 1001))


def version(text: str) -> Version:
    return Version(document_id="d", text=text, hash=text)


def tasks(*versions: Version) -> tuple[Task, ...]:
    """Of each version, a call for each of two dimensions, three times."""
    prompts = build_prompts(BOOK, "object", calls="each")
    return make_tasks([("a document", one) for one in versions], prompts, PARAMETERS)


def item(task: Task) -> BatchItem:
    return BatchItem(batch_id="b", custom_id=custom_id(task), version_id=task.version.id, key=task.key)


def test_every_call_has_a_name_of_its_own_in_the_characters_that_the_api_takes() -> None:
    whole = tasks(version(LONG), version("Short."))
    calls = [*whole, *(window for task in whole for chars in (900, 40_000) for window in windows_of(task, chars))]
    names = [custom_id(call) for call in calls]
    assert len(set(names)) == len(calls)
    assert all(re.fullmatch(rf"[\w-]{{1,{LONGEST}}}", name) for name in names)


def test_a_windows_name_says_version_prompt_replicate_window_and_width() -> None:
    task = tasks(version(LONG))[-1]
    second = windows_of(task, 900)[1]
    assert custom_id(second).startswith(f"{task.version.id}-{task.prompt.hash[:8]}-r2-w2c900-")
    assert second.key.startswith(custom_id(second).rsplit("-", 1)[1])


def test_calls_are_found_by_their_names_alone_however_their_texts_were_cut() -> None:
    long, short = version(LONG), version("Short.")
    whole = tasks(long, short)
    first, last = (task for task in whole if task.version is long and task.replicate == 1)
    held = [*windows_of(first, 900)[3:6], windows_of(last, 5000)[-1], next(t for t in whole if t.version is short)]
    found = Names([item(call) for call in held]).calls(whole)
    assert sorted(call.key for call in found) == sorted(call.key for call in held)
