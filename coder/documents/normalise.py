"""Bring a text into the one form that is stored, hashed, shown and cited."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")

# Characters nobody sees on a page and a model reads all the same, or that make a screen show another order than the
# one stored. Kept: ZWNJ and ZWJ (U+200C, U+200D), which Persian, Hindi and emoji are written with, the direction marks
# (U+200E, U+200F, U+061C), which Hebrew and Arabic need, and the 16 variation selectors of emoji.
_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters, without tab and line ends
    "\u00ad"  # soft hyphen: splits words that a reader sees whole
    "\u200b\u2060-\u2065\u180e\ufeff"  # zero-width spaces, invisible operators, byte order mark
    "\u034f\u17b4\u17b5\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # joiners and controls that write nothing
    "\u202a-\u202e\u2066-\u2069\u206a-\u206f"  # bidirectional embeddings, overrides, isolates; deprecated controls
    "\ufff0-\ufffb\ufffe\uffff"  # interlinear annotation, noncharacters
    "\U000e0000-\U000e0fff"  # tags and supplementary variation selectors: hidden ASCII
    "]"
)
_BLANK = re.compile("[\u3164\uffa0\u2800]")  # Hangul fillers and the empty Braille cell: letters that look like a space
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n{4,}")


def normalise(text: str) -> str:
    """The text in Unicode NFC, with `\\n` line ends, without unseen characters and needless white space.

    Removed are control characters other than tab and line end, bidirectional overrides, tag characters and other
    unseen ones; white space at the end of a line; blank lines at both ends and beyond two in a row. Letters that look
    like a space become one; lone surrogates, which no encoding can store, become U+FFFD. Applying it twice gives the
    same as once.
    """
    seen = _LONE_SURROGATE.sub("\ufffd", _BLANK.sub(" ", _UNSEEN.sub("", text)))
    composed = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", seen))
    trimmed = "\n".join(line.rstrip() for line in composed.split("\n"))
    return _BLANK_LINES.sub("\n\n\n", trimmed).strip("\n")


def one_line(text: str) -> str:
    """A normalised text on a single line, as names and labels are kept."""
    return " ".join(normalise(text).split())


def text_hash(text: str) -> str:
    """SHA-256 (hex) of the normalised text in UTF-8: equal for texts that differ in nothing a reader sees."""
    return hashlib.sha256(normalise(text).encode()).hexdigest()
