"""Windows as calls: numbers and spans of the whole text, room that is kept to, and answers joined once all are there."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

import pytest

from coder.codebook import parse_codebook
from coder.dimensions import HIGHEST_NUMBER
from coder.model import Assignment, Call, Coding, Run, Status, Version
from coder.model.run import CallStatus
from coder.prompting import build_prompts
from coder.run.long_texts import join, own_words, width, windows_of
from coder.run.plan import Parameters, Task, make_tasks

BOOK = parse_codebook(
    "name: small\nversion: 1\ndimensions:\n"
    "  - {id: mode, kind: nominal, question: How?, absent: {}, categories: [{id: online}, {id: offline}]}\n",
    "book.yaml",
)
PROMPTS = build_prompts(BOOK, "object")


def task(text: str, *, bounded: bool = False) -> Task:
    parameters = Parameters("openai", "mock", "object", 0.0, 200, 1, 1, bounded=bounded)
    version = Version(document_id="d", text=text, hash="h", language="en", context={"title": "A report"})
    (made,) = make_tasks([("report", version)], PROMPTS, parameters)
    return made


def tokens(text: str) -> int:
    return -(-len(text) // 4)


LONG = "\n".join(f"Line {number} of the report says nothing of interest to us." for number in range(1, 2001))


@pytest.mark.parametrize("room", [400, 1000, 5000])
def test_no_window_takes_more_than_its_room_and_few_take_much_less(room: int) -> None:
    whole = task(LONG)
    parts = windows_of(whole, width(whole, room, tokens))
    sizes = [tokens(own_words(part)) for part in parts]
    assert max(sizes) <= room
    assert min(sizes[:-1]) > 0.75 * room


def test_a_count_that_is_denser_in_one_place_is_kept_to_as_well() -> None:
    def dense(text: str) -> int:
        return tokens(text) + 3 * text.count("8")  # as an endpoint counts digits one by one

    whole = task(LONG)
    parts = windows_of(whole, width(whole, 1000, dense))
    assert max(dense(own_words(part)) for part in parts) <= 1000


def test_where_there_is_no_room_for_a_window_there_is_none() -> None:
    assert width(task(LONG), 150, tokens) == 0
    assert width(task(LONG), 0, tokens) == 0


def test_each_window_has_a_key_and_a_schema_of_its_own_sentences() -> None:
    whole = task(LONG, bounded=True)
    parts = windows_of(whole, width(whole, 1000, tokens))
    assert len({part.key for part in parts}) == len(parts)
    assert [part.part for part in parts] == list(range(1, len(parts) + 1))
    for part in parts:
        numbers = part.question.schema["properties"]["mode"]["properties"]["evidence"]["items"]
        assert (numbers["minimum"], numbers["maximum"]) == (part.segments[0].number, part.segments[-1].number)
        assert (
            "A report" in part.question.messages[-1]["content"]
        )  # what stands beside the text stands beside each part


def test_beyond_the_highest_number_that_an_answer_may_name_a_window_counts_from_one_and_spans_stay() -> None:
    text = "\n".join(f"Line {number}" for number in range(1, HIGHEST_NUMBER + 300))
    last = windows_of(task(text), 3000)[-1]
    assert last.segments[0].number == 1
    assert [text[one.span.start : one.span.end] for one in last.segments[-1:]] == [f"Line {HIGHEST_NUMBER + 299}"]


class Kept:
    """A store in memory of what joining asks for."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.found: list[Coding] = []

    def calls_under(self, run_id: str, keys: Collection[str]) -> list[Call]:
        return [call for call in self.calls if call.key in keys]

    def codings(self, *, run_id: str, version_id: str) -> list[Coding]:
        return list(self.found)

    def add_codings(self, codings: Iterable[Coding]) -> None:
        self.found += codings

    def answer(
        self, part: Task, code: str = "absent", evidence: tuple[int, ...] = (), status: CallStatus = "ok"
    ) -> None:
        raw = json.dumps({"mode": {"evidence": list(evidence), "code": code}})
        call = Call(
            run_id="r", version_id=part.version.id, key=part.key, dimensions=("mode",), status=status,
            requested_model="mock", raw=raw, error="" if status == "ok" else status, part=part.part, parts=part.parts,
        )  # fmt: skip
        self.calls.append(call)


RUN = Run(id="r", coder_id="m", codebook_hash=BOOK.hash(), prompt_hash="p")


def windows() -> tuple[Task, ...]:
    whole = task(LONG)
    return windows_of(whole, width(whole, 5000, tokens))


def test_a_text_has_no_coding_before_every_window_was_asked_and_one_coding_after() -> None:
    store, parts = Kept(), windows()
    for part in parts[:-1]:
        store.answer(part)
    assert (join(store, RUN, [parts], {}).texts, store.found) == (0, [])
    store.answer(parts[-1], "online", (2000,))
    assert join(store, RUN, [parts], {}).texts == 1
    (coding,) = store.found
    assert (coding.codes, coding.run_id, coding.call_id) == (("online",), "r", store.calls[-1].id)
    assert [LONG[one.start : one.end] for one in coding.all_evidence] == [LONG.splitlines()[-1]]
    join(store, RUN, [parts], {})
    assert len(store.found) == 1


def test_a_failure_is_replaced_once_the_window_is_answered_and_the_coding_says_from_what() -> None:
    store, parts = Kept(), windows()
    store.answer(parts[0], status="failed")
    for part in parts[1:]:
        store.answer(part, "offline", (part.segments[0].number,))
    joined = join(store, RUN, [parts], {})
    assert joined.failures == {"report": f"1 of {len(parts)} windows brought no answer (window 1: failed)"}
    store.answer(parts[0])
    assert not join(store, RUN, [parts], {}).failures
    failed, coded = store.found
    assert (failed.status, coded.codes, coded.derived_from) == (Status.FAILED, ("offline",), failed.id)


def test_an_answer_that_came_stands_though_a_later_call_of_the_same_window_failed() -> None:
    store, parts = Kept(), windows()
    for part in parts:
        store.answer(part, "online", (part.segments[0].number,))
    store.answer(parts[1], status="failed")
    join(store, RUN, [parts], {})
    assert store.found[0].assignments[0] == Assignment(
        category="online", evidence=tuple(part.segments[0].span for part in parts)
    )
