"""Calls, tokens and cost are known before anything is paid, and a text that does not fit is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder.codebook import parse_codebook
from coder.model import Version
from coder.prompting import build_prompt, build_prompts
from coder.providers.estimate import estimate_tokens
from coder.run.plan import Parameters, Prices, Task, each_task, make_tasks
from coder.run.survey import MOST_LONGER, Survey, skim, survey

BOOK = parse_codebook(
    "name: n\nversion: 1\ndimensions:\n  - {id: tone, kind: nominal, question: How?, categories: [{id: a}, {id: b}]}",
    "b",
)
PROMPT = build_prompt(BOOK, "object")
PARAMETERS = Parameters("openai", "m", "object", 0.0, 100, 1, 1)
THREE = Parameters("openai", "m", "object", 0.0, 100, 1, 3)


def version(text: str) -> Version:
    return Version(document_id="d", text=text, hash=text)


def tasks(*texts: str, parameters: Parameters = PARAMETERS) -> tuple[Task, ...]:
    return make_tasks([(text[:5].strip(), version(text)) for text in texts], (PROMPT,), parameters)


def counting(prefix: int, text: int) -> Callable[[str], int]:
    """So many tokens for the prompt's prefix and for each text."""
    return lambda words: prefix if words == PROMPT.prefix else text


def seen(found: tuple[Task, ...], count: Callable[[str], int], context: int | None = None) -> Survey:
    return survey(found, count, context, Prices(2.0, 1.0, 10.0))


def test_a_text_that_does_not_fit_is_kept_out_and_says_its_figures() -> None:
    found = tasks("short", "long " * 100, parameters=THREE)
    result = seen(found, lambda words: 106 if words == PROMPT.prefix else 500 if "long" in words else 10, 400)
    assert [task.name for task in result.fitting(found)] == ["short"] * 3
    assert (result.estimate.calls, result.over) == (3, 3)
    (long,) = result.too_long  # one text, however often it would have been asked
    # 400 - 106 - twice the expected answer, which is 8 and 14 for the one code
    assert long.reason.startswith("the text needs 500 tokens and the model has room for 250")


def test_without_a_known_context_nothing_is_kept_out() -> None:
    found = tasks("long " * 100)
    result = seen(found, counting(106, 500))
    assert (tuple(result.fitting(found)), result.too_long, result.over) == (found, (), 0)


def test_each_text_is_counted_once_for_all_its_replicates() -> None:
    counted: list[str] = []

    def count(words: str) -> int:
        counted.append(words)
        return 7

    seen(tasks("A text.", parameters=THREE), count)
    assert len(counted) == 2  # the text and the prefix


def test_the_prefix_is_expected_to_be_cached_after_the_first_call() -> None:
    expected = seen(tasks("A text.", parameters=THREE), counting(1000, 10)).estimate
    assert expected.prompt_tokens == 3030
    assert expected.cacheable_tokens == 2000
    # (1,030 x 2 + 2,000 x 1 + 3 x 22 x 10) / 1e6
    assert expected.cost_usd == pytest.approx(0.00472)


def test_a_text_is_as_long_whichever_question_stands_beside_it() -> None:
    (alone,) = build_prompts(BOOK, "object", calls="each")
    text = version("A text.")
    lengths = []
    for prompt in (PROMPT, alone):
        found = each_task([("one", text)], (prompt,), PARAMETERS)
        lengths.append(survey(found, len, None, Prices()).estimate.prompt_tokens - len(prompt.prefix))
    assert lengths[0] == lengths[1] > 0


def test_no_task_is_held_while_the_others_are_looked_at() -> None:
    alive = 0

    class Text(str):
        """A document's text that says when it is let go of."""

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    most = 0

    def named() -> Iterator[tuple[str, Version]]:
        nonlocal alive, most
        for number in range(500):
            alive += 1
            most = max(most, alive)
            text = Text(f"Text {number}.")
            yield f"d{number}", Version.model_construct(id=str(number), text=text, language="en", context={})

    survey(each_task(named(), (PROMPT,), PARAMETERS), len, 10_000, Prices())
    assert most <= 3  # the one before, the one looked at and the one being made


def named(texts: list[str]) -> list[tuple[str, Version]]:
    return [(f"d{number}", version(text)) for number, text in enumerate(texts)]


@pytest.mark.parametrize("context", [None, 2000])
def test_what_is_skimmed_comes_out_as_what_is_surveyed(context: int | None) -> None:
    """600 texts of one to forty sentences, the longest of which do not fit: 2,000 tokens less the prompt's 400."""
    found = named([f"Sentence {n} is about this and that. " * (1 + n % 40) for n in range(600)])
    prompts = build_prompts(BOOK, "object")
    exact = survey(each_task(found, prompts, THREE), estimate_tokens, context, Prices(1.0, 1.0, 1.0))
    quick = skim(found, prompts, THREE, estimate_tokens, context, Prices(1.0, 1.0, 1.0))
    assert quick.texts == exact.texts
    assert (quick.over, quick.estimate.calls) == (exact.over, exact.estimate.calls)
    assert quick.estimate.completion_tokens == exact.estimate.completion_tokens
    assert quick.estimate.cacheable_tokens == exact.estimate.cacheable_tokens
    # the texts learned from are like the others: the prompt tokens come within a hundredth
    assert quick.estimate.prompt_tokens == pytest.approx(exact.estimate.prompt_tokens, rel=0.01)


def test_a_text_that_its_numbers_make_long_is_found_by_skimming_too() -> None:
    """A letter a line is what numbers make longest: 3,000 lines of 2 bytes are 1,579 tokens and become four times that."""
    found = named([*["A short text."] * 300, "x\n" * 3000])
    prompts = build_prompts(BOOK, "object")
    exact = survey(each_task(found, prompts, PARAMETERS), estimate_tokens, 5000, Prices())
    quick = skim(found, prompts, PARAMETERS, estimate_tokens, 5000, Prices())
    assert [text.name for text in quick.too_long] == [text.name for text in exact.too_long] == ["d300"]


@given(st.text(alphabet="ab. |\n\t<[1]é-•", max_size=300))
def test_no_text_becomes_longer_than_the_bound_says(text: str) -> None:
    (task,) = tasks(text)
    own = task.question.messages[-1]["content"].removesuffix(PROMPT.after)
    frame = len(b"Text:\n\n")
    assert len(own.encode()) - frame <= MOST_LONGER * len(text.encode())
