"""The second chance of an invalid answer: the same question, the answer, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace

from coder.prompting.escape import without_tokens
from coder.run.protocols import Question, Reply


def with_problem(question: Question, bad: Reply, problem: str) -> Question:
    """The question with the invalid answer and its problem at the end, so that the cached prefix stays in use.

    Answer and problem may repeat what a text made the model write: a template token in them would begin a turn.
    """
    request = f"That answer is not valid: {without_tokens(problem)}\nGive the whole answer again, corrected."
    added = ({"role": "assistant", "content": without_tokens(bad.content)}, {"role": "user", "content": request})
    return replace(question, messages=question.messages + added)
