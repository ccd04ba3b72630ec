"""Which of seven languages a text is written in: a vote of its commonest small words."""

from __future__ import annotations

import re
from collections import Counter

LANGUAGES = ("en", "de", "fr", "it", "es", "pt", "nl")
"""The languages whose sentences are cut by rules of their own."""

_NAMES = {
    "english": "en", "eng": "en", "englisch": "en",
    "german": "de", "deutsch": "de", "ger": "de", "deu": "de",
    "french": "fr", "français": "fr", "fre": "fr", "fra": "fr",
    "italian": "it", "italiano": "it", "ita": "it",
    "spanish": "es", "español": "es", "spa": "es",
    "portuguese": "pt", "português": "pt", "por": "pt",
    "dutch": "nl", "nederlands": "nl", "dut": "nl", "nld": "nl",
}  # fmt: skip

# The function words that are common in one language and rare, or absent, in the other six.
_SMALL_WORDS = {
    "en": "the and of to with is are for by that this from it at or be was will you your which their have has not",
    "de": "der die das und ist mit für von den dem ein eine im zum zur auf nicht sich auch werden wird des als sie wir",
    "fr": "le les des et est une du dans pour qui avec sur au aux ce cette sont vous nous par pas ou leur ses l d",
    "it": "il gli di che è una del della dei delle per nel nella con sono alla al i si anche questo dal più e",
    "es": "el los las del y una que en con por para se su es al como más lo sus este esta son o sobre",
    "pt": "o os as do da dos das e uma em que com para por no na nos nas não ao à se seu são mais um como",
    "nl": "het een van en de is met voor op te dat zijn aan ook niet door wordt bij naar u je deze worden uit die",
}
_VOTES = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 20_000
_ENOUGH = 4
_LEAD = 1.2


def language_code(stated: str) -> str:
    """The ISO 639 code for a language as people state it (`de-CH`, `German`); empty where it names none."""
    word = stated.strip().casefold()
    if word in _NAMES:
        return _NAMES[word]
    match = re.fullmatch(r"([a-z]{2,3})(?:[-_][a-z0-9]+)*", word)
    return _NAMES.get(match[1], match[1]) if match else ""


def detect(text: str) -> str:
    """The language whose small words are most frequent in the first 20,000 characters; empty where none leads clearly.

    A language needs four hits, and a fifth more than the next.
    """
    words = Counter(_WORD.findall(text[:_SAMPLE].casefold()))
    votes = {name: sum(words[word] for word in small) for name, small in _VOTES.items()}
    first, second = sorted(votes, key=lambda name: -votes[name])[:2]
    clear = votes[first] >= _ENOUGH and votes[first] >= _LEAD * votes[second]
    return first if clear else ""
