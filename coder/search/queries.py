"""From term groups to the exact texts that are asked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from urllib.parse import quote_plus

from coder.search.described import AnySource, ByHand, PubMed
from coder.search.protocol import Combination, Protocol


@dataclass(frozen=True)
class Query:
    """One text that is asked of one source; `url` leads a person there, where the source has such an address."""

    source: str
    text: str
    url: str = ""
    maximum: int | None = None


def queries_of(protocol: Protocol, source: AnySource) -> list[Query]:
    """What is asked of a source, in the order of the protocol, each text once.

    A source that cannot be asked anything (a feed, a sitemap) has one query without text.
    """
    maximum = source.maximum
    if not source.takes_queries:
        return [Query(source.name, "", source.address, maximum)]
    field = source.field if isinstance(source, PubMed) else ""
    texts = dict.fromkeys(text for one in protocol.combinations(source) for text in texts_of(protocol, one, field))
    return [Query(source.name, text, _page(source, text), maximum) for text in texts]


def texts_of(protocol: Protocol, combination: Combination, field: str = "") -> list[str]:
    """The query texts of a combination. `field` is PubMed's tag that each term of a Boolean query carries."""
    if combination.text is not None:
        return [combination.text]
    groups = [protocol.group(name).terms for name in combination.groups]
    if combination.form == "each":
        choices = product(*groups)
        if not field:
            return [" ".join(terms) for terms in choices]
        return [" AND ".join(_any_of((term,), field) for term in terms) for terms in choices]
    wanted = " AND ".join(_any_of(terms, field) for terms in groups)
    unwanted = [_any_of(protocol.group(name).terms, field) for name in combination.without]
    return [" NOT ".join([f"({wanted})" if unwanted and len(groups) > 1 else wanted, *unwanted])]


def _any_of(terms: tuple[str, ...], field: str) -> str:
    words = [_quoted(term) + (f"[{field}]" if field else "") for term in terms]
    return words[0] if len(words) == 1 else f"({' OR '.join(words)})"


def _quoted(term: str) -> str:
    """A term of several words in quotation marks; one that has them, or a tag of its own, as it is."""
    return term if '"' in term or "[" in term or not any(char.isspace() for char in term) else f'"{term}"'


def _page(source: AnySource, text: str) -> str:
    return source.address.replace("{query}", quote_plus(text)) if isinstance(source, ByHand) else ""
