"""Names of servers: looked up in threads of their own, and remembered for when nobody answers."""

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence

import structlog
from aiohttp.abc import AbstractResolver, ResolveResult

log = structlog.get_logger(__name__)

PATIENCE = 0.5
"""Seconds that a name which was known before is looked up, before what it meant then is used."""

Found = Sequence[tuple[socket.AddressFamily, str]]
Lookup = Callable[[str, socket.AddressFamily], Found]


def system_lookup(host: str, family: socket.AddressFamily) -> Found:
    """What the system says of a name; takes as long as it takes. Raises OSError."""
    found = socket.getaddrinfo(host, None, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [(each[0], str(each[4][0])) for each in found]


class Names(AbstractResolver):  # aiohttp asks for its own class
    """A resolver for aiohttp that outlives a name service: a name that was known once stays known.

    The system's threads for names are few. One that waits for half a minute must not keep others from
    being looked up, so each name has a thread of its own while it is looked up, and only one.
    """

    def __init__(self, lookup: Lookup = system_lookup, *, patience: float = PATIENCE) -> None:
        self._lookup = lookup
        self._patience = patience
        self._known: dict[tuple[str, int], Found] = {}
        self._asking: dict[tuple[str, int], asyncio.Future[Found]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name: of now or, when nobody says them soon, of before. Raises OSError."""
        known = self._known.get((host, family))
        asking = asyncio.shield(self._ask(host, family))
        if known is None:
            return _results(host, port, await asking)
        try:
            async with asyncio.timeout(self._patience):
                return _results(host, port, await asking)
        except (TimeoutError, OSError) as error:
            log.warning("name_from_memory", host=host, why=type(error).__name__)
            return _results(host, port, known)

    async def close(self) -> None:
        """Nothing to close: threads that wait end when they are answered."""

    def _ask(self, host: str, family: socket.AddressFamily) -> asyncio.Future[Found]:
        """One question at a time for a name, which may outlive those who asked."""
        key = (host, int(family))
        if (asking := self._asking.get(key)) is not None:
            return asking
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Found] = loop.create_future()
        self._asking[key] = answer
        answer.add_done_callback(lambda done: self._learn(key, done))

        def ask() -> None:
            try:
                found: Found | OSError = self._lookup(host, family) or OSError(f"{host} has no address")
            except (OSError, UnicodeError) as error:
                found = OSError(f"{host}: {error}")
            try:
                loop.call_soon_threadsafe(_settle, answer, found)
            except RuntimeError:
                return  # the loop has ended meanwhile

        # A daemon: a question that nobody answers must not keep the process from ending.
        threading.Thread(target=ask, name="tocsin-names", daemon=True).start()
        return answer

    def _learn(self, key: tuple[str, int], done: asyncio.Future[Found]) -> None:
        self._asking.pop(key, None)
        if not done.cancelled() and done.exception() is None:
            self._known[key] = done.result()


def _settle(answer: asyncio.Future[Found], found: Found | OSError) -> None:
    if answer.done():
        return
    if isinstance(found, OSError):
        answer.set_exception(found)
    else:
        answer.set_result(found)


def _results(host: str, port: int, found: Found) -> list[ResolveResult]:
    return [
        ResolveResult(
            hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
        )
        for family, address in found
    ]
