"""Ask any address that answers with JSON, by the mapping in the protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from coder.search.asking import Asker, SourceError
from coder.search.described import JsonEndpoint
from coder.search.protocol import Protocol
from coder.search.results import Found, Result, found, result


class Answers:
    """What an endpoint answers, page by page."""

    def __init__(self, asker: Asker, source: JsonEndpoint, protocol: Protocol, key: str = "") -> None:
        self._asker, self._source, self._protocol, self._key = asker, source, protocol, key
        self._headers = {source.key.header: source.key.prefix + key} if source.key and key else {}

    async def ask(self, query: str) -> Found:
        """The results of a query in the endpoint's order."""
        source = self._source
        listed, number = list[Result | None](), 0
        cursor, total = source.cursor_start, None
        while True:
            tree = await self._page(query, number, len(listed), cursor)
            items = _items(at(tree, source.results), source)
            total = _number(at(tree, source.total)) if source.total else total
            listed += [result({name: flat(at(item, path)) for name, path in source.fields.items()}) for item in items]
            taken, number = len(listed), number + 1
            before, cursor = cursor, flat(at(tree, source.next)) if source.next else ""
            ended = not items or not source.pages or (source.next and cursor in ("", before))
            if ended or taken >= source.maximum or (total is not None and taken >= total):
                break
        known = total if total is not None else taken if ended else None
        return found(listed[: source.maximum], known)

    async def _page(self, query: str, number: int, taken: int, cursor: str) -> Any:
        source, period = self._source, self._protocol.period
        values = {
            "query": query,
            "contact": self._protocol.contact,
            "from": period.start.isoformat() if period.start else "",
            "to": period.end.isoformat() if period.end else "",
            "page": str(source.first_page + number),
            "offset": str(taken),
            "size": str(source.page_size),
            "cursor": cursor,
        }
        url = filled(source.url, values)
        answer = await self._asker.get(url, self._headers)
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            raise SourceError("the answer is no JSON", "look at the address in a browser") from None


def filled(template: str, values: Mapping[str, str]) -> str:
    """The address with its places filled in, at one go: a value that looks like a place stays what it is."""
    parts = template.split("{")
    return parts[0] + "".join(_filled(part, values) for part in parts[1:])


def _filled(part: str, values: Mapping[str, str]) -> str:
    name, _, rest = part.partition("}")
    return quote(values[name], safe="") + rest


def at(tree: Any, path: str) -> Any:
    """What a dotted path leads to; None where it leads nowhere. A step that is no number takes every item of a list."""
    if not path:
        return tree
    step, _, rest = path.partition(".")
    if isinstance(tree, Mapping):
        if path in tree:  # a name with dots in it
            return tree[path]
        return at(tree[step], rest) if step in tree else None
    if isinstance(tree, list):
        if step.isdigit():
            return at(tree[int(step)], rest) if int(step) < len(tree) else None
        return [one for item in tree if (one := at(item, path)) is not None]
    return None


def flat(value: Any) -> str:
    """A value as text: lists joined by `; `, of an object nothing."""
    return "; ".join(_pieces(value))


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _pieces(one)
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str | int | float) and str(value).strip():
        yield str(value)


def _items(found: Any, source: JsonEndpoint) -> list[Any]:
    if isinstance(found, list):
        return found
    if found is None and source.results:
        raise SourceError(f"nothing at '{source.results}' in the answer", "correct 'results' in the protocol")
    raise SourceError(f"what is at '{source.results}' is no list", "correct 'results' in the protocol")


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float | str) and re.fullmatch("[0-9]{1,15}", str(value)) else None
