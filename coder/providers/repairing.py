"""The second chance of an invalid answer: the same question, the answer, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace

from coder.run.protocols import Question, Reply


def with_problem(question: Question, bad: Reply, problem: str) -> Question:
    """The question with the invalid answer and its problem at the end, so that the cached prefix stays in use."""
    request = f"That answer is not valid: {problem}\nGive the whole answer again, corrected."
    added = ({"role": "assistant", "content": bad.content}, {"role": "user", "content": request})
    return replace(question, messages=question.messages + added)
