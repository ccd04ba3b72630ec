"""What of a document says which thing it describes: its title, its text, its years, its addresses and identifiers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from coder.documents.addresses import record_keys
from coder.model import Document, Version

WORD = r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|\w+"
"""A word; in scripts without spaces each character is one."""
_WORD = re.compile(WORD)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_TITLES = ("title", "titel", "titre", "título", "titulo", "titolo", "primary_title")
_ADDRESSES = ("url", "link", "address", "website", "uri", "permalink")
_IDENTIFIERS = ("doi", "pmid")
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11", "xii": "12"}
"""Without those that are words or letters too."""
_LONGEST_TITLE = 200
"""Characters of a first line that may still be a title."""


@dataclass(frozen=True)
class Described:
    """A document as duplicates are looked for. `keys` name it: `pmid:1`, `doi:10.1/x`, an address without its scheme.

    `year` is the year that its variables give, '' for none; `text` leaves out a title at its beginning.
    """

    document_id: str
    title: str = ""
    text: str = ""
    year: str = ""
    keys: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the text, without case and accents."""
        return folded_words(self.text)

    @cached_property
    def title_words(self) -> tuple[str, ...]:
        """The words of the title that are no number, without case and accents."""
        return tuple(word for word in folded_words(self.title) if not _numeral(word))

    @cached_property
    def title_numbers(self) -> frozenset[str]:
        """The numbers in the title that are no year: of a part, a course, a session."""
        found = (_numeral(word) for word in folded_words(self.title))
        return frozenset(number for number in found if number and not _YEAR.fullmatch(number))

    @cached_property
    def years(self) -> frozenset[str]:
        """The years in the title; where it has none, that of the variables."""
        return frozenset(_YEAR.findall(self.title)) or frozenset(_YEAR.findall(self.year)[:1])

    @cached_property
    def text_years(self) -> frozenset[str]:
        """The years that the text speaks of."""
        return frozenset(_YEAR.findall(self.text))


def describe(document: Document, version: Version | None, addresses: Iterable[str] = ()) -> Described:
    """A document with its newest text; `addresses` are where it was found, beside what its variables say."""
    variables = {name.strip().casefold(): value for name, value in document.variables.items() if value.strip()}
    named = next((variables[name] for name in _TITLES if name in variables), "")
    title, text = _parted(named, version.text if version else "")
    keys = [key for address in addresses for key in record_keys(url=address)]
    keys += [key for name in _ADDRESSES if name in variables for key in record_keys(url=variables[name])]
    keys += [key for name in _IDENTIFIERS if name in variables for key in record_keys(**{name: variables[name]})]
    return Described(document.id, title, text, variables.get("year", ""), frozenset(keys))


def _parted(named: str, text: str) -> tuple[str, str]:
    """Title and the rest of the text. A first line with an empty one below it is a title where no variable is."""
    first, _, rest = text.partition("\n")
    if named:
        return named, rest.strip() if folded_words(first) == folded_words(named) else text
    titled = rest.startswith("\n") and 0 < len(first) <= _LONGEST_TITLE
    return (first.strip(), rest.strip()) if titled else ("", text)


def folded_words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, without accents and with characters in their plain form."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return tuple(_WORD.findall("".join(char for char in folded if not unicodedata.combining(char))))


def _numeral(word: str) -> str:
    """The number that a word is, '' where it is none."""
    return (word.lstrip("0") or "0") if word.isdigit() else _ROMAN.get(word, "")
