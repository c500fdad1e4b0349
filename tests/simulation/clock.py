"""Time in the simulation: the loop's, and each process's own idea of it."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.simulation.loop import VirtualLoop

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
"""Where simulated time begins: a change of summer time lies within the first month."""


class SimClock:
    """One process's clock: a bot.clock.Clock. `ahead` is by how much it is wrong."""

    def __init__(self, loop: VirtualLoop, ahead: float = 0.0) -> None:
        self._loop = loop
        self.ahead = ahead
        self._last = 0.0, BEGIN

    def now(self) -> datetime:
        """What this process believes. It is asked several times in the same moment."""
        seconds = self._loop.time() + self.ahead
        if seconds != self._last[0]:
            self._last = seconds, BEGIN + timedelta(seconds=seconds)
        return self._last[1]

    def wall(self) -> datetime:
        """The same."""
        return self.now()

    def monotonic(self) -> float:
        """Virtual seconds; they go on while a process stands still."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)  # noqa: TID251 - this is a Clock


def clock_text(seconds: float) -> str:
    """A moment of the simulation as people read it."""
    return f"{BEGIN + timedelta(seconds=seconds):%d %b %H:%M:%S.%f}"[:-3]
