"""What will be asked is known before anything is paid, and made when it is asked for."""

from collections.abc import Iterator

import pytest

from coder.codebook import parse_codebook
from coder.model import Version
from coder.prompting import Place, Prompt, build_prompt, build_prompts
from coder.run.plan import Parameters, Prices, Task, call_key, cheapest, each_task, make_tasks

BOOK = parse_codebook(
    "name: n\nversion: 1\ndimensions:\n  - {id: tone, kind: nominal, question: How?, categories: [{id: a}, {id: b}]}",
    "b",
)
PROMPT = build_prompt(BOOK, "object")
TWO = parse_codebook(
    "name: small\nversion: 1\ndimensions:\n"
    "  - {id: a, kind: nominal, question: What?, categories: [{id: x}, {id: y}]}\n"
    "  - {id: b, kind: nominal, question: Who?, categories: [{id: x}, {id: y}]}\n",
    "book.yaml",
)


def parameters(**changed: object) -> Parameters:
    values = {
        "provider": "openai",
        "model": "m",
        "form": "object",
        "temperature": 0.0,
        "max_tokens": 100,
        "seed": 1,
        "samples": 1,
    }
    return Parameters(**(values | changed))  # type: ignore[arg-type]


def version(text: str) -> Version:
    return Version(document_id="d", text=text, hash=text)


def tasks(text: str = "A text.", **changed: object) -> tuple[Task, ...]:
    return make_tasks([("one", version(text))], (PROMPT,), parameters(**changed))


def test_the_same_question_has_the_same_key() -> None:
    assert tasks()[0].key == tasks()[0].key


@pytest.mark.parametrize("changed", [{"model": "other"}, {"temperature": 0.5}, {"seed": 2}, {"max_tokens": 99}])
def test_whatever_shapes_the_answer_changes_the_key(changed: dict[str, object]) -> None:
    assert tasks()[0].key != tasks(**changed)[0].key


@pytest.mark.parametrize("changed", [{}, {"samples": 3}, {"bounded": True}, {"temperature": 0.25}])
def test_a_key_is_that_of_the_whole_question_although_what_is_shared_is_hashed_once(changed: dict[str, object]) -> None:
    named = [(name, version(f"Text {name}, „quoted“ and 😀. " * n)) for n, name in enumerate("abc", 1)]
    for prompts in ((PROMPT,), build_prompts(TWO, "object", calls="each", text="first")):
        for task in each_task(named, prompts, parameters(**changed)):
            assert task.key == call_key(task.question, task.replicate)


def test_tasks_are_made_when_they_are_asked_for() -> None:
    read = []

    def texts() -> Iterator[tuple[str, Version]]:
        for number in range(1000):
            read.append(number)
            yield f"d{number}", version(f"Text {number}.")

    found = each_task(texts(), (PROMPT,), parameters())
    assert [next(found).name for _ in range(3)] == ["d0", "d1", "d2"]
    assert read == [0, 1, 2]


def test_asking_for_confidence_changes_the_run_and_not_the_key() -> None:
    (plain,), (measured,) = tasks(), tasks(confidence=True)
    assert measured.question.confidence
    assert not plain.question.confidence
    assert measured.key == plain.key
    assert parameters(confidence=True).record([PROMPT]) == parameters().record([PROMPT]) | {"confidence": True}


def test_another_text_or_codebook_changes_the_key() -> None:
    other = build_prompt(BOOK.model_copy(update={"name": "other"}), "object")
    keys = {
        tasks()[0].key,
        tasks("B text.")[0].key,
        make_tasks([("one", version("A text."))], (other,), parameters())[0].key,
    }
    assert len(keys) == 3


def test_replicates_are_calls_of_their_own_with_seeds_of_their_own() -> None:
    found = tasks(samples=3)
    assert len({task.key for task in found}) == 3
    assert [task.question.seed for task in found] == [1, 2, 3]


def test_an_unknown_price_is_said_and_not_guessed() -> None:
    assert Prices(prompt=1.0).cost(10, 0, 10) is None
    assert Prices(1.0, None, 1.0).cost(10, 4, 10) == pytest.approx(20e-6)  # no cached price: the full one


def test_only_an_endpoint_that_enforces_a_grammar_is_given_a_schema_for_each_text() -> None:
    assert tasks()[0].question.schema is PROMPT.schema
    assert tasks(bounded=True)[0].question.schema == PROMPT.schema_for(tasks()[0].segments) != PROMPT.schema


def test_a_text_stands_where_it_costs_least_to_read() -> None:
    """Two questions of some hundred characters each: short texts are read behind them, long ones once before."""

    def build(text: Place) -> tuple[Prompt, ...]:
        return build_prompts(TWO, "object", calls="each", text=text)

    assert {prompt.place for prompt in cheapest(build, 5)} == {"last"}
    assert {prompt.place for prompt in cheapest(build, 2500)} == {"first"}
    assert {prompt.place for prompt in cheapest(build, 0)} == {"last"}


def test_what_stands_first_stays_while_the_rest_changes() -> None:
    named = [(name, Version(document_id=name, text="One.", hash=name)) for name in ("d", "e")]

    def order(text: Place) -> list[tuple[str, tuple[str, ...]]]:
        prompts = build_prompts(TWO, "object", calls="each", text=text)
        return [(task.name, task.prompt.asked) for task in make_tasks(named, prompts, parameters())]

    assert order("last") == [("d", ("a",)), ("e", ("a",)), ("d", ("b",)), ("e", ("b",))]
    assert order("first") == [("d", ("a",)), ("d", ("b",)), ("e", ("a",)), ("e", ("b",))]
