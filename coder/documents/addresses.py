"""When two addresses or identifiers name the same thing: web addresses, DOIs and PubMed ids in one form only."""

from __future__ import annotations

import re
from urllib.parse import unquote

from yarl import URL

from coder.documents.secret_parts import without_secrets
from coder.errors import InputError

_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(
    r"utm_\w+|(?:fb|g|gb|dc|ms|y|tw|tt)clid|gclsrc|[gw]braid|igshid|igsh|mc_[ce]id|_ga|_gl|_hsenc|_hsmi|mkt_tok|li_fat_id"
    r"|vero_id|oly_(?:enc|anon)_id|srsltid|ref_src",
    re.IGNORECASE,
)
"""Parameters that say where a visitor came from, whatever the site."""
_LINKEDIN = re.compile(r"trk|trkInfo|trackingId|lipi|licu|refId|rcm", re.IGNORECASE)
"""Parameters that do so on LinkedIn; elsewhere the same letters may choose the page."""
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")
_DOI_HOSTS = frozenset({"doi.org", "dx.doi.org", "www.doi.org"})
_PUBMED = re.compile(r"/(?:pubmed/)?(\d{1,8})/?")
_PUBMED_HOSTS = frozenset({"pubmed.ncbi.nlm.nih.gov", "www.ncbi.nlm.nih.gov", "ncbi.nlm.nih.gov"})
_CLOSING = {")": "(", "]": "[", "}": "{"}


def canonical_url(url: str) -> str:
    """The address in the form that tells whether two are the same page; to fetch one, use it as it was found.

    Scheme and host are lower case, the host as DNS has it (IDNA), default ports, user names and tracking parameters
    gone, `.` and `..` resolved, percent-encoding in one form, no slash at the end. A fragment is dropped unless it
    chooses a page (`#!`, `#/`). What may choose another page stays: `www.`, other parameters and their order, the
    path's case. Applying it twice gives the same as once. InputError where it is no http or https address.
    """
    parsed = _parsed(url)
    host = (parsed.raw_host or "").rstrip(".")
    port = parsed.explicit_port
    shown_host = f"[{host}]" if ":" in host else host
    shown_port = "" if port is None or port == _PORTS[parsed.scheme] else f":{port}"
    query = _without_tracking(parsed.raw_query_string, host)
    path = parsed.raw_path.rstrip("/") or ("/" if query else "")
    fragment = parsed.raw_fragment if parsed.raw_fragment.startswith(("!", "/")) else ""
    return (
        f"{parsed.scheme}://{shown_host}{shown_port}{path}{f'?{query}' if query else ''}"
        f"{f'#{fragment}' if fragment else ''}"
    )


def address_key(url: str) -> str:
    """The canonical address without its scheme, since http and https lead to one page; empty where it is no address."""
    try:
        return canonical_url(url).partition("://")[2]
    except InputError:
        return ""


def normalise_doi(text: str) -> str:
    """The DOI in a text (bare, `doi:10...`, an address of doi.org) in lower case, as DOIs compare; empty where none is.

    Punctuation behind it, and a bracket that was opened before it, are no part of it.
    """
    found = _DOI.search(unquote(text))
    if found is None:
        return ""
    doi = found[0]
    while doi and (doi[-1] in ".,;:'" or (doi[-1] in _CLOSING and doi.count(_CLOSING[doi[-1]]) < doi.count(doi[-1]))):
        doi = doi[:-1]
    return "" if doi.endswith("/") else doi.lower()


def normalise_pmid(text: str) -> str:
    """The PubMed id in a text (bare, `PMID: 123`, an address of PubMed) as digits; empty where none is."""
    bare = re.fullmatch(r"\s*(?:pmid\s*:?\s*)?0*([1-9]\d{0,7})(?:\s*\[pmid\])?\s*", text, re.IGNORECASE)
    return bare[1] if bare else pmid_of_url(text)


def doi_of_url(url: str) -> str:
    """The DOI that an address of doi.org resolves; empty for any other: a publisher's path may go on behind one."""
    try:
        parsed = _parsed(url)
    except InputError:
        return ""
    return normalise_doi(parsed.raw_path) if parsed.raw_host in _DOI_HOSTS else ""


def pmid_of_url(url: str) -> str:
    """The PubMed id of a record's address at PubMed; empty for any other."""
    try:
        parsed = _parsed(url)
    except InputError:
        return ""
    found = _PUBMED.fullmatch(parsed.raw_path) if parsed.raw_host in _PUBMED_HOSTS else None
    return normalise_pmid(found[1]) if found else ""


def record_keys(*, url: str = "", doi: str = "", pmid: str = "") -> tuple[str, ...]:
    """What identifies a result, the surest first: `pmid:123`, `doi:10.1/x`, its address without scheme.

    Two results with a key in common are one document. An address of PubMed or doi.org is the identifier that it shows.
    """
    found_pmid = normalise_pmid(pmid) or pmid_of_url(url)
    found_doi = normalise_doi(doi) or doi_of_url(url)
    address = "" if pmid_of_url(url) or doi_of_url(url) else address_key(url)
    named = (f"pmid:{found_pmid}" if found_pmid else "", f"doi:{found_doi}" if found_doi else "", address)
    return tuple(key for key in named if key)


def _parsed(url: str) -> URL:
    written = url.strip()
    try:
        parsed = URL(written)
    except (ValueError, TypeError):
        raise InputError(
            f"{without_secrets(written)[:200]!r} is no web address", "write it as https://host/path"
        ) from None
    if parsed.scheme not in _PORTS or not (parsed.raw_host or "").strip("."):
        raise InputError(
            f"{without_secrets(written)[:200]!r} is no web address", "only http:// and https:// are followed"
        )
    return parsed


def _without_tracking(query: str, host: str) -> str:
    linkedin = host == "linkedin.com" or host.endswith(".linkedin.com")
    kept = []
    for part in query.split("&"):
        name = unquote(part.partition("=")[0])
        if part and not _TRACKING.fullmatch(name) and not (linkedin and _LINKEDIN.fullmatch(name)):
            kept.append(part)
    return "&".join(kept)
