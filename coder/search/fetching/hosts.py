"""Which addresses may be connected to: public ones, and private ones only of hosts that the settings name."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection, Container

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

_NUMERIC = re.compile(r"\d+|0x[0-9a-f]*")
"""The last part of a host that a system takes for an IPv4 address: 2130706433, 0x7f.1, 0177.0.0.1; no domain has it."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class PrivateAddressError(OSError):
    """A name leads to this machine or network, or to no single machine."""


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody on the net may reach; an IPv4 address within an IPv6 one counts.

    Not public are loopback, private, link-local, shared, reserved, unspecified and multicast addresses.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _embedded(ip)
        return is_public(str(inner)) if inner else ip.is_global and not ip.is_multicast and not ip.is_site_local
    return ip.is_global and not ip.is_multicast


class _EveryHost(Container[str]):
    """All hosts there are, for whoever allows private addresses altogether."""

    def __contains__(self, host: object) -> bool:
        return True


EVERY_HOST: Container[str] = _EveryHost()


def allowed_hosts(names: Collection[str]) -> frozenset[str]:
    """Hosts from the settings in the form in which they are compared."""
    return frozenset(comparable(name) for name in names)


def comparable(host: str) -> str:
    """A host in lower case, without brackets or the dot at its end."""
    return host.strip().strip("[]").rstrip(".").casefold()


def objection(url: URL, allowed: Container[str]) -> str:
    """Why an address is not retrieved, by its scheme, form or number; empty where nothing is against it.

    What a *name* leads to is seen only when it is resolved: `CheckedResolver`.
    """
    if url.scheme not in {"http", "https"}:
        return f"'{url.scheme}' addresses are not retrieved, only http and https" if url.scheme else "no web address"
    if not url.host:
        return "the address names no host"
    if url.user or url.password:
        return "addresses with a user name or password are not retrieved"
    host = comparable(url.host)
    if _is_number(host):
        return "" if is_public(host) or host in allowed else private(host)
    return f"{host} is a number in disguise, no host" if _NUMERIC.fullmatch(host.rpartition(".")[2]) else ""


def private(host: str) -> str:
    """The reason why a host on this machine or network is not asked."""
    return f"{host} is an address of this machine or network; name it in [search] allow_private if it is meant"


class CheckedResolver(AbstractResolver):
    """Gives out public addresses only, save for hosts that are allowed by name.

    The connection goes to the address given out here and asks for no other, so that a name server that changes its
    answer between a check and the connection (DNS rebinding) gains nothing.
    """

    def __init__(self, allowed: Container[str], inner: AbstractResolver | None = None) -> None:
        self._allowed = allowed
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses that may be connected to; PrivateAddressError where the name has private ones only."""
        found = await self._inner.resolve(host, port, family)
        if comparable(host) in self._allowed:
            return found
        public = [one for one in found if is_public(one["host"])]
        if found and not public:
            raise PrivateAddressError(private(host))
        return public

    async def close(self) -> None:
        """Let go of the resolver beneath."""
        await self._inner.close()


def _embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, Teredo, NAT64."""
    if ip.ipv4_mapped or ip.sixtofour:
        return ip.ipv4_mapped or ip.sixtofour
    if ip.teredo:
        return ip.teredo[1]
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
