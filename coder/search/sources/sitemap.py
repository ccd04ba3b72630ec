"""Read a site's list of its pages, and lists of such lists."""

from __future__ import annotations

import re
import zlib

from yarl import URL

from coder.errors import InputError
from coder.markup import children, local, parse, text_of
from coder.search.asking import MAX_BYTES, Answer, Asker, SourceError
from coder.search.protocol import Protocol, Sitemap
from coder.search.results import Found, Result, day_of, result

MAX_LISTS = 200
"""Lists of one source that are fetched; a site with more names the one that is meant."""


class Pages:
    """The pages of a site that match the pattern and did not last change outside the period."""

    def __init__(self, asker: Asker, source: Sitemap, protocol: Protocol) -> None:
        self._asker, self._source, self._period = asker, source, protocol.period

    async def ask(self, query: str) -> Found:
        """The pages in the order of the lists; a sitemap cannot be asked anything, so that `query` is empty."""
        waiting, seen, pages, notes = [self._source.url], {self._source.url}, list[Result](), list[str]()
        strange = total = 0
        while waiting:
            url = waiting.pop(0)
            lists, listed = await self._read(url)
            total += len(listed)
            pages += listed[: self._source.maximum - len(pages)]  # a large site's other millions are counted only
            for one in lists:
                if URL(one).host != URL(self._source.url).host:
                    strange += 1
                elif one not in seen:
                    seen.add(one)
                    waiting.append(one)
            if len(seen) > MAX_LISTS:
                raise SourceError(
                    f"{self._source.name}: more than {MAX_LISTS} lists", "name the list that is meant in the protocol"
                )
        if strange:
            notes.append(f"{strange} lists on other hosts were not followed")
        return Found(pages, total, notes)

    async def _read(self, url: str) -> tuple[list[str], list[Result]]:
        """The lists that a list names, and its pages; of a plain text, an address a line."""
        answer = await self._asker.get(url)
        body = _unpacked(answer, self._source.name)
        if not body.lstrip().startswith((b"<", b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff")):
            lines = body.decode("utf-8", "replace").split()
            found = [made for line in lines if (made := self._page(line, "")) is not None]
            if not found:
                raise SourceError(f"{self._source.name}: no sitemap", "correct the address in the protocol")
            return [], found
        try:
            root = parse(body, self._source.name)
        except InputError as error:
            raise SourceError(error.message, "correct the address in the protocol") from None
        if local(root) == "sitemapindex":
            named = [text_of(one, "loc").strip() for one in children(root, "sitemap")]
            return [one for one in named if _is_web(one)], []
        if local(root) != "urlset":
            raise SourceError(f"{self._source.name}: no sitemap but '{local(root)[:50]}'", "correct the address")
        rows = [(text_of(one, "loc").strip(), text_of(one, "lastmod").strip()) for one in children(root, "url")]
        return [], [made for url, changed in rows if (made := self._page(url, changed)) is not None]

    def _page(self, url: str, changed: str) -> Result | None:
        if not re.search(self._source.matching, url) or not self._period.holds(day_of(changed)):
            return None
        made = result({"url": url, "changed": changed})
        return made if made is not None and made.url else None


def _is_web(url: str) -> bool:
    try:
        return URL(url).scheme in ("http", "https") and bool(URL(url).host)
    except ValueError:
        return False


def _unpacked(answer: Answer, name: str) -> bytes:
    """The bytes of a list, decompressed where they are a gzip file, whatever it is called."""
    if not answer.body.startswith(b"\x1f\x8b"):
        return answer.body
    body, packed = bytearray(), answer.body
    while packed.startswith(b"\x1f\x8b"):  # several members in a row are one file
        unpacking = zlib.decompressobj(wbits=31)
        try:
            body += unpacking.decompress(packed, MAX_BYTES + 1 - len(body))
        except zlib.error:
            raise SourceError(f"{name}: a broken gzip file", "search again later") from None
        if len(body) > MAX_BYTES:
            raise SourceError(f"{name}: more than {MAX_BYTES / 1e6:,.0f} MB unpacked", "name a smaller list")
        if not unpacking.eof:
            raise SourceError(f"{name}: a broken gzip file", "search again later")
        packed = unpacking.unused_data
    return bytes(body)
