"""The worked questions that a small model sees before it screens."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

from coder.model import Codebook, Criterion
from coder.prompting import build_prompts, prompts_hash
from coder.screening import screening_codebook
from coder.screening.drill import WORKED, drill

BOOK = screening_codebook(
    Codebook(name="b", version="1", unit="program", criteria=(Criterion(id="about", question="Is it about AI?"),))
)


def turns(form: str = "object") -> tuple[dict[str, str], ...]:
    return drill("program", form, "brief", "yes_no", "first", "code", surroundings=True)  # type: ignore[arg-type]


def test_each_answer_is_shown_as_often_as_the_others_and_never_twice_in_a_row() -> None:
    answers = [one.answer for one in WORKED]
    assert set(Counter(answers).values()) == {2}
    assert all(one != other for one, other in pairwise(answers))


def test_questions_and_answers_stand_in_turns_and_have_the_form_that_the_run_asks_for() -> None:
    asked, answered = turns()[::2], turns()[1::2]
    assert {turn["role"] for turn in asked} == {"user"}
    assert {turn["role"] for turn in answered} == {"assistant"}
    assert json.loads(answered[0]["content"]) == {"nurses": {"code": "yes", "evidence": [1]}}
    assert json.loads(answered[2]["content"]) == {"funding": {"code": "absent", "evidence": []}}
    assert json.loads(turns("compact")[1]["content"]) == {"nurses": ["yes", [1]]}


def test_the_drill_stands_before_the_text_in_every_prompt_and_changes_its_hash() -> None:
    (plain,) = build_prompts(BOOK, "object", "brief", calls="each", text="first")
    (drilled,) = build_prompts(BOOK, "object", "brief", calls="each", text="first", lead=turns())
    assert drilled.messages((), {})[1:-1] == turns()
    assert drilled.messages((), {})[-1] == plain.messages((), {})[-1]
    assert prompts_hash((drilled,)) != prompts_hash((plain,))
    assert drilled.style != plain.style
