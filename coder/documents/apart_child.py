"""The process that reads pages for another: a line of JSON and the bytes in, a line of JSON out, until input ends."""

from __future__ import annotations

import json
import sys
from typing import Any

from coder.child import answering
from coder.documents.pages import read_page
from coder.errors import InputError


def main() -> None:
    """Serve until the parent closes its end, also when it was killed."""
    _limit_memory(int(sys.argv[1]))
    answers = answering()
    while line := sys.stdin.buffer.readline():
        asked = json.loads(line)
        body = sys.stdin.buffer.read(asked.pop("size"))
        answers.write(json.dumps(_read(body, asked)).encode() + b"\n")
        answers.flush()


def _read(body: bytes, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return read_page(body, asked.pop("place"), **asked).model_dump()
    except InputError as error:
        return {"error": error.message, "hint": error.hint}


def _limit_memory(most: int) -> None:
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main()
