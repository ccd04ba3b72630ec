"""The abbreviations that the sentence library takes for the end of a sentence, and when they are not."""

from __future__ import annotations

import re
from functools import cache

# Per language, in lower case and without the last full stop: words that always lead on to the next one. Words that may
# also end a sentence (etc., usw., enz.) do not belong here. English is added to every language, since pages mix it in;
# so it holds no word that another language ends a sentence with ("no").
_LEADS_ON: dict[str, frozenset[str]] = {
    "en": frozenset({"incl", "excl", "e.g", "i.e", "vs", "cf", "viz", "dr", "prof", "mr", "mrs", "ms", "st"}),
    "de": frozenset({
        "inkl", "exkl", "zzgl", "bzw", "z.b", "z. b", "d.h", "d. h", "u.a", "u. a", "o.g", "sog", "evtl", "ggf", "mind",
        "hr", "fr", "dipl", "dipl.-ing", "med", "habil", "priv",  # titles: Priv.-Doz. Dr. med. habil.
    }),
    "fr": frozenset({
        "p.ex", "p. ex", "c.-à-d", "tél",
        "m", "mm", "mme", "mlle", "me",  # titles: M. Dupont, MM. Dupont et Leroy, Me Martin
    }),
    "it": frozenset({
        "p.es", "p. es", "pag", "tel",
        "sig", "sig.ra", "dott", "dott.ssa", "prof.ssa", "ing", "avv",  # titles
    }),
    "es": frozenset({
        "p.ej", "p. ej", "pág", "tel", "núm", "ee",  # EE. UU.
        "sr", "sra", "srta", "dra", "dª",  # titles
    }),
    "pt": frozenset({
        "p.ex", "p. ex", "pág", "tel", "núm",
        "sr", "sra", "dra", "profa", "eng",  # titles
    }),
    "nl": frozenset({
        "o.a", "bijv", "bv", "d.w.z", "m.b.v", "m.b.t", "t.b.v", "i.v.m", "i.s.m", "resp", "evt", "tel",
        "dhr", "mevr", "mw", "drs", "ir", "ing",  # titles
    }),
}  # fmt: skip

# Words that lead on to a figure only: "No. 5" and "approx. 500" go on, "500 USD approx. Then" does not.
_BEFORE_FIGURE = frozenset(
    {"no", "nos", "nr", "n", "fig", "p", "pp", "vol", "ca", "approx", "aprox", "env", "art", "chf", "max", "min"}
)

_INITIAL = re.compile(r"(?:^|[\s(\-.])([^\W\d_])\.\s*$")
_DOTTED = re.compile(r"(?:^|[\s(])(?:[^\W\d_]{1,3}\.){2,}\s*$")
_CLOCK = re.compile(r"(?:^|\s)[ap]\.\s?m\.\s*$", re.IGNORECASE)
_LONGEST_INITIAL, _LONGEST_CLOCK = 3, 6  # characters that these two can take: no more of a piece is searched
_AFTER_CLOCK = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September"
    r"|October|November|December|[A-Z]{2,5})\b"
)


def leads_on(left: str, right: str, language: str) -> bool:
    """Whether a full stop between the two pieces is part of an abbreviation and not the end of a sentence."""
    follower, ended = right.lstrip(), left.rstrip()
    if not follower or not ended.endswith("."):
        return False
    if _CLOCK.search(ended[-_LONGEST_CLOCK:]):  # "9 a.m. Monday" goes on, "5 p.m. Then" does not
        return follower[0].islower() or bool(_AFTER_CLOCK.match(follower))
    words = _last_words(ended)
    if _is_initial(ended) or not words.isdisjoint(_leading_on(language)):
        return True
    if left[-1:] == "." or ("." in ended[-5:-1] and _DOTTED.search(ended)):  # "J.-P.", "e.a. zijn"
        return not follower[0].isupper()
    return follower[0].isdigit() and not words.isdisjoint(_BEFORE_FIGURE)


@cache
def _leading_on(language: str) -> frozenset[str]:
    return _LEADS_ON["en"] | _LEADS_ON.get(language, frozenset())


def _is_initial(ended: str) -> bool:
    """Whether the piece ends in one capital and a full stop, as in "J. Smith" (and, at a small price, "plan B.")."""
    match = _INITIAL.search(ended[-_LONGEST_INITIAL:])
    return match is not None and match[1].isupper()


def _last_words(ended: str) -> set[str]:
    """The last word and the last two, lower case, without the closing full stop: {"ex", "p. ex"}."""
    words = ended.removesuffix(".").casefold().split()[-2:]
    words = [word.lstrip("([«“\"'") for word in words]
    return {words[-1], " ".join(words)} if words else set()
