"""Text from documents, models and files as a terminal may show it: no markup, no control characters."""

from __future__ import annotations

import re

from rich.text import Text

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


def plain(value: object, style: str = "", limit: int = 2000) -> Text:
    """The value as literal text: markup stands as written, control and direction characters become `�`.

    More than `limit` characters are cut with `…`.
    """
    text = _CONTROL.sub("\ufffd", str(value))
    return Text(text if len(text) <= limit else f"{text[: limit - 1]}…", style=style)
