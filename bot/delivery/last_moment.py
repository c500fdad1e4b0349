"""The last moment: a request is given up when its time has passed before its first byte is written.

A process may stand still for longer than its lease, in a suspended container or on a machine without a free
processor, between X"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection

from bot.clock import Clock
from bot.delivery.failures import Withheld
from bot.errors import DeliveryError, Outcome

TOO_LATE = "lease_too_old"
"""Why something was withheld."""


@dataclass(kw_only=True, slots=True)
class LastMoment:
    """`at` on the clock's monotonic scale. `missed` says that nothing was written because of it."""

    clock: Clock
    at: float
    missed: bool = False

    def passed(self) -> bool:
        """Whether it is too late; remembered."""
        self.missed = self.missed or self.clock.monotonic() > self.at
        return self.missed


_LAST: ContextVar[LastMoment | None] = ContextVar("last_moment", default=None)


@contextmanager
def until(clock: Clock, at: float | None) -> Iterator[None]:
    """Requests with a body begin before that moment in this block, or not at all: Withheld is raised."""
    last = LastMoment(clock=clock, at=at) if at is not None else None
    token = _LAST.set(last)
    try:
        yield
    except DeliveryError as error:
        if last is not None and last.missed:
            raise Withheld(Outcome.NOT_SENT, TOO_LATE) from error
        raise
    finally:
        _LAST.reset(token)


class TimelyRequest(ClientRequest):
    """A request of aiohttp that asks once more before it writes.

    aiohttp keeps the head of a request back until its body is written (aiohttp 3.12 and later), so giving up
    here means that the other side has seen nothing.
    """

    async def write_bytes(
        self, writer: AbstractStreamWriter, conn: Connection, content_length: int | None = None
    ) -> None:
        """Write the head and the body, unless it is too late."""
        last = _LAST.get()
        if last is None or not last.passed():
            await super().write_bytes(writer, conn, content_length)
            return
        if conn.protocol is not None:
            conn.protocol.set_exception(aiohttp.ClientConnectionError("too late to be sent"))
        conn.close()
