"""Read a saved page of results: its links with their words, without the ways through the page's own site."""

from __future__ import annotations

import base64
import binascii
import re
import warnings
from collections.abc import Mapping
from urllib.parse import parse_qs, urljoin, urlsplit

from bs4 import BeautifulSoup
from bs4.element import Tag
from bs4.exceptions import ParserRejectedMarkup

from coder.documents.addresses import address_key
from coder.documents.normalise import one_line
from coder.errors import InputError
from coder.search.results import Result, result
from coder.search.saved.taken import Taken

_ASIDE = ("nav", "header", "footer", "form")
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)\s*-->", re.IGNORECASE)
_OWN_RESULTS: Mapping[str, re.Pattern[str]] = {
    "linkedin.com": re.compile(r"/(?:posts|events|pulse|learning|company|school|groups|feed/update|jobs/view)/[^/?#]"),
    "pubmed.ncbi.nlm.nih.gov": re.compile(r"/\d{1,8}/?$"),
    "scholar.google.com": re.compile(r"$.^"),
}
"""Places whose results are pages of their own, and what a result's path looks like there."""
_RELATIVE = "whose address is relative, and the page does not say to what"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SEARCHERS = re.compile(
    r"(?:^|\.)(?:google(?:\.[a-z]{2,3}){1,2}|googleusercontent\.com|gstatic\.com|bing\.com|duckduckgo\.com|qwant\.com)$"
)
_PASSED_ON = ("q", "url", "u", "uddg", "target")
"""Parameters in which a search engine's link holds the result's own address."""


def read_page(markup: str, name: str, *, own_links: bool = False) -> Taken:
    """The links of a page in its order, each address once, the wrapping of search engines taken off.

    Left out, and counted: links in navigation, headers, footers and forms; links without words; links to the page's own
    site, unless `own_links` or they look like its results (posts on LinkedIn, records of PubMed). Which site that is
    the page says itself (saved from, canonical, base); where it does not, none is left out for it. A relative link
    starts from the page's `<base href>`, else from its own address; where it has neither it is left out, and counted.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # guesses that the markup might be a file name or XML
            soup = BeautifulSoup(markup, "html.parser")
        own, base = _own_places(markup, soup)
        links = [(link, _aside(link)) for link in soup.find_all("a", href=True)]
    except (ParserRejectedMarkup, RecursionError):
        raise InputError(f"{name}: the HTML cannot be read", "save the addresses as a list, one a line") from None
    results: dict[str, Result] = {}
    left_out = {
        "to the page's own site (--own-links keeps them)": 0,
        "in navigation": 0,
        "without words": 0,
        _RELATIVE: 0,
    }
    for link, aside in links:
        url = unwrapped(_absolute(str(link["href"]).strip(), base))
        key = address_key(url)
        words = _words(link)
        if not key or key in results:
            left_out[_RELATIVE] += bool(url) and not key and not _SCHEME.match(url)
            continue
        if not own_links and _is_own(url, own):
            left_out["to the page's own site (--own-links keeps them)"] += 1
        elif aside:
            left_out["in navigation"] += 1
        elif not words:
            left_out["without words"] += 1
        else:
            made = result({"url": url, "title": words}, f"{name}, link {len(results) + 1}")
            if made is not None:
                results[key] = made
    told = [f"{number} links {what}" for what, number in left_out.items() if number]
    site = f" (the page is of {own})" if own else ""
    return Taken(list(results.values()), notes=[f"{name}{site}: left out {', '.join(told)}"] if told else [])


def unwrapped(url: str) -> str:
    """The address behind a link that goes through a search engine or a network first; any other as it is."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return url
    through = (
        (_SEARCHERS.search(host) and parts.path in ("/url", "/l/", "/ck/a", "/imgres"))
        or (host.endswith("linkedin.com") and parts.path.startswith(("/redir/", "/safety/go")))
    )  # fmt: skip
    if not through:
        return url
    asked = parse_qs(parts.query)
    for parameter in _PASSED_ON:
        for value in asked.get(parameter, []):
            plain = _bing(value) if parameter == "u" else value
            if plain.startswith(("http://", "https://")):
                return plain
    return url


def _bing(value: str) -> str:
    """Bing writes the address in base 64 behind `a1`."""
    if not value.startswith("a1"):
        return value
    try:
        return base64.urlsafe_b64decode(value[2:] + "=" * (-len(value[2:]) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return value


def _absolute(href: str, base: str) -> str:
    """Where a link leads; the link as it is where the page has no base, and '' for a place within the page."""
    if href.startswith("#"):
        return ""
    if href.startswith("//") and not base:
        return f"https:{href}"
    try:
        return urljoin(base, href)
    except ValueError:
        return href


def _own_places(markup: str, soup: BeautifulSoup) -> tuple[str, str]:
    """The page's own host, and the address that its relative links start from; empty where the page says nothing."""
    saved = _SAVED_FROM.search(markup[:5_000])
    said = [saved[1]] if saved else []
    for found, attribute in (
        (soup.find("link", rel="canonical"), "href"),
        (soup.find("meta", property="og:url"), "content"),
    ):
        if isinstance(found, Tag):
            said.append(str(found.get(attribute) or ""))
    page = next((place for place in said if address_key(place)), "")
    title = one_line(soup.title.get_text()) if soup.title else ""
    based = soup.find("base", href=True)
    base = _absolute(str(based["href"]).strip(), page) if isinstance(based, Tag) else ""
    base = base if address_key(base) else page
    if not base and re.search(r"- Google\b", title):
        base = "https://www.google.com/"
    return address_key(page or base).partition("/")[0].partition("?")[0], base


def _is_own(url: str, own: str) -> bool:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    for place, looks in _OWN_RESULTS.items():
        if host == place or host.endswith("." + place):
            return looks.search(parts.path) is None
    if _SEARCHERS.search(host):
        return True
    bare = own.removeprefix("www.")
    return bool(bare) and (host == bare or host.endswith("." + bare))


def _aside(link: Tag) -> bool:
    return any(parent.name in _ASIDE or parent.get("role") in ("navigation", "banner") for parent in link.parents)


def _words(link: Tag) -> str:
    """The heading within a link, where it has one: search engines put site and path into the same link."""
    heading = link.find(["h1", "h2", "h3", "h4"])
    return one_line((heading if isinstance(heading, Tag) else link).get_text(" "))[:500]
