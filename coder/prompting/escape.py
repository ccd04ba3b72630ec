"""Make text from documents harmless inside a prompt."""

from __future__ import annotations

import re

_CONTROL_TOKEN = re.compile(r"<(?=[|｜/]|s>|(?:bos|eos|start_of_turn|end_of_turn)>)|\[(?=/?INST\])", re.IGNORECASE)
_NUMBER = re.compile(r"\[\s*(\d+)\s*\]")


def for_prompt(text: str) -> str:
    """One line in which no chat-template token and no segment number of ours can occur.

    `<|im_end|>` becomes `< |im_end|>` and `[3]` becomes `(3)`; line breaks become spaces. Nothing is left out, so a
    segment still reads as it was written.
    """
    one_line = " ".join(text.split())
    if "<" not in one_line and "[" not in one_line:
        return one_line
    return _NUMBER.sub(r"(\1)", _CONTROL_TOKEN.sub(lambda match: match[0] + " ", one_line))
