"""The key of an endpoint: where it comes from, who may see it, and how it stays out of every message."""

from __future__ import annotations

import ipaddress
import os
import re
from urllib.parse import urlsplit

from coder.errors import ProviderError

OWN, COMMON = "INTERCODER_API_KEY", "OPENAI_API_KEY"
OPENAI = "https://api.openai.com/v1"
SECRET_FROM = 12
"""Characters from which on a key is taken for one where an answer is searched for it."""
_LOOKS_LIKE_KEY = re.compile(r"\b(sk-|Bearer\s+)[^\s'\",;]+")


def check_address(url: str) -> None:
    """ProviderError where the URL is not one of the web."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, brackets that do not close
        sound = False
    if not sound:
        raise ProviderError(
            "`base_url` under [model] is not a web address",
            "write it with scheme and path, such as http://127.0.0.1:11434/v1",
        )


def check_key(key: str) -> None:
    """ProviderError where the key cannot be sent; the error of the client would show it."""
    if not (key.isascii() and key.isprintable()):
        raise ProviderError(
            "the key holds characters that no key has",
            f"copy it again into {OWN} (or {COMMON}), without quotes or spaces",
        )


def host_of(url: str) -> str:
    """Host (and port, where given) of a URL; user names and passwords in it are left out."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or url


def is_loopback(url: str) -> bool:
    """Whether the URL leads to this machine itself."""
    name = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def key_for(url: str) -> str:
    """The key to send to this URL, '' if none.

    INTERCODER_API_KEY goes wherever the settings point. OPENAI_API_KEY goes to OpenAI, to Azure's OpenAI hosts, to
    this machine and to the host that OPENAI_BASE_URL names: a project file from a stranger cannot carry it elsewhere.
    """
    if own := os.environ.get(OWN, "").strip():
        return own
    host = urlsplit(url).hostname or ""
    trusted = {urlsplit(OPENAI).hostname, urlsplit(os.environ.get("OPENAI_BASE_URL", "")).hostname}
    if host in trusted or host.endswith((".openai.com", ".openai.azure.com")) or is_loopback(url):
        return os.environ.get(COMMON, "").strip()
    return ""


def scrub(text: str, key: str) -> str:
    """The text as one printable line of at most 400 characters, without the key or anything that looks like one."""
    if key:
        text = text.replace(key, "[key]")
    text = _LOOKS_LIKE_KEY.sub("[key]", text)
    return "".join(character if character.isprintable() else " " for character in text)[:400].strip()
