"""Read a site's list of its pages, and lists of such lists."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from yarl import URL

from coder.errors import InputError
from coder.markup import children, local, parse, text_of
from coder.search.asking import MAX_BYTES, Answer, Asker, SourceError
from coder.search.described import Sitemap
from coder.search.protocol import Protocol
from coder.search.results import Found, day_of, result
from coder.search.sources.distinct import Distinct

MAX_LISTS = 200
"""Lists of one source that are fetched; a site with more names the one that is meant."""
_CORRECT = "correct the address in the protocol"


class Pages:
    """The pages of a site that match the pattern and did not last change outside the period."""

    def __init__(self, asker: Asker, source: Sitemap, protocol: Protocol) -> None:
        self._asker, self._source, self._period = asker, source, protocol.period

    async def ask(self, query: str) -> Found:
        """The pages in the order of the lists; a sitemap cannot be asked anything, so that `query` is empty."""
        waiting, seen, notes = [self._source.url], {self._source.url}, list[str]()
        pages, strange, unusable = Distinct(self._source.maximum), 0, 0
        while waiting:
            lists, rows = await self._read(waiting.pop(0))
            for url, changed in rows:
                if self._wanted(url, changed):
                    made = result({"url": url, "changed": changed})
                    if made is None or not made.url:
                        unusable += 1
                    else:
                        pages.add(made)
            for one in lists:
                if URL(one).host != URL(self._source.url).host:
                    strange += 1
                elif one not in seen:
                    seen.add(one)
                    waiting.append(one)
            if len(seen) > MAX_LISTS:
                raise SourceError(f"more than {MAX_LISTS} lists", "name the list that is meant in the protocol")
        if strange:
            notes.append(f"{strange} lists on other hosts were not followed")
        return pages.found(unusable, notes)

    async def _read(self, url: str) -> tuple[list[str], Iterator[tuple[str, str]]]:
        """The lists that a list names, and its pages, each with when it changed; of a plain text, an address a line."""
        answer = await self._asker.get(url)
        body = _unpacked(answer)
        if not body.lstrip().startswith((b"<", b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff")):
            lines = body.decode("utf-8-sig", "replace").split()
            if not any(_is_web(line) for line in lines):
                raise SourceError("no sitemap", _CORRECT)
            return [], ((line, "") for line in lines)
        try:
            root = parse(body, "the sitemap")
        except InputError as error:
            raise SourceError(error.message, _CORRECT) from None
        if local(root) == "sitemapindex":
            named = [text_of(one, "loc").strip() for one in children(root, "sitemap")]
            return [one for one in named if _is_web(one)], iter(())
        if local(root) != "urlset":
            raise SourceError(f"no sitemap but '{local(root)[:50]}'", _CORRECT)
        return [], ((text_of(one, "loc").strip(), text_of(one, "lastmod").strip()) for one in children(root, "url"))

    def _wanted(self, url: str, changed: str) -> bool:
        return re.search(self._source.matching, url) is not None and self._period.holds(day_of(changed))


def _is_web(url: str) -> bool:
    try:
        return URL(url).scheme in ("http", "https") and bool(URL(url).host)
    except ValueError:
        return False


def _unpacked(answer: Answer) -> bytes:
    """The bytes of a list, decompressed where they are a gzip file, whatever it is called."""
    if not answer.body.startswith(b"\x1f\x8b"):
        return answer.body
    body, packed = bytearray(), answer.body
    while packed.startswith(b"\x1f\x8b"):  # several members in a row are one file
        unpacking = zlib.decompressobj(wbits=31)
        try:
            body += unpacking.decompress(packed, MAX_BYTES + 1 - len(body))
        except zlib.error:
            raise SourceError("a broken gzip file", "search again later") from None
        if len(body) > MAX_BYTES:
            raise SourceError(f"more than {MAX_BYTES / 1e6:,.0f} MB unpacked", "name a smaller list")
        if not unpacking.eof:
            raise SourceError("a broken gzip file", "search again later")
        packed = unpacking.unused_data
    return bytes(body)
