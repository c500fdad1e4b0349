"""The open web: addresses that the configuration names are reached there, and never inside the network.

Whoever may write an address into the configuration could otherwise read what only this machine can reach:
a cloud's metadata, a router, a database. A name is looked up once, every address that it has is judged, and
the connection goes to one that was judged, so that a second answer of the name server changes nothing.
"""

import ipaddress
import socket
from collections.abc import Iterable

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.delivery.last_moment import TimelyRequest
from bot.delivery.names import Names

SCHEMES = frozenset({"http", "https"})
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Inside(OSError):
    """An address leads into the network, or nowhere that is allowed; the text names no address."""


class OpenWeb(AbstractResolver):  # aiohttp asks for its own class
    """A resolver for aiohttp, and the check that goes before it. `inside`: hosts that may be inside.

    aiohttp asks no resolver for an address in figures, so `check` has to stand before every request, and
    before every redirect that is followed.
    """

    def __init__(self, inside: Iterable[str] = (), names: Names | None = None) -> None:
        self._inside = frozenset(host.strip().casefold().rstrip(".") for host in inside)
        self._names = names or Names()

    def check(self, url: str | URL) -> URL:
        """The address, if it may be asked. Raises Inside."""
        try:
            found = URL(url) if isinstance(url, str) else url
            host, scheme = (found.host or "").casefold().rstrip("."), found.scheme
        except ValueError:
            raise Inside("it is no web address") from None
        if scheme not in SCHEMES or not host:
            raise Inside("it is no web address")
        if found.user is not None or found.password is not None:
            raise Inside("it carries a user name")
        if host not in self._inside and _figures(host) and not public(host):
            raise Inside("it is inside the network")
        return found

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name, if all of them are outside. Raises OSError."""
        found = await self._names.resolve(host, port, family)
        if host.casefold().rstrip(".") in self._inside or all(public(each["host"]) for each in found):
            return found
        raise Inside("its name leads inside the network")

    async def close(self) -> None:
        """Nothing to close."""

    def session(self, limits: aiohttp.ClientTimeout) -> aiohttp.ClientSession:
        """A session that reaches nothing else. It takes no proxy, which would look names up by itself."""
        connector = aiohttp.TCPConnector(resolver=self, use_dns_cache=False)
        return aiohttp.ClientSession(
            timeout=limits, connector=connector, trust_env=False, request_class=TimelyRequest
        )


def public(address: str) -> bool:
    """Whether the whole world can reach it, also when an IPv6 address holds one of IPv4 (RFC 4291, 6052)."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        held = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if held is None and found in NAT64:
            held = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if held is not None:
            found = held
    return found.is_global and not found.is_multicast


def _figures(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
