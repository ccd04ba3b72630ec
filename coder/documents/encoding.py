"""Find out in which encoding a file is written, and refuse what is not text."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from charset_normalizer import from_bytes

from coder.errors import InputError

MAX_FILE = 200_000_000
"""Bytes a single file may have, packed or unpacked."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SHOWN = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8 with byte order mark", "utf-16": "UTF-16", "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16", "utf-32": "UTF-32", "cp1252": "Windows-1252",
}  # fmt: skip
# Encodings of one byte or of East Asia that spreadsheets still write; others are guesses that are mostly wrong.
_LEGACY = [
    "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r", "shift_jis", "euc_jp",
    "gb18030", "big5", "euc_kr",
]  # fmt: skip
# Files that are in fact another kind; their first bytes say so.
_KINDS = ((b"%PDF", "a PDF file"), (b"PK\x03\x04", "a zip or Office file"), (b"\xd0\xcf\x11\xe0", "an old Office file"))
_NUL = re.compile("\x00")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]")  # without 0x1a, which ended a file under DOS, and escape
_HEAVY = 0.4
"""Share of bytes above 127 beyond which Windows-1252, which encodes Western languages, is not believed."""


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; InputError where it is missing, unreadable, empty or over 200 MB."""
    try:
        size = path.stat().st_size
        with path.open("rb") as handle:
            raw = handle.read(min(size or MAX_FILE, MAX_FILE) + 1)  # a device and a pipe say that they have no size
        if len(raw) > MAX_FILE:
            raise InputError(f"{path}: more than {MAX_FILE / 1e6:,.0f} MB", "split the file")
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read: {error.strerror or error}", "check the path and its rights"
        ) from None
    if not raw.strip():
        raise InputError(f"{path}: the file is empty", "take it out or export it again")
    return raw


def decode(
    raw: bytes,
    place: str,
    stated: str = "",
    hint: str = "",
    remedy: str = "save it as UTF-8, or name it with --encoding",
) -> tuple[str, str]:
    """The text of the bytes and the encoding's name as shown to people.

    In this order: `stated` (by the user: no other is tried), a byte order mark, UTF-8, UTF-16 without a mark, `hint`
    (a page's own claim), Windows-1252, what charset-normalizer finds. InputError with the `remedy` where none fits.
    """
    if stated:
        return _as_stated(raw, place, stated)
    for kind, words in _KINDS:
        if raw.startswith(kind):
            raise InputError(f"{place}: this is {words}, not text", "give it its right ending, or export it as text")
    text_encoding = _unicode(raw) or _claimed(raw, hint) or _western(raw) or _detected(raw)
    if text_encoding is None:
        raise InputError(f"{place}: the bytes are text in no known encoding", remedy)
    text, encoding = text_encoding
    return text.removeprefix("\ufeff"), _SHOWN.get(encoding, encoding)


def _as_stated(raw: bytes, place: str, stated: str) -> tuple[str, str]:
    try:
        text = raw.decode(stated)
    except LookupError:
        raise InputError(
            f"{place}: there is no encoding '{stated}'", "correct --encoding: utf-8, utf-16 or cp1252, say"
        ) from None
    except ValueError as error:
        raise InputError(
            f"{place}: not in the encoding '{stated}' ({error})", "leave --encoding out to have it found"
        ) from None
    return text.removeprefix("\ufeff"), _SHOWN.get(codecs.lookup(stated).name, stated)


def _strict(raw: bytes, encoding: str, never: re.Pattern[str] = _CONTROL) -> tuple[str, str] | None:
    """The text, where the bytes are valid and it holds none of the characters that texts never hold."""
    try:
        text = raw.decode(encoding)
    except (LookupError, ValueError):
        return None
    return None if never.search(text) else (text, encoding)


def _unicode(raw: bytes) -> tuple[str, str] | None:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _strict(raw, encoding, _NUL)
    return _strict(raw, "utf-8", _NUL) or _utf16(raw)


def _utf16(raw: bytes) -> tuple[str, str] | None:
    """UTF-16 without a mark: in Latin script every other byte is zero."""
    sample = raw[:4000]
    if sample[1::2].count(0) > len(sample) * 0.3:
        return _strict(raw, "utf-16-le")
    if sample[::2].count(0) > len(sample) * 0.3:
        return _strict(raw, "utf-16-be")
    return None


def _claimed(raw: bytes, hint: str) -> tuple[str, str] | None:
    """As browsers do: Latin-1 and ASCII are read as Windows-1252."""
    name = hint.strip().lower()
    latin = name in {"iso-8859-1", "latin1", "latin-1", "ascii", "us-ascii"}
    return _strict(raw, "cp1252" if latin else name) if name else None


def _western(raw: bytes) -> tuple[str, str] | None:
    heavy = sum(raw.count(byte) for byte in range(128, 256)) > _HEAVY * len(raw)
    return None if heavy else _strict(raw, "cp1252")


def _detected(raw: bytes) -> tuple[str, str] | None:
    best = None if b"\x00" in raw else from_bytes(raw, cp_isolation=_LEGACY).best()
    return _strict(raw, best.encoding) if best is not None else None
