"""Passwords and keys that stand in addresses: what is stored, shown or exported is the address without them."""

from __future__ import annotations

import re
from urllib.parse import unquote

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s<>\"']+", re.IGNORECASE)
_BEFORE_HOST = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/?#\\]*@", re.IGNORECASE)
_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/?#;]*", re.IGNORECASE)
_NAMES = frozenset(
    {
        "apikey", "appkey", "accesskey", "secretkey", "privatekey", "authkey", "subscriptionkey",
        "ocpapimsubscriptionkey", "awsaccesskeyid", "xapikey", "xapitoken", "token", "apitoken", "accesstoken",
        "authtoken", "idtoken", "refreshtoken", "sessiontoken", "securitytoken", "insttoken", "usertoken",
        "oauthtoken", "oauthsignature", "oauthconsumerkey", "bearer", "authorization", "secret", "clientsecret",
        "appsecret", "apisecret", "password", "passwd", "passphrase", "pwd", "signature", "sig",
        "xamzsignature", "xamzcredential", "xamzsecuritytoken", "xgoogsignature", "xgoogcredential",
        "sessionid", "jsessionid", "phpsessid",
    }
)  # fmt: skip
"""Names of parameters that hold a secret, without `-` and `_`."""
_KEY_LIKE = re.compile(r"AIza[\w-]{20,}|[0-9a-f]{32,}|sk-[\w-]{16,}|(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w-]{24,}")
"""What a parameter called `key` holds where it is one; elsewhere `key` chooses a page."""


def without_secrets(text: str) -> str:
    """The text, its addresses without user name and password and without parameters that are known to hold a key.

    An address that holds neither stays as it is, to the letter.
    """
    return _ADDRESS.sub(lambda found: _bare(found[0]), text) if "://" in text else text


def _bare(address: str) -> str:
    address = _SESSION.sub("", _BEFORE_HOST.sub(r"\1", address))
    front, hash_, fragment = address.partition("#")
    page, mark, query = front.partition("?")
    kept, chosen = _kept(query), _kept(fragment)
    return page + (mark if kept or not query else "") + kept + (hash_ if chosen or not fragment else "") + chosen


def _kept(parameters: str) -> str:
    parts = parameters.split("&")
    kept = [part for part in parts if not _is_secret(part)]
    return parameters if len(kept) == len(parts) else "&".join(kept)


def _is_secret(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    name = unquote(name).removeprefix("amp;").casefold().replace("-", "").replace("_", "")
    return bool(value) and (name in _NAMES or (name == "key" and _KEY_LIKE.fullmatch(unquote(value)) is not None))
