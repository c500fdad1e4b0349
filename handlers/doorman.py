"""The doorman: how many connections the web server keeps, and for how long one may say nothing."""

import asyncio
import resource

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

log = structlog.get_logger(__name__)

MOST = 256
"""Connections at once. A newcomer is always let in: health is asked over new ones."""

RESERVED = 52
"""Files that are kept for the database, for Slack and for pages that are on their way out."""

LEAST = 4
"""Connections that are let in however few files the process may open: health is asked over them."""

FIRST_REQUEST_SECONDS = 5.0
"""Until the first request's headers must have come whole."""

BEING_MADE = 1.0


def places(files: int) -> int:
    """How many connections a process may keep that may open so many files."""
    return max(LEAST, min(MOST, files - RESERVED)) if files != resource.RLIM_INFINITY else MOST


class Doorman:
    """Makes the protocols of a server's connections. When they are too many, the oldest idle one goes.

    `busy` has to be among the application's middlewares.
    """

    def __init__(self, *, most: int | None = None, patience: float = FIRST_REQUEST_SECONDS) -> None:
        """`most`: so many connections; by default as many as the limit of open files leaves room for."""
        self._most = most or places(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        self._patience = patience
        self._guests: dict[asyncio.BaseProtocol, float] = {}
        self._served = set[asyncio.BaseProtocol]()
        self._busy = set[asyncio.BaseProtocol]()
        self.turned_out = 0

    @web.middleware
    async def busy(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Its headers have come, and it is being answered."""
        protocol = request.protocol
        self._served.add(protocol)
        self._busy.add(protocol)
        try:
            return await handler(request)
        finally:
            self._busy.discard(protocol)

    def admit(self, server: web.Server) -> asyncio.Protocol:
        """The protocol of a connection that was just made."""
        self._forget_the_gone()
        while len(self._guests) >= self._most:
            idle = (guest for guest in self._guests if guest not in self._busy)
            self._turn_out(next(idle, None) or next(iter(self._guests)))
        guest, loop = server(), asyncio.get_running_loop()
        self._guests[guest] = loop.time()
        loop.call_later(self._patience, self._hurry, guest)
        return guest

    def _hurry(self, guest: asyncio.BaseProtocol) -> None:
        if guest not in self._served:
            self._turn_out(guest)

    def _turn_out(self, guest: asyncio.BaseProtocol) -> None:
        assert isinstance(guest, web.RequestHandler)
        self._forget(guest)
        transport = guest.transport
        if transport is None:
            return
        self.turned_out += 1
        guest.force_close()
        transport.abort()  # whoever does not read either is not waited for

    def _forget_the_gone(self) -> None:
        """Those who have hung up. One that is only being made has no transport either, for a moment."""
        young = asyncio.get_running_loop().time() - BEING_MADE
        for guest, since in list(self._guests.items()):
            assert isinstance(guest, web.RequestHandler)
            if guest.transport is None and since < young:
                self._forget(guest)

    def _forget(self, guest: asyncio.BaseProtocol) -> None:
        self._guests.pop(guest, None)
        self._served.discard(guest)
        self._busy.discard(guest)
