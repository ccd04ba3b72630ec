"""Take an answer's bytes in, unpacked and never more than a limit: endless pages and bombs stop there."""

from __future__ import annotations

import zlib

from aiohttp import ClientResponse

_CHUNK = 65_536
_ZIPPED = frozenset({"gzip", "x-gzip", "deflate"})
_EITHER_HEAD = 47  # zlib: a gzip or a zlib head, whichever comes
_NO_HEAD = -15


class TooLargeError(Exception):
    """The body is longer than the limit; `seen` are its first bytes, unpacked."""

    def __init__(self, seen: bytes = b"") -> None:
        super().__init__("too large")
        self.seen = seen


class BrokenBodyError(Exception):
    """The body is not packed in the way that its header says."""


async def read_body(response: ClientResponse, limit: int, *, believe: bool = True) -> bytes:
    """The unpacked bytes; TooLargeError beyond `limit`, BrokenBodyError where they cannot be unpacked.

    What says itself that it is too large is not read, unless `believe` is False.
    """
    if believe and (response.content_length or 0) > limit:
        raise TooLargeError
    unpacking = _unpacking(response.headers.get("Content-Encoding", ""), limit)
    packed = 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        packed += len(chunk)
        unpacking.feed(chunk)
        if packed > limit or len(unpacking.body) > limit:
            raise TooLargeError(bytes(unpacking.body[:limit]))
    unpacking.finish()
    return bytes(unpacking.body)


class _Plain:
    """Bytes as they come."""

    def __init__(self) -> None:
        self.body = bytearray()

    def feed(self, chunk: bytes) -> None:
        self.body += chunk

    def finish(self) -> None:
        """Nothing is left over."""


class _Zipped(_Plain):
    """gzip or deflate, unpacked as far as one byte beyond the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._inflate = zlib.decompressobj(_EITHER_HEAD)
        self._begun = False

    def feed(self, chunk: bytes) -> None:
        while chunk and len(self.body) <= self._limit:
            room = self._limit + 1 - len(self.body)
            self.body += self._inflated(chunk, room)
            chunk = self._inflate.unconsumed_tail or self._inflate.unused_data
            if self._inflate.eof and chunk:
                self._inflate = zlib.decompressobj(_EITHER_HEAD)  # several gzip members in a row

    def finish(self) -> None:
        if self._begun and not self._inflate.eof:
            raise BrokenBodyError

    def _inflated(self, chunk: bytes, room: int) -> bytes:
        try:
            inflated = self._inflate.decompress(chunk, room)
        except zlib.error:
            inflated = self._headless(chunk, room)
        self._begun = True
        return inflated

    def _headless(self, chunk: bytes, room: int) -> bytes:
        """Some servers send 'deflate' without the head that the standard wants."""
        if self._begun:
            raise BrokenBodyError
        self._inflate = zlib.decompressobj(_NO_HEAD)
        try:
            return self._inflate.decompress(chunk, room)
        except zlib.error:
            raise BrokenBodyError from None


def _unpacking(encoding: str, limit: int) -> _Plain:
    name = encoding.strip().casefold()
    if name in {"", "identity"}:
        return _Plain()
    if name in _ZIPPED:
        return _Zipped(limit)
    raise BrokenBodyError
