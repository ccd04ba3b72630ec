"""The process that cuts texts and writes them out for another: pages in, the same pages out, until input ends."""

from __future__ import annotations

import marshal
import sys

from coder.child import answering, framed, message_from
from coder.documents.segments import segment
from coder.prompting.words import Frame, user_content

Text = tuple[str, str, dict[str, str]]
"""A text, its language and its context."""


def main() -> None:
    """Serve until the parent closes its end, also when it was killed."""
    answers = answering()
    while message := message_from(sys.stdin.buffer):
        frames, texts = marshal.loads(message)  # noqa: S302 - from our own process
        answers.write(framed(marshal.dumps([_written(text, frames) for text in texts])))
        answers.flush()


def _written(text: Text, frames: list[Frame]) -> tuple[list[int], list[str]]:
    """Where the segments begin and end, one after the other, and the words for each prompt."""
    words, language, context = text
    segments = segment(words, language)
    ends = [place for one in segments for place in (one.start, one.end)]
    return ends, [user_content(segments, context, frame) for frame in frames]


if __name__ == "__main__":
    main()
