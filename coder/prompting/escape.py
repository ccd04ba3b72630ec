"""Make text from documents harmless inside a prompt."""

from __future__ import annotations

import re

# An endpoint reads these within a text as ends and beginnings of turns. Those in angle brackets have too many names to
# list them (<|im_end|>, <end_of_turn>, </s>, <tool_call>, <BOS_TOKEN>, <seed:bos>, <turn|>): whatever looks like a tag
# without attributes is one. In square brackets only known ones are, since [PDF] and [audio] are words of texts. A
# tokeniser that folds full-width signs makes `<` of U+FF1C and U+FE64.
_BAR = "|\uff5c"
_ANGLE = re.compile(rf"[<\uff1c\ufe64](?=[{_BAR}/]|(?:[^\W\d]|0x)[\w:-]*[{_BAR}]?[>\uff1e\ufe65])|>>(?=\w+<<)")
_SQUARE = re.compile(
    rf"\[(?=[{_BAR}]|/?(?:(?i:INST)|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_[A-Z]+|MODEL_SETTINGS|ARGS|CALL_ID|PREFIX|MIDDLE"
    r"|SUFFIX|THINK|IMG\w*|BEGIN_AUDIO|AUDIO|TRANSCRIBE|control_\d+|[gs]?MASK|CLS|SEP|PAD\d*|UNK|BOS|EOS|EOD)\]|e~\[)"
    r"|\](?=~!?b[\[\]]|![a-z]~\[|<\])"
)
# A number in brackets is how we number sentences; brackets of other scripts look the same to a model.
_NUMBER = re.compile(r"[\[\uff3b\u3010\u3014\u27e6]\s*(\d+)\s*[\]\uff3d\u3011\u3015\u27e7]")
# Joiners, direction marks and variation selectors stay in texts: Persian, Hebrew and emoji are written with them.
# Between characters of ASCII, and three in a row, they write nothing; they hide a token from the rules above, or words.
_UNSEEN = "[\u200c-\u200f\u061c\ufe00-\ufe0f]"
_HIDING = re.compile(f"(?<=[\x21-\x7e]){_UNSEEN}+(?=[\x21-\x7e])|{_UNSEEN}{{3,}}")

# No rule above finds anything in a text without one of these.
_SUSPECT = re.compile(f"[]<>[\uff1c\ufe64\uff3b\u3010\u3014\u27e6{_UNSEEN[1:-1]}]")


def for_prompt(text: str) -> str:
    """One line in which no chat-template token and no segment number of ours can occur.

    `<|im_end|>` becomes `< |im_end|>` and `[3]` becomes `(3)`; line breaks become spaces. Nothing that a reader sees is
    left out, so a segment still reads as it was written.
    """
    line = " ".join(text.split())
    if line.isascii() and not ("<" in line or "[" in line or ">" in line or "]" in line):  # most lines of most texts
        return line
    if not _SUSPECT.search(line):
        return line
    return _NUMBER.sub(r"(\1)", " ".join(without_tokens(text).split()))


def without_tokens(text: str) -> str:
    """The text as it is, with every chat-template token in it broken: for what a model wrote and is shown again."""
    return _SQUARE.sub(_apart, _ANGLE.sub(_apart, _HIDING.sub("", text)))


def _apart(match: re.Match[str]) -> str:
    return f"{match[0]} "
